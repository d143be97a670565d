/**
 * The fold of control's journal: every record by id, and the indexes that make a verdict O(depth) and a stop O(open operations). Each room folds its own events into its own part
 * (`fold.ts` beside its code); here the parts are put together, and each event is taken to its room.
 *
 * INVARIANT: it holds nothing that replaying the journal would not give again. It decides nothing.
 */

import type { Envelope } from '@writ/journal';
import { unknownEvent } from '@writ/journal';
import type { AdvanceFold } from './advance/fold.ts';
import { foldAdvance, noAdvances } from './advance/fold.ts';
import type { ApprovalFold } from './approval/fold.ts';
import { foldApproval, noApprovals } from './approval/fold.ts';
import type { Books } from './budget/account.ts';
import { foldSpend } from './budget/account.ts';
import type { ClaimFold } from './claims.ts';
import { foldClaim, noClaims, noteDone } from './claims.ts';
import type { ControlEvent } from './event.ts';
import { eventIn } from './event.ts';
import { forget } from './forget.ts';
import type { HistoryFold } from './history/fold.ts';
import { foldHistory, noHistory } from './history/fold.ts';
import type { IdentityFold } from './identity/fold.ts';
import { foldCredential, foldPerson, forgetCredential, nobody } from './identity/fold.ts';
import type { MandateFold } from './mandate/fold.ts';
import { foldMandate, noMandates } from './mandate/fold.ts';
import type { OperationFold } from './operation/fold.ts';
import { foldOperation, noOperations } from './operation/fold.ts';
import type { PolicyFold } from './policy/fold.ts';
import { foldPolicy, noPolicy } from './policy/fold.ts';
import type { ReceiptFold } from './receipt/fold.ts';
import { foldReceipt, noReceipts } from './receipt/fold.ts';
import type { PointFold } from './registry/fold.ts';
import { foldPoint, noPoints } from './registry/fold.ts';
import type { SignalFold } from './signal/fold.ts';
import { foldDelivery, foldSignal, foldSource, noSignals } from './signal/fold.ts';
import type { SinkFold } from './sink/fold.ts';
import { foldSink, noSinks } from './sink/fold.ts';
import { idIn } from './streams.ts';
import type { TokenFold } from './token/fold.ts';
import { foldAnswered, foldKey, foldSlice, noTokens } from './token/fold.ts';

/** What is known of the journal itself, and of the projects in it. */
type JournalFold = {
  position: number;
  /** The hash of the event at `position`; empty when there is none. */
  headHash: string;
  /** Which life of the journal this is: one more after each restore that was found out. */
  incarnation: number;
  readonly versions: Map<string, number>;
  readonly projects: Map<string, { readonly id: string; readonly title: string }>;
};

export type Projection = JournalFold &
  MandateFold &
  OperationFold &
  Pick<Books, 'accounts' | 'draws'> &
  HistoryFold &
  ApprovalFold &
  AdvanceFold &
  ReceiptFold &
  SignalFold &
  IdentityFold &
  SinkFold &
  PointFold &
  ClaimFold &
  PolicyFold &
  TokenFold;

export const emptyProjection = (): Projection => ({
  ...{ position: 0, headHash: '', incarnation: 1, versions: new Map(), projects: new Map() },
  ...noMandates(),
  ...noOperations(),
  ...{ accounts: new Map(), draws: new Map() },
  ...noHistory(),
  ...noApprovals(),
  ...noAdvances(),
  ...noReceipts(),
  ...noSignals(),
  ...nobody(),
  ...noSinks(),
  ...noPoints(),
  ...noClaims(),
  ...noPolicy(),
  ...noTokens(),
});

/** Folds the next event in. Throws on an event it does not know or that cannot follow: the log is corrupt. */
export function fold(p: Projection, envelope: Envelope): void {
  const event = eventIn(envelope);
  p.position = envelope.position;
  p.headHash = envelope.hash;
  if (!route(p, event, envelope)) return;
  p.versions.set(envelope.stream, envelope.version);
  noteDone(p, event, envelope);
  forget(p, Date.parse(envelope.at));
}

/** Takes an event to the room it is of. False where it is kept for the record alone: nothing follows from it, and its stream is never relied on. */
function route(p: Projection, event: ControlEvent, envelope: Envelope): boolean {
  const { stream, position } = envelope;
  switch (event.type) {
    case 'verdict.refused':
    case 'verdict.refused_again':
    case 'verdict.watched':
    case 'verdict.watched_again':
    case 'attempt.refused_again':
    case 'redemption.refused':
    case 'attempt.refused':
    case 'journal.sealed':
    case 'journal.witnessed':
    case 'journal.erased':
    case 'journal.retention_set':
    case 'signal.ignored':
      return false;
    case 'mandate.proposed':
    case 'mandate.revised':
    case 'mandate.approved':
    case 'mandate.refused':
    case 'mandate.lapsed':
    case 'mandate.suspended':
    case 'mandate.reinstated':
    case 'mandate.narrowed':
    case 'mandate.shortened':
    case 'mandate.lowered':
    case 'mandate.superseded':
    case 'mandate.revoked':
    case 'mandate.expired':
    case 'mandate.completed':
    case 'mandate.delegated':
      foldMandate(p, idIn(stream), event, position);
      return true;
    case 'operation.begun':
    case 'operation.renewed':
    case 'operation.interrupt_requested':
    case 'operation.redeemed':
    case 'operation.settled':
    case 'operation.reconciled':
      foldOperation(p, idIn(stream), event, envelope);
      return true;
    case 'approval.asked':
    case 'approval.given':
    case 'approval.refused':
    case 'approval.used':
      foldApproval(p, event);
      return true;
    case 'advance.given':
    case 'advance.used':
    case 'advance.withdrawn':
      foldAdvance(p, event);
      return true;
    case 'receipt.opened':
    case 'receipt.lines_added':
    case 'receipt.acknowledged':
    case 'receipt.closed':
      foldReceipt(p, idIn(stream), event);
      return true;
    case 'spend.reserved':
    case 'spend.used':
    case 'spend.allocated':
    case 'spend.returned':
    case 'budget.spent':
      foldSpend(p, event);
      return true;
    case 'history.began':
    case 'history.ended':
    case 'history.changed':
      foldHistory(p, idIn(stream), event, position);
      return true;
    case 'signal.reported':
    case 'signal.held':
      foldSignal(p, event, position);
      return true;
    case 'delivery.received':
      foldDelivery(p, event, position);
      return true;
    case 'source.removed':
      foldSource(p, event);
      forgetCredential(p, `source-${event.data.id}`);
      return true;
    case 'source.added':
      foldSource(p, event);
      return true;
    case 'sink.named':
    case 'sink.forgotten':
      foldSink(p, stream, event);
      return true;
    case 'credential.issued':
      foldCredential(p, event.data);
      return true;
    case 'credential.revoked':
      forgetCredential(p, event.data.id);
      return true;
    case 'person.added':
    case 'person.granted':
    case 'person.removed':
    case 'person.step_up_set':
    case 'person.recovered':
    case 'person.stepped_up':
      foldPerson(p, event);
      return true;
    case 'project.created':
      p.projects.set(event.data.id, { id: event.data.id, title: event.data.title });
      return true;
    case 'point.registered':
    case 'point.left':
      foldPoint(p, event);
      return true;
    case 'journal.restored':
      p.incarnation = event.data.incarnation;
      return true;
    case 'policy.adopted':
    case 'policy.proposed':
      foldPolicy(p, event);
      return true;
    case 'key.published':
    case 'key.activated':
    case 'key.retired':
      foldKey(p, event);
      return true;
    case 'slice.opened':
    case 'slice.closed':
      foldSlice(p, event);
      return true;
    case 'verdict.answered':
      foldAnswered(p, event);
      return true;
    case 'request.claimed':
      foldClaim(p, event, envelope);
      return true;
    default:
      event satisfies never;
      throw unknownEvent(envelope);
  }
}
