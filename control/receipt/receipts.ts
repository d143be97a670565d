/**
 * The commands on receipts: acknowledge, close, and the sweep that finds operations a stop could not see when it was decided. Nothing here can
 * permit anything.
 */

import { actionClasses, askPolicy } from '@writ/authority';
import { isStillGiven } from '../advance/in-force.ts';
import type { Itself, Point, PointKind } from '../caller.ts';
import type { Plan, PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import { needsNoYes } from '../judge.ts';
import type { OperationRecord } from '../operation/operation-record.ts';
import type { Outcome } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { mayBe } from '../registry/points.ts';
import { heldBy } from '../stop.ts';
import { operationStream } from '../streams.ts';
import type { InterruptHow } from '../operation/events.ts';
import { createClearance } from './clearance.ts';
import type { Word } from './decide.ts';
import { acknowledge, close } from './decide.ts';
import type { AttestedBy, ReceiptLine } from './events.ts';
import { isInterrupt } from './open-receipt.ts';
import { openReceiptsOf, receiptPlace } from './open-receipts.ts';
import type { ReceiptRecord } from './receipt-record.ts';

export interface Receipts {
  acknowledge(receipt: string, point: string, words: readonly Word[], by: Point): Promise<Outcome<ReceiptRecord>>;
  /** Closes the receipts whose deadline is over. */
  closeDue(): Promise<void>;
  /**
   * Interrupts open operations whose mandate is not in force, or that policy gives no agent any more, or only by a yes that they do not have, or that began on a yes in advance which is
   * none any more, where no stop has done so yet.
   */
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
  const { projection, commit } = core;
  const placeOf = (receipt: ReceiptRecord) => receiptPlace(core, receipt);
  const openReceipts = (): readonly ReceiptRecord[] => openReceiptsOf(core);
  const clearance = createClearance(core);

  async function speak(id: string, point: string, words: readonly Word[], by: Point): Promise<Outcome<ReceiptRecord>> {
    if (!mayBe(point, by))
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
    if (found().length === 0) return;
    await commit(itself, () => done({ writes: found().flatMap(interruptWrites), reliedOn: [], value: undefined }));
  }

  type Found = {
    readonly operation: OperationRecord;
    readonly how: InterruptHow;
    readonly mandate: string;
    /** The stop that it is a line of; undefined where no stop of a mandate is the cause. */
    readonly receipt: ReceiptRecord | undefined;
  };

  function found(): readonly Found[] {
    return clearance.toLookAt().flatMap((operation): readonly Found[] => {
      const held = heldBy(core, operation);
      const { action, actionClass, mandate, approval, advance } = operation.begun;
      const policy = askPolicy(core.policy, action, actionClass);
      // What was begun without a person's yes is outside a policy that asks for one each time; what was begun by one has it.
      const isAnswered = isStillGiven(core, operation) || needsNoYes(core, operation);
      const isPermitted = policy.permits && (policy.asks !== true || approval !== undefined) && isAnswered;
      // INVARIANT: what began on a yes in advance is looked at each time: nothing else here tells of what becomes of who gave it.
      if (held === undefined && isPermitted && advance === undefined) clearance.note(operation);
      const rule = actionClasses[actionClass];
      if (held !== undefined && held.inFlight !== 'drained') {
        const how = held.inFlight === 'by_class' ? rule.onSuspend : rule.onEnd;
        return isInterrupt(how)
          ? [{ operation, how, mandate: held.mandate, receipt: lastReceiptOf(held.mandate) }]
          : [];
      }
      // A policy can be changed back and a role given again, as a suspension can end.
      const how = rule.onSuspend;
      return isPermitted || !isInterrupt(how) ? [] : [{ operation, how, mandate, receipt: undefined }];
    });
  }

  function lastReceiptOf(mandate: string): ReceiptRecord | undefined {
    const id = projection.receiptsOfMandate.get(mandate)?.at(-1);
    return id === undefined ? undefined : projection.receipts.get(id);
  }

  function interruptWrites({ operation, how, mandate, receipt }: Found): readonly PlannedWrite[] {
    const { begun, leaseUntil } = operation;
    const told: PlannedWrite = {
      stream: operationStream(begun.id),
      events: [
        {
          type: 'operation.interrupt_requested',
          data: { at: core.now(), how, because: mandate, receipt: receipt?.id ?? null },
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

  return { acknowledge: speak, closeDue, sweep };
}
