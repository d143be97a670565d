/**
 * Erases what control's journal says of attempts, on the word of a person who may. What authority rests on is never erased: who approved what, what was begun and how it ended is
 * the product, and a fold without it would be another state.
 */

import { everyProject } from '@writ/authority';
import type { RetentionChange, RetentionRule } from '@writ/journal';
import { Retention } from '@writ/journal';
import type { Caller } from '../caller.ts';
import { nameOf } from '../caller.ts';
import { planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import type { ControlEvent } from '../event.ts';
import { mayNotIn } from '../identity/rights.ts';
import type { Outcome, Refused } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';

/** Kept for the record alone: no state follows from these. */
const erasable: ReadonlySet<string> = new Set<ControlEvent['type']>([
  'verdict.refused',
  'verdict.refused_again',
  'verdict.watched',
  'verdict.watched_again',
  'redemption.refused',
  'attempt.refused',
  'attempt.refused_again',
  'signal.ignored',
]);

/** The rules in force, and the types they may be about. */
export type Retained = { readonly rules: readonly RetentionRule[]; readonly types: readonly string[] };

export interface Erasures {
  /** What is erased by itself, and after how long. */
  retention(by: Caller): Promise<Outcome<Retained>>;
  /** Says how long one kind of what may be erased is kept. */
  setRetention(change: RetentionChange, by: Caller): Promise<Outcome<Retained>>;
  /** Erases the data of the events at `positions` for good, and records who did it and why. Resolves with the position of that record. */
  erase(
    erasure: { readonly positions: readonly number[]; readonly reason: string },
    by: Caller,
  ): Promise<Outcome<{ readonly position: number; readonly erased: number }>>;
}

/** The retention of control's journal: nothing is worked from that may be erased. */
export const createRetention = ({ journal, now }: Pick<Core, 'journal' | 'now'>, tell: (sentence: string) => void) =>
  new Retention(journal, { plane: 'control', erasable, isKept: () => false, now, tell });

/** The erasures of control over `core`. */
export function createErasures(core: Core, retention: Retention): Erasures {
  const retained = async (): Promise<Outcome<Retained>> =>
    done({ rules: await retention.rules(), types: [...erasable] });
  return {
    async retention(by) {
      return mayNotErase(core, by) ?? (await retained());
    },
    async setRetention(change, by) {
      const refused = mayNotErase(core, by);
      if (refused !== undefined) return refused;
      if (!erasable.has(change.type))
        return refuse({
          code: 'malformed_request',
          sentence: `\`${change.type}\` is kept for ever in control's journal: what is allowed, or the proof of it, rests on it`,
          wayOut: `what may be kept for less: ${[...erasable].join(', ')}`,
        });
      await retention.set(change, nameOf(by));
      return retained();
    },
    async erase({ positions, reason }, by) {
      const refused = mayNotErase(core, by);
      if (refused !== undefined) return refused;
      const wanted = [...new Set(positions)];
      for (const position of wanted) {
        const [event] = await core.journal.readAll({ after: position - 1, limit: 1 });
        if (event === undefined || erasable.has(event.type)) continue;
        return refuse({
          code: 'malformed_request',
          sentence: `the event at \`${String(position)}\` is \`${event.type}\`, and what is allowed, or the proof of it, rests on it: it is never erased`,
          wayOut: `what may be erased here: ${[...erasable].join(', ')}; an export can withhold the rest`,
        });
      }
      const erased = await core.journal.erase({ positions: wanted, project: planeProject, actor: nameOf(by), reason });
      if (!erased.ok) throw new Error('an erasure expects nothing of any stream');
      return done({ position: erased.position, erased: wanted.length });
    },
  };
}

function mayNotErase(core: Core, by: Caller): Refused | undefined {
  return by.kind === 'person'
    ? mayNotIn(core, by, 'erase', everyProject)
    : refuse({ code: 'not_an_approver', attempted: 'erase data from the journal' });
}
