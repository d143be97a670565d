/**
 * Which open operations a sweep has to look at: those no sweep has found free yet, and all of them once anything that can hold one has changed since, or a bound that
 * time alone crosses has come. With it a sweep costs what changed, not what is open.
 *
 * INVARIANT: it forgets rather than guesses. An operation is clear only under the very records its yes was judged by and one policy, before its yes would have ended.
 */

import type { Core } from '../core.ts';
import { chainOf, current } from '../mandate/lineage.ts';
import type { MandateRecord } from '../mandate/mandate-record.ts';
import type { OperationRecord } from '../operation/operation-record.ts';
import type { Projection } from '../projection.ts';

/** The records of a mandate and its ancestors, root first. */
type Line = readonly MandateRecord[];

export interface Clearance {
  /** The open operations that nobody told to stop and that are not clear, as things are now. */
  toLookAt(): readonly OperationRecord[];
  /** The operation was found free, as things were at the last look. */
  note(operation: OperationRecord): void;
}

type Known = Pick<Projection, 'operations' | 'openOperations' | 'unswept'>;

/** Nothing is clear at first. */
export function createClearance(
  core: Pick<Core, 'find' | 'now' | 'policy'> & { readonly projection: Known },
): Clearance {
  const { find, now, projection } = core;
  const { operations, openOperations, unswept } = projection;
  let { policy } = core;
  /** By mandate: what the clear operations under it were judged by, and when the first of them would have ended by time alone. */
  const clear = new Map<string, { readonly line: Line; readonly until: number }>();

  function lineOf(mandate: string): Line {
    const leaf = current(find, mandate);
    return chainOf(find, leaf?.mandate.id ?? mandate).flatMap(({ id }) => find(id) ?? []);
  }

  function hasChanged(): boolean {
    // More than there are operations: they are over, and with them what was known of their mandates is of no use.
    if (clear.size > openOperations.size || policy !== core.policy) return true;
    for (const [mandate, { line, until }] of clear) if (now() >= until || !isSame(line, lineOf(mandate))) return true;
    return false;
  }

  return {
    toLookAt() {
      if (hasChanged()) {
        clear.clear();
        policy = core.policy;
        for (const id of openOperations) unswept.add(id);
      }
      return [...unswept].flatMap((id) => {
        const operation = operations.get(id);
        if (operation?.state.name === 'open' && operation.state.interrupt === null) return operation;
        unswept.delete(id); // for good: it is over, or was told
        return [];
      });
    },
    note({ begun }) {
      const line = lineOf(begun.mandate);
      if (now() >= begun.validUntil || !isAsJudged(line, begun.judgedAt)) return;
      const until = Math.min(clear.get(begun.mandate)?.until ?? Infinity, begun.validUntil);
      clear.set(begun.mandate, { line, until });
      unswept.delete(begun.id);
    },
  };
}

const isSame = (a: Line, b: Line): boolean => a.length === b.length && a.every((record, at) => record === b[at]);

/** Whether the mandates are at the versions the operation was begun at: then its yes says until when time alone leaves it free. */
const isAsJudged = (line: Line, judgedAt: OperationRecord['begun']['judgedAt']): boolean =>
  line.length === judgedAt.length &&
  line.every(({ mandate }, at) => mandate.id === judgedAt[at]?.mandate && mandate.version === judgedAt[at].version);
