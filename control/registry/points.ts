/**
 * The commands of enforcement points on themselves: register, and leave.
 *
 * What a launcher holds is all it will ever hold, and is kept: a stop of anything else never waits for it, also after control forgot who was
 * heard. Of any other point nothing is assumed. Nothing here can permit anything.
 */

import type { Point } from '../caller.ts';
import type { PlannedWrite } from '../commit.ts';
import { planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import { isWithin } from '../mandate/lineage.ts';
import type { Word } from '../receipt/decide.ts';
import { acknowledge } from '../receipt/decide.ts';
import type { ReceiptLine } from '../receipt/events.ts';
import { openReceiptsOf, receiptPlace } from '../receipt/open-receipts.ts';
import type { ReceiptRecord } from '../receipt/receipt-record.ts';
import type { Outcome } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { pointStream } from '../streams.ts';
import { mostSilentMs } from '../writing.ts';
import type { PointEvent } from './events.ts';
import type { HeardPoint, Holding, PointReport } from './registry.ts';

export interface Points {
  /** A point says who it is and what it holds. */
  register(id: string, report: PointReport, by: Point): Promise<Outcome<Registered>>;
  /** A point ends and holds nothing any more: nobody waits for it from here on. Of a start that another one followed it says nothing. */
  leave(id: string, boot: string, by: Point): Promise<Outcome<number>>;
}

/** The journal's position; `isHeard` is false where it is not known here what it holds: it has to say all of it. */
export type Registered = { readonly position: number; readonly isHeard: boolean };

/** Whether the token of one kind of point may speak for the point `id`. */
export const mayBe = (id: string, by: Point): boolean =>
  id === by.name || id.startsWith(`${by.name}-`) || id.startsWith(`${by.name}.`);

/** The commands, over `core`. */
export function createPoints(core: Core): Points {
  const { projection, registry, commit, find } = core;
  const notYours = (id: string, by: Point, kind: string = by.name) =>
    refuse({ code: 'not_yours', sentence: `the token of the ${by.name} cannot speak for the ${kind} \`${id}\`` });
  const placed = (id: string, events: readonly PointEvent[]): PlannedWrite => ({
    stream: pointStream(id),
    events,
    project: planeProject,
    lineage: {},
  });

  async function register(id: string, report: PointReport, by: Point): Promise<Outcome<Registered>> {
    if (!mayBe(id, by) || report.kind !== by.name) return notYours(id, by, report.kind);
    // INVARIANT: a node that does not know what others wrote is not heard as control: what runs stands still at its bound.
    core.writing.assertCurrent(mostSilentMs);
    // INVARIANT: nobody is heard without what they hold, so that a stop finds it listed.
    const holdings = report.holdings ?? heldBy(id, report);
    if (holdings === undefined) return done({ position: projection.position, isHeard: false });
    const outcome = await commit(by, () => {
      // Which points were unheard is judged before this one is heard.
      const wasHeard = registry.get(id) !== undefined;
      const point: HeardPoint = { ...report, holdings, id, heardAt: core.now() };
      const late = openReceiptsOf(core).map((receipt): PlannedWrite => ({
        ...receiptPlace(core, receipt),
        events: lateLines(receipt, point, wasHeard),
      }));
      return done({ writes: [placed(id, whatIsNew(point)), ...late], reliedOn: [], value: point });
    });
    if (!outcome.ok) return outcome;
    registry.put(outcome.value);
    return done({ position: projection.position, isHeard: true });
  }

  /** What it held when it last named it so, in this start of its; undefined where that was not heard here. */
  function heldBy(id: string, { boot, held }: PointReport): readonly Holding[] | undefined {
    const known = registry.get(id);
    return held !== undefined && known?.boot === boot && known.held === held ? known.holdings : undefined;
  }

  /** A new start, or a launcher's new mandate. */
  function whatIsNew({ id, kind, boot, holdings }: HeardPoint): readonly PointEvent[] {
    const known = projection.points.get(id);
    const before = known?.boot === boot ? known : undefined;
    const at = core.now();
    if (kind !== 'launcher')
      return before === undefined ? [{ type: 'point.registered', data: { at, id, kind, boot } }] : [];
    const mandates = [...new Set([...(before?.mandates ?? []), ...holdings.map(({ mandate }) => mandate)])];
    return before?.mandates?.length === mandates.length
      ? []
      : [{ type: 'point.registered', data: { at, id, kind, boot, mandates } }];
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

  async function leave(id: string, boot: string, by: Point): Promise<Outcome<number>> {
    if (!mayBe(id, by)) return notYours(id, by);
    const outcome = await commit(by, () => {
      if (projection.points.get(id)?.boot !== boot) return done({ writes: [], reliedOn: [], value: false });
      const left = placed(id, [{ type: 'point.left', data: { at: core.now(), id, boot } }]);
      const word: Word = {
        kind: 'point',
        subject: id,
        outcome: 'stopped',
        attestedBy: 'runtime',
        residualUntil: null,
        note: 'left, and holds nothing any more',
      };
      const waiting = openReceiptsOf(core).filter(({ lines }) =>
        lines.some(({ kind, point, outcome: said }) => kind === 'point' && point === id && said === 'pending'),
      );
      const told = waiting.map((receipt): PlannedWrite => ({
        ...receiptPlace(core, receipt),
        events: acknowledge(receipt, id, [word], core.now()),
      }));
      return done({ writes: [left, ...told], reliedOn: [], value: true });
    });
    if (!outcome.ok) return outcome;
    if (outcome.value) registry.remove(id);
    return done(projection.position);
  }

  return { register, leave };
}
