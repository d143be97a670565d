/**
 * Which open operations need not be looked at again: nothing that can hold them has changed since they were found free, and no bound that time alone crosses has
 * come. With it a sweep costs what changed, not what is open.
 *
 * INVARIANT: it forgets rather than guesses. An operation is clear only under the very records its yes was judged by, before its yes would have ended.
 */

import type { Core } from '../core.ts';
import { chainOf, current } from '../mandate/lineage.ts';
import type { MandateRecord } from '../mandate/mandate-record.ts';
import type { OperationRecord } from '../operation/operation-record.ts';

/** The records of a mandate and its ancestors, root first. The same list stands for the same records. */
type Line = readonly MandateRecord[];

export interface Clearance {
  /** Looks at the mandates as they are now; what it gives says whether an operation was found free under just these. */
  look(): (operation: OperationRecord) => boolean;
  /** The operation was found free, as things were at the last look. */
  note(operation: OperationRecord): void;
}

/** Nothing is clear at first. */
export function createClearance({ find, now }: Pick<Core, 'find' | 'now'>): Clearance {
  const clear = new WeakMap<OperationRecord, Line>();
  let lines = new Map<string, Line>();
  let before = lines;

  function lineOf(mandate: string): Line {
    const known = lines.get(mandate);
    if (known !== undefined) return known;
    const leaf = current(find, mandate);
    const records = chainOf(find, leaf?.mandate.id ?? mandate).flatMap(({ id }) => find(id) ?? []);
    const last = before.get(mandate);
    const line = last !== undefined && isSame(last, records) ? last : records;
    lines.set(mandate, line);
    return line;
  }

  return {
    look() {
      before = lines;
      lines = new Map();
      const at = now();
      return (operation) => at < operation.begun.validUntil && clear.get(operation) === lineOf(operation.begun.mandate);
    },
    note(operation) {
      const line = lineOf(operation.begun.mandate);
      if (isAsJudged(line, operation)) clear.set(operation, line);
    },
  };
}

const isSame = (a: Line, b: Line): boolean => a.length === b.length && a.every((record, at) => record === b[at]);

/** Whether the mandates are at the versions the operation was begun at: then its yes says until when time alone leaves it free. */
const isAsJudged = (line: Line, { begun: { judgedAt } }: OperationRecord): boolean =>
  line.length === judgedAt.length &&
  line.every(({ mandate }, at) => mandate.id === judgedAt[at]?.mandate && mandate.version === judgedAt[at].version);
