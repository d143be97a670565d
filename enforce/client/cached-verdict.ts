/**
 * Yeses that may be used again for a moment: permits of the classes whose freshness is `cached`, and of no other.
 *
 * It refuses everything it is not sure of: no entry outlives the earliest expiry of its chain or the class's bound, a hit never extends
 * an entry, a change anywhere in the chain and any staleness void it, and the key is injective (a JSON array, no delimiters to inject).
 */

import { actionClasses } from '@writ/authority';
import type { ActionClass } from '@writ/authority';
import type { Reading } from './clock.ts';
import { elapsedMs } from './freshness.ts';

export type Question = {
  readonly mandate: string;
  readonly actor: string;
  readonly action: string;
  readonly resource: string;
  /** Canonical text of facts, parameters and containment: whatever else the verdict depended on. */
  readonly circumstances: string;
};

export type CachedPermit = {
  readonly actionClass: ActionClass;
  /** Every mandate the verdict rested on. */
  readonly chain: readonly string[];
  /** Wall time in milliseconds at which the earliest of the chain expires. */
  readonly validUntil: number;
  /** When the question was asked. */
  readonly askedAt: Reading;
};

export interface VerdictCache {
  /** Remembers a permit if its class allows that. */
  put(question: Question, permit: CachedPermit): void;
  /** The permit, if it may still be used at `now`. */
  get(question: Question, now: Reading): CachedPermit | null;
  /** Something about `mandate` changed. */
  voidMandate(mandate: string): void;
  /** Nothing known counts any more: a jump, a gap, or control unheard. */
  voidAll(): void;
  readonly size: number;
}

/** Two questions have the same key only if they are the same question. */
export const keyOf = ({ mandate, actor, action, resource, circumstances }: Question): string =>
  JSON.stringify([mandate, actor, action, resource, circumstances]);

/** A cache of at most `limit` permits; the oldest leaves first. */
export function createVerdictCache(limit: number): VerdictCache {
  const entries = new Map<string, CachedPermit>();
  return {
    put(question, permit) {
      if (actionClasses[permit.actionClass].freshness.kind !== 'cached') return;
      const key = keyOf(question);
      entries.delete(key);
      entries.set(key, permit);
      for (const oldest of entries.keys()) {
        if (entries.size <= limit) break;
        entries.delete(oldest);
      }
    },
    get(question, now) {
      const permit = entries.get(keyOf(question));
      if (permit === undefined) return null;
      if (isUsable(permit, now)) return permit;
      entries.delete(keyOf(question));
      return null;
    },
    voidMandate(mandate) {
      for (const [key, permit] of entries) if (permit.chain.includes(mandate)) entries.delete(key);
    },
    voidAll() {
      entries.clear();
    },
    get size() {
      return entries.size;
    },
  };
}

function isUsable(permit: CachedPermit, now: Reading): boolean {
  const { freshness } = actionClasses[permit.actionClass];
  if (freshness.kind !== 'cached') return false;
  // INVARIANT: strictly before the expiry and strictly younger than the bound, by the slower of both clocks' optimism.
  const elapsed = elapsedMs(permit.askedAt, now);
  return (
    elapsed < freshness.maxAgeMs && now.wall < permit.validUntil && permit.askedAt.wall + elapsed < permit.validUntil
  );
}

/** What to do with a question of `actionClass` when control cannot be asked: only what needs no word of its goes on. */
export const withoutControl = (actionClass: ActionClass, cached: CachedPermit | null): 'continue' | 'refuse' => {
  switch (actionClasses[actionClass].whenControlIsUnreachable) {
    case 'continue_in_slice':
      return 'continue';
    case 'stop_at_bound':
      return cached === null ? 'refuse' : 'continue';
    case 'refuse':
      return 'refuse';
  }
};
