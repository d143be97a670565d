/**
 * What putting files back would do, path by path. Pure.
 *
 * INVARIANT: only what was seen to come into being during the session's own work since is deleted, and only while it is as that work left it. Everything else that is there now and was not then
 * is left alone: it may be anybody's.
 */

/** One difference between now and then: the blob now, and the blob then; null where there was or is none. */
export type Difference = { readonly path: string; readonly now: string | null; readonly then: string | null };

/** What the session's own work did to a path since: the blob it left, and whether the path came into being by it. */
export type OwnWork = ReadonlyMap<string, { readonly left: string | null; readonly created: boolean }>;

export type RewindLine = {
  readonly path: string;
  readonly does: 'write' | 'restore' | 'delete' | 'leave';
  /** Somebody else changed it after the session's work, or without it. */
  readonly elsewhere: boolean;
  /** Why it is left; empty otherwise. */
  readonly why: string;
};

/** `inTheWay`: what stands at a path now and was not kept, in a sentence. */
export function planRewind(
  differences: readonly Difference[],
  own: OwnWork,
  inTheWay: ReadonlyMap<string, string>,
): readonly RewindLine[] {
  return differences.map(({ path, now, then }): RewindLine => {
    const work = own.get(path);
    const elsewhere = work === undefined || work.left !== now;
    const obstacle = inTheWay.get(path);
    if (obstacle !== undefined) return { path, does: 'leave', elsewhere, why: obstacle };
    if (then !== null) return { path, does: now === null ? 'restore' : 'write', elsewhere, why: '' };
    if (work?.created !== true) return { path, does: 'leave', elsewhere, why: 'it came from elsewhere' };
    if (elsewhere) return { path, does: 'leave', elsewhere, why: 'somebody changed it since' };
    return { path, does: 'delete', elsewhere, why: '' };
  });
}

/** The work of several stretches, in order. Each is what changed between its beginning and its end. */
export function ownWork(stretches: readonly (readonly Difference[])[]): OwnWork {
  const work = new Map<string, { left: string | null; created: boolean }>();
  for (const stretch of stretches)
    for (const { path, now: before, then: after } of stretch) {
      const known = work.get(path);
      const created = before === null || (known?.created === true && known.left === before);
      work.set(path, { left: after, created });
    }
  return work;
}
