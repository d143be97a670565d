/** Every event control writes: one union, folded without a default, so that none can be forgotten. */

import type { ActionClass, Reason } from '@writ/authority';
import type { Envelope, JsonValue } from '@writ/journal';
import { upcast } from '@writ/journal';
import type { AdvanceEvent } from './advance/events.ts';
import type { ApprovalEvent } from './approval/events.ts';
import type { SpendEvent } from './budget/events.ts';
import type { HistoryEvent } from './history/events.ts';
import type { CredentialEvent } from './identity/credential.ts';
import type { PersonEvent } from './identity/person.ts';
import type { MandateEvent } from './mandate/events.ts';
import type { JudgedAt, OperationEvent } from './operation/events.ts';
import type { PolicyEvent } from './policy/policy.ts';
import type { JournalEvent } from './restore/events.ts';
import type { ReceiptEvent } from './receipt/events.ts';
import type { PointEvent } from './registry/events.ts';
import type { DeliveryEvent } from './signal/delivery.ts';
import type { SignalEvent, SignalIgnoredEvent } from './signal/events.ts';
import type { SourceEvent } from './signal/source.ts';
import type { SinkEvent } from './sink/events.ts';
import { upcasters } from './upcasters.ts';
import type { AnsweredEvent, KeyEvent } from './token/events.ts';
import type { SliceEvent } from './token/slice-events.ts';

type Happened<Type extends string, Data> = { readonly type: Type; readonly data: { readonly at: number } & Data };

export type ProjectEvent = Happened<'project.created', { readonly id: string; readonly title: string }>;

/** An idempotency key is taken: the events with this claim as their cause are what the request did. */
export type RequestEvent = Happened<'request.claimed', { readonly claim: string; readonly bodyDigest: string }>;

type RefusedVerdict = {
  readonly evaluationId: string;
  readonly mandate: string;
  readonly asked: 'check' | 'begin' | 'renew';
  readonly action: string;
  readonly resource: string;
  readonly parameterDigest: string;
  readonly actionClass: ActionClass;
  readonly decision: 'refuse' | 'hold';
  readonly reason: Reason;
  readonly judgedAt: JudgedAt;
  readonly versions: { readonly evaluator: string; readonly classes: string; readonly policy: string };
};
/** What a mandate that only watches did not cover: nobody was stopped by it. */
type WatchedVerdict = Omit<RefusedVerdict, 'decision'>;
type RefusedAttempt = { readonly attempted: string; readonly target: string | null; readonly code: string };
/** Answered the same to the same caller this many times more, from then on until it was written down. */
type Again = { readonly times: number; readonly since: number };

/** What was answered with a no, or with nothing done. Kept for the record; no state follows from it. */
export type RefusalEvent =
  | Happened<'verdict.refused', RefusedVerdict>
  | Happened<'verdict.refused_again', RefusedVerdict & Again>
  | Happened<'verdict.watched', WatchedVerdict>
  | Happened<'verdict.watched_again', WatchedVerdict & Again>
  | Happened<
      'redemption.refused',
      {
        readonly operation: string | null;
        readonly mandate: string | null;
        readonly action: string;
        readonly resource: string;
        readonly reason: string;
      }
    >
  | Happened<'attempt.refused', RefusedAttempt>
  | Happened<'attempt.refused_again', RefusedAttempt & Again>;

export type ControlEvent =
  | MandateEvent
  | ApprovalEvent
  | AdvanceEvent
  | OperationEvent
  | SpendEvent
  | HistoryEvent
  | ReceiptEvent
  | SignalEvent
  | SignalIgnoredEvent
  | SourceEvent
  | DeliveryEvent
  | SinkEvent
  | PointEvent
  | PolicyEvent
  | CredentialEvent
  | KeyEvent
  | SliceEvent
  | AnsweredEvent
  | JournalEvent
  | PersonEvent
  | ProjectEvent
  | RequestEvent
  | RefusalEvent;

/** The event in an envelope of control's own journal. Whether its type is one we know is the fold's to find. */
export const eventIn = (envelope: Envelope): ControlEvent =>
  // The journal is written by this room alone and its hash chain is verified; the fold stops at a type it does not know.
  ({ type: envelope.type, data: upcast(upcasters, envelope) }) as unknown as ControlEvent;

/** The data of an event as JSON: members that are undefined are left out, as they carry nothing. */
// Every event's data is plain; the journal refuses what is not JSON then.
export const dataOf = (event: ControlEvent): JsonValue => defined(event.data) as JsonValue;

/** What `value` says; the very same value where nothing in it is undefined, as nearly always. */
function defined(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(defined);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const members = Object.entries(value);
  const isWhole = members.every(([, member]) => member !== undefined && defined(member) === member);
  if (isWhole) return value;
  return Object.fromEntries(
    members.filter(([, member]) => member !== undefined).map(([key, member]) => [key, defined(member)]),
  );
}
