/**
 * The commands on receipts and enforcement points: register, acknowledge, close, and the sweep that finds operations a stop could not see
 * when it was decided. Nothing here can permit anything.
 */

import { actionClasses } from '@writ/authority';
import type { Itself, Point, PointKind } from '../caller.ts';
import type { Plan, PlannedWrite } from '../commit.ts';
import { planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import { isWithin } from '../mandate/lineage.ts';
import type { OperationRecord } from '../operation/operation-record.ts';
import type { Outcome } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import type { HeardPoint, PointReport } from '../registry/registry.ts';
import { heldBy } from '../stop.ts';
import { operationStream, pointStream, receiptStream } from '../streams.ts';
import type { Word } from './decide.ts';
import { acknowledge, close } from './decide.ts';
import type { AttestedBy, ReceiptLine } from './events.ts';
import type { ReceiptRecord } from './receipt-record.ts';

export interface Receipts {
  /** A point says who it is and what it holds. Answers with the journal's position. */
  register(id: string, report: PointReport, by: Point): Promise<Outcome<number>>;
  acknowledge(receipt: string, point: string, words: readonly Word[], by: Point): Promise<Outcome<ReceiptRecord>>;
  /** Closes the receipts whose deadline is over. */
  closeDue(): Promise<void>;
  /** Interrupts open operations whose mandate is not in force, where no stop has done so yet. */
  sweep(): Promise<void>;
}

const itself: Itself = { kind: 'control' };

/** What each kind of point can see, and so attest: the runtime has no more than its own word. */
const sights: Readonly<Record<PointKind, readonly AttestedBy[]>> = {
  runtime: ['runtime'],
  enforcer: ['os', 'runtime'],
  launcher: ['os', 'runtime'],
  sink: ['sink'],
};

/** The commands, over `core`. */
export function createReceipts(core: Core): Receipts {
  const { projection, registry, commit, find } = core;

  const placeOf = (receipt: ReceiptRecord) => ({
    stream: receiptStream(receipt.id),
    project: find(receipt.mandate)?.mandate.project ?? planeProject,
    lineage: { mandate: receipt.mandate },
  });

  const openReceipts = (): readonly ReceiptRecord[] =>
    [...projection.openReceipts]
      .map((id) => projection.receipts.get(id))
      .filter((receipt): receipt is ReceiptRecord => receipt !== undefined);

  async function register(id: string, report: PointReport, by: Point): Promise<Outcome<number>> {
    const mayBe = id === by.name || id.startsWith(`${by.name}-`) || id.startsWith(`${by.name}.`);
    if (!mayBe || report.kind !== by.name)
      return refuse({
        code: 'not_yours',
        sentence: `the token of the ${by.name} cannot speak for the ${report.kind} \`${id}\``,
      });
    const outcome = await commit(by, () => {
      // Which points were unheard is judged before this one is heard.
      const wasHeard = registry.get(id) !== undefined;
      const point: HeardPoint = { ...report, id, heardAt: core.now() };
      const isNew = projection.points.get(id)?.boot !== report.boot;
      const { kind, boot } = report;
      const registered: PlannedWrite = {
        stream: pointStream(id),
        events: isNew ? [{ type: 'point.registered', data: { at: core.now(), id, kind, boot } }] : [],
        project: planeProject,
        lineage: {},
      };
      const late = openReceipts().map((receipt): PlannedWrite => ({
        ...placeOf(receipt),
        events: lateLines(receipt, point, wasHeard),
      }));
      return done({ writes: [registered, ...late], reliedOn: [], value: point });
    });
    if (!outcome.ok) return outcome;
    registry.put(outcome.value);
    return done(projection.position);
  }

  /** A holding that came to light after the stop gets a line of its own, and the line of a point that had not been heard is answered. */
  function lateLines(receipt: ReceiptRecord, point: HeardPoint, wasHeard: boolean): PlannedWrite['events'] {
    const holdings = point.holdings.filter(({ mandate }) => isWithin(find, mandate, receipt.mandate));
    const missing = holdings.filter(
      ({ kind, subject }) =>
        !receipt.lines.some((line) => line.kind === kind && line.subject === subject && line.point === point.id),
    );
    const lines = missing.map(({ kind, subject, residualUntil }, index): ReceiptLine => ({
      id: String(receipt.lines.length + index + 1),
      kind,
      subject,
      point: point.id,
      outcome: 'pending',
      attestedBy: null,
      residualUntil: residualUntil ?? receipt.deadline,
      at: null,
      note: 'reported after the stop',
    }));
    const added: PlannedWrite['events'] = lines.length === 0 ? [] : [{ type: 'receipt.lines_added', data: { lines } }];
    const isWaitedFor = receipt.lines.some(
      (line) => line.kind === 'point' && line.point === point.id && line.outcome === 'pending',
    );
    if (!isWaitedFor || wasHeard) return added;
    const word: Word = {
      kind: 'point',
      subject: point.id,
      outcome: holdings.length === 0 ? 'stopped' : 'continues',
      attestedBy: 'runtime',
      residualUntil: null,
      note: holdings.length === 0 ? 'reported, and holds nothing of it' : 'reported; what it holds has its own lines',
    };
    return [
      ...added,
      ...acknowledge({ ...receipt, lines: [...receipt.lines, ...lines] }, point.id, [word], core.now()),
    ];
  }

  async function speak(id: string, point: string, words: readonly Word[], by: Point): Promise<Outcome<ReceiptRecord>> {
    const mayBe = point === by.name || point.startsWith(`${by.name}-`) || point.startsWith(`${by.name}.`);
    if (!mayBe)
      return refuse({ code: 'not_yours', sentence: `the token of the ${by.name} cannot speak for \`${point}\`` });
    const beyond = words.find(({ attestedBy }) => !sights[by.name].includes(attestedBy));
    if (beyond !== undefined)
      return refuse({
        code: 'not_yours',
        sentence: `a ${by.name} cannot attest what only the ${beyond.attestedBy} can see`,
      });
    const outcome = await commit(by, (): Outcome<Plan<void>> => {
      const receipt = projection.receipts.get(id);
      if (receipt === undefined) return refuse({ code: 'not_found', what: 'receipt', id });
      return done({
        writes: [{ ...placeOf(receipt), events: acknowledge(receipt, point, words, core.now()) }],
        reliedOn: [],
        value: undefined,
      });
    });
    if (!outcome.ok) return outcome;
    const receipt = projection.receipts.get(id);
    return receipt === undefined ? refuse({ code: 'not_found', what: 'receipt', id }) : done(receipt);
  }

  async function closeDue(): Promise<void> {
    const isDue = (receipt: ReceiptRecord): boolean => core.now() >= receipt.deadline;
    if (!openReceipts().some(isDue)) return;
    await commit(itself, () =>
      done({
        writes: openReceipts()
          .filter(isDue)
          .map((receipt) => ({ ...placeOf(receipt), events: close(receipt, core.now()) })),
        reliedOn: [],
        value: undefined,
      }),
    );
  }

  async function sweep(): Promise<void> {
    if (projection.openOperations.size === 0 || found().length === 0) return;
    await commit(itself, () => done({ writes: found().flatMap(interruptWrites), reliedOn: [], value: undefined }));
  }

  type Found = {
    readonly operation: OperationRecord;
    readonly how: 'end' | 'interrupt' | 'freeze_then_kill';
    readonly mandate: string;
  };

  function found(): readonly Found[] {
    return [...projection.openOperations].flatMap((id): readonly Found[] => {
      const operation = projection.operations.get(id);
      if (operation?.state.name !== 'open' || operation.state.interrupt !== null) return [];
      const held = heldBy(core, operation);
      if (held === undefined || held.inFlight === 'drained') return [];
      const rule = actionClasses[operation.begun.actionClass];
      const how = held.inFlight === 'by_class' ? rule.onSuspend : rule.onEnd;
      return how === 'end' || how === 'interrupt' || how === 'freeze_then_kill'
        ? [{ operation, how, mandate: held.mandate }]
        : [];
    });
  }

  function interruptWrites({ operation, how, mandate }: Found): readonly PlannedWrite[] {
    const { begun, leaseUntil } = operation;
    const receiptId = projection.receiptsOfMandate.get(mandate)?.at(-1);
    const receipt = receiptId === undefined ? undefined : projection.receipts.get(receiptId);
    const told: PlannedWrite = {
      stream: operationStream(begun.id),
      events: [
        {
          type: 'operation.interrupt_requested',
          data: { at: core.now(), how, because: mandate, receipt: receiptId ?? null },
        },
      ],
      project: begun.project,
      lineage: { mandate: begun.mandate },
    };
    if (
      receipt?.closedAt !== null ||
      receipt.lines.some((line) => line.kind === 'operation' && line.subject === begun.id)
    )
      return [told];
    const line: ReceiptLine = {
      id: `${String(receipt.lines.length + 1)}-${begun.id}`,
      kind: 'operation',
      subject: begun.id,
      point: null,
      outcome: 'pending',
      attestedBy: null,
      residualUntil: leaseUntil,
      at: null,
      note: how,
    };
    return [told, { ...placeOf(receipt), events: [{ type: 'receipt.lines_added', data: { lines: [line] } }] }];
  }

  return { register, acknowledge: speak, closeDue, sweep };
}
