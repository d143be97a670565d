/** Control's records in wire spelling: operations, receipts, verdicts, events. Translates, never decides. */

import type { Answer, Reason } from '@writ/authority';
import { explain } from '@writ/authority';
import { owedOf } from '@writ/control';
import type { Checked, Control, OperationRecord, ReceiptRecord } from '@writ/control';
import type { Envelope } from '@writ/journal';
import type { changeWire, operationWire, reasonWire, receiptWire, verdictWire } from '@writ/protocol';
import { toWire } from '@writ/protocol';
import type { z } from 'zod';
import { iso } from './mandate-wire.ts';

const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

export function operationToWire(
  operation: OperationRecord,
  control: Pick<Control, 'usageOf' | 'now'>,
): z.output<typeof operationWire> {
  const { begun, leaseUntil, leaseMs, state } = operation;
  const usage = control.usageOf(begun.id);
  const owed = owedOf(operation, control.now());
  return {
    id: begun.id,
    mandate: begun.mandate,
    action: begun.action,
    resource: begun.resource,
    action_class: begun.actionClass,
    parameter_digest: begun.parameterDigest,
    holder: begun.holder,
    session: begun.session,
    state: state.name === 'open' ? 'begun' : state.outcome,
    interrupt_requested: state.name === 'open' ? state.interrupt !== null : state.wasInterrupted,
    begun_at: iso(begun.at),
    lease_until: iso(leaseUntil),
    lease_ms: leaseMs,
    settled_at: state.name === 'settled' ? iso(state.at) : null,
    evidence: state.name === 'settled' ? state.evidence : null,
    owed: owed === undefined ? null : { ...owed, until: iso(owed.until) },
    destination:
      begun.destination === undefined
        ? null
        : {
            sink: begun.destination.sink,
            url: begun.destination.url,
            kind: begun.destination.kind,
            change: begun.destination.change === null ? null : { ...begun.destination.change },
          },
    usage:
      usage === undefined
        ? null
        : {
            tokens: usage.tokens,
            money_micros: usage.moneyMicros,
            currency: usage.currency,
            source: usage.source,
            final: usage.isFinal,
          },
  };
}

export function receiptToWire(receipt: ReceiptRecord): z.output<typeof receiptWire> {
  return {
    id: receipt.id,
    mandate: receipt.mandate,
    action: receipt.action,
    requested_by: receipt.requestedBy,
    opened_at: iso(receipt.openedAt),
    deadline: iso(receipt.deadline),
    closed_at: isoOrNull(receipt.closedAt),
    lines: receipt.lines.map((line) => ({
      id: line.id,
      kind: line.kind,
      subject: line.subject,
      point: line.point,
      outcome: line.outcome,
      attested_by: line.attestedBy,
      residual_until: isoOrNull(line.residualUntil),
      at: isoOrNull(line.at),
      note: line.note,
    })),
  };
}

export function reasonToWire(reason: Reason): z.output<typeof reasonWire> {
  const { sentence, wayOut, retry } = explain(reason);
  return { code: reason.code, sentence, way_out: wayOut, retry };
}

const answerToWire = (answer: Answer) =>
  answer.yes ? { yes: true, reason: null } : { yes: false, reason: reasonToWire(answer.reason) };

export function verdictToWire({ verdict, evaluationId, position }: Checked): z.output<typeof verdictWire> {
  return {
    decision: verdict.decision,
    reason: reasonToWire(verdict.reason),
    token: answerToWire(verdict.token),
    policy: answerToWire(verdict.policy),
    mandate: answerToWire(verdict.mandate),
    action_class: verdict.actionClass,
    valid_until: iso(Math.min(verdict.validUntil, latestTime)),
    judged_at: verdict.judgedAt.map(({ mandate, version, epoch }) => ({ mandate, version, epoch })),
    position,
    evaluation_id: evaluationId,
  };
}

/** The latest time ISO 8601 writes with four digits for the year. */
const latestTime = Date.UTC(9999, 11, 31, 23, 59, 59);

/** Members of event data that are times. */
const times: ReadonlySet<string> = new Set([
  'at',
  'since',
  'expires_at',
  'lease_until',
  'residual_until',
  'valid_until',
  'deadline',
]);

function withIsoTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withIsoTimes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      times.has(key) && typeof member === 'number' ? iso(member) : withIsoTimes(member),
    ]),
  );
}

type Change = z.output<typeof changeWire>;

/** An event as the change stream shows it: data in wire spelling, times as ISO 8601. */
export function changeToWire({ position, type, at, stream, project, actor, lineage, data }: Envelope): Change {
  // What was JSON stays JSON under renaming of keys.
  return {
    position,
    type,
    at,
    stream,
    project,
    actor,
    lineage: toWire(lineage),
    data: withIsoTimes(toWire(data)) as Change['data'],
  };
}

/** An event as the audit shows it, with what verification needs. */
export function auditToWire(envelope: Envelope): Record<string, Change['data']> {
  const { version, hash, cause, organisation } = envelope;
  return { ...changeToWire(envelope), version, hash, organisation, ...(cause !== undefined && { cause }) };
}
