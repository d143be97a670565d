/**
 * Opens the receipt of a stop, and asks the operations it hits to end: what the lifecycle table and the class table say, and nothing else.
 * Pure: what is held where, and which operations are open, arrive as arguments.
 */

import type { ClassRule, Consequence } from '@writ/authority';
import { actionClasses } from '@writ/authority';
import type { InterruptHow, OperationEvent } from '../operation/events.ts';
import type { OperationRecord } from '../operation/operation-record.ts';
import type { HeardPoint } from '../registry/registry.ts';
import { heartbeatMs } from '@writ/protocol';
import { inParts } from './decide.ts';
import type { ReceiptAction, ReceiptEvent, ReceiptLine } from './events.ts';

/** Six heartbeats; one that is late is no silence. */
const silentAfterMs = 6 * heartbeatMs;

export type Stop = {
  readonly receipt: string;
  readonly mandate: string;
  readonly action: ReceiptAction;
  readonly requestedBy: string;
  readonly now: number;
  readonly deadlineMs: number;
  readonly inFlight: Consequence['inFlight'];
  readonly permits: Consequence['permits'];
  /** Open operations under the mandate. */
  readonly operations: readonly OperationRecord[];
  /** Points that hold something, with the holdings under the mandate alone. */
  readonly points: readonly HeardPoint[];
  /** Points that exist and have not reported since control started. */
  readonly unheard: readonly string[];
  /** Whether no begin is under way that this stop cannot see yet: only then may a receipt without open lines close at once. */
  readonly mayClose: boolean;
  /** Whether what was begun would still be permitted after the act. */
  readonly stillCovered: (operation: OperationRecord) => boolean;
};

export type OpenedStop = {
  readonly receipt: readonly ReceiptEvent[];
  readonly operations: readonly { readonly id: string; readonly events: readonly OperationEvent[] }[];
};

/** The events of the receipt, and of each operation that is told to end. */
export function openStop(stop: Stop): OpenedStop {
  const told = stop.operations.map((operation) => ({ operation, what: demand(operation, stop) }));
  const lines = numbered([
    ...told.flatMap(({ operation, what }) => (what === undefined ? [] : operationLines(operation, what, stop))),
    ...stop.points.flatMap((point) =>
      point.holdings.map((holding) =>
        pending(holding.kind, holding.subject, {
          point: point.id,
          residualUntil: holding.residualUntil ?? longestLease(stop),
          note: silence(point, stop.now),
        }),
      ),
    ),
    ...stop.unheard.map((point) =>
      pending('point', point, {
        point,
        residualUntil: longestLease(stop),
        note: 'has not said what it holds since control started',
      }),
    ),
  ]);
  const [first = [], ...rest] = inParts(lines);
  const { receipt: id, mandate, action, requestedBy, now: at } = stop;
  const deadline = at + stop.deadlineMs;
  return {
    receipt: [
      { type: 'receipt.opened', data: { at, id, mandate, action, requestedBy, deadline, lines: first } },
      ...rest.map((part): ReceiptEvent => ({ type: 'receipt.lines_added', data: { lines: part } })),
      ...(!stop.mayClose || lines.some((line) => line.outcome === 'pending')
        ? []
        : [{ type: 'receipt.closed', data: { at } } satisfies ReceiptEvent]),
    ],
    operations: told.flatMap(({ operation, what }) => {
      if (what === undefined || !isInterrupt(what)) return [];
      return [
        {
          id: operation.begun.id,
          events: [{ type: 'operation.interrupt_requested', data: { at, how: what, because: mandate, receipt: id } }],
        },
      ];
    }),
  };
}

type Demand = ClassRule['onSuspend'] | ClassRule['onEnd'];

/** What is asked of an operation; undefined when it is not touched. */
function demand(operation: OperationRecord, { inFlight, stillCovered }: Stop): Demand | undefined {
  const rule: ClassRule = actionClasses[operation.begun.actionClass];
  switch (inFlight) {
    case 'by_class':
      return rule.onSuspend;
    case 'interrupted':
      return rule.onEnd;
    case 'drained':
      return 'drain';
    case 'out_of_scope_interrupted':
      return stillCovered(operation) ? undefined : rule.onEnd;
    case 'untouched':
    case 'keep_running':
      return undefined;
  }
}

/** Whether an operation is told to stop by it: by the rest it is left to its holder. */
export const isInterrupt = (what: Demand): what is InterruptHow =>
  what === 'end' || what === 'interrupt' || what === 'freeze_then_kill';

function operationLines(
  operation: OperationRecord,
  what: Demand,
  { permits, now }: Stop,
): readonly Omit<ReceiptLine, 'id'>[] {
  const { begun, leaseUntil, redeemedAt } = operation;
  const line = pending('operation', begun.id, { point: null, residualUntil: leaseUntil, note: what });
  const permit = pending('permit', begun.id, { point: null, residualUntil: null });
  // INVARIANT: a permit whose use was not taken when the stop was committed is void from then on; redeem judges anew and says so.
  const isVoiding = permits === 'void' || permits === 'out_of_scope_void';
  const isVoid = redeemedAt === null && isVoiding && what !== 'continue';
  return [
    what === 'continue' ? { ...line, outcome: 'continues', attestedBy: 'control', at: now } : line,
    ...(isVoid ? [{ ...permit, outcome: 'void', attestedBy: 'control', at: now } as const] : []),
  ];
}

function pending(
  kind: ReceiptLine['kind'],
  subject: string,
  more: { readonly point: string | null; readonly residualUntil: number | null; readonly note?: string },
): Omit<ReceiptLine, 'id'> {
  return {
    kind,
    subject,
    point: more.point,
    outcome: 'pending',
    attestedBy: null,
    residualUntil: more.residualUntil,
    at: null,
    note: more.note ?? '',
  };
}

const numbered = (lines: readonly Omit<ReceiptLine, 'id'>[]): readonly ReceiptLine[] =>
  lines.map((line, index) => ({ ...line, id: String(index + 1) }));

/** What a point that misses its heartbeats cannot say. */
function silence({ heardAt }: HeardPoint, now: number): string {
  const seconds = Math.floor((now - heardAt) / 1_000);
  return now - heardAt < silentAfterMs
    ? ''
    : `unreachable: not heard for ${String(seconds)} s, so what it held may go on unless somebody else saw its end`;
}

/** Nothing under the mandate outlives the last of the leases it began under. */
const longestLease = ({ operations, now, deadlineMs }: Stop): number =>
  operations.reduce((latest, { leaseUntil }) => Math.max(latest, leaseUntil), now + deadlineMs);
