/** The routes on enforcement points, receipts and the record of what happened. */

import type { Control, Holding, Word } from '@writ/control';
import type { Envelope } from '@writ/journal';
import type { holdingWire } from '@writ/protocol';
import { checkpointToWire, sealsIn, verifyToWire } from '../http/verify-to-wire.ts';
import { limitOf, pageOf } from '../http/page.ts';
import { retentionToWire } from '../http/retention-to-wire.ts';
import { problem } from '../http/problem.ts';
import type { ControlHandlers } from './caller.ts';
import { known, knownPoint, maySee } from './caller.ts';
import { answerOf, ok, problemOf } from './refusal-problem.ts';
import { auditToWire, receiptToWire } from './record-wire.ts';

type Names =
  | 'registerPoint'
  | 'leavePoint'
  | 'acknowledge'
  | 'getReceipt'
  | 'listReceipts'
  | 'audit'
  | 'verify'
  | 'erase'
  | 'retention'
  | 'setRetention'
  | 'health';

/** How long a point may be without word from control before it freezes what it holds, in milliseconds. */
const stopDeadlineMs = 2_000;

type HoldingWire = ReturnType<typeof holdingWire.parse>;

const holdingOf = ({ kind, subject, mandate, residual_until }: HoldingWire): Holding => ({
  ...{ kind, subject, mandate },
  residualUntil: msOrNull(residual_until),
});

export function stopHandlers(control: Control): Pick<ControlHandlers, Names> {
  return {
    health: () => ok({ ok: true, plane: 'control', boot: control.boot }),
    registerPoint: async (call) => {
      const { kind, boot, position, holdings, held, witness, checkpoint } = call.body;
      const by = knownPoint(call.caller);
      const report = {
        kind,
        boot,
        position,
        held,
        holdings: holdings?.map(holdingOf) ?? null,
      };
      const registered = await control.register(call.params['id'] ?? '', report, by);
      if (registered.ok && witness !== undefined) await control.witnessed(witness, by.name);
      // Only the plane itself speaks for its journal.
      if (registered.ok && checkpoint?.plane === by.name) await control.keepCheckpoint(checkpoint);
      return answerOf(registered, ({ position: at, isHeard }) => ({
        position: at,
        heard: isHeard,
        stop_deadline_ms: stopDeadlineMs,
        standing: control.standing(),
        checkpoint: checkpointToWire(control.checkpoint(), 'control'),
      }));
    },
    leavePoint: async (call) =>
      answerOf(await control.leave(call.params['id'] ?? '', call.body.boot, knownPoint(call.caller)), (position) => ({
        position,
      })),
    acknowledge: async (call) => {
      const words = call.body.lines.map((line): Word => ({
        kind: line.kind,
        subject: line.subject,
        outcome: line.outcome,
        attestedBy: line.attested_by,
        residualUntil: msOrNull(line.residual_until),
        note: line.note,
      }));
      return answerOf(
        await control.acknowledge(call.params['id'] ?? '', call.body.point, words, knownPoint(call.caller)),
        receiptToWire,
      );
    },
    getReceipt: ({ params, caller }) => {
      const receipt = control.state.receipts.get(params['id'] ?? '');
      return receipt === undefined || !maySee(control, caller, receipt.mandate)
        ? { ok: false, problem: problem(404, 'not_found', `there is no receipt \`${params['id'] ?? ''}\``) }
        : ok(receiptToWire(receipt));
    },
    listReceipts: ({ query, caller }) => {
      const mandate = query.get('mandate');
      const { items, next_cursor } = pageOf(
        control.state.receipts.values(),
        query,
        (receipt) => (mandate === null || receipt.mandate === mandate) && maySee(control, caller, receipt.mandate),
      );
      return ok({ items: items.map(receiptToWire), next_cursor });
    },
    audit: async ({ query, caller }) => {
      const mandate = query.get('mandate');
      const keep = (envelope: Envelope): boolean =>
        (mandate === null || envelope.lineage.mandate === mandate) && control.sees.event(known(caller), envelope);
      const items = await eventsAfter(control, Number(query.get('after') ?? '0'), limitOf(query), keep);
      return ok({ items: items.map(auditToWire), position: control.state.position });
    },
    retention: async ({ caller }) => answerOf(await control.retention(known(caller)), retentionToWire),
    setRetention: async ({ body, caller }) =>
      answerOf(await control.setRetention(body, known(caller)), retentionToWire),
    erase: async ({ body, caller }) => answerOf(await control.erase(body, known(caller)), (erased) => erased),
    verify: async ({ caller, query }) => {
      const refused = control.sees.mayNotEverywhere(known(caller), 'verify');
      if (refused !== undefined) return { ok: false, problem: problemOf(refused.refusal) };
      return ok(verifyToWire(await control.journal.verify(sealsIn(query))));
    },
  };
}

const msOrNull = (at: string | null): number | null => (at === null ? null : Date.parse(at));

const pageSize = 1_000;

/** The first `limit` events after a position, of those that `keep` takes. */
async function eventsAfter(
  control: Control,
  from: number,
  limit: number,
  keep: (envelope: Envelope) => boolean,
): Promise<readonly Envelope[]> {
  const found: Envelope[] = [];
  let after = Number.isSafeInteger(from) && from >= 0 ? from : 0;
  while (found.length < limit) {
    const page = await control.journal.readAll({ after, limit: pageSize });
    found.push(...page.filter(keep));
    after = page.at(-1)?.position ?? after;
    if (page.length < pageSize) break;
  }
  return found.slice(0, limit);
}
