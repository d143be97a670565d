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
    if (work === undefined) return { path, does: 'leave', elsewhere, why: 'it came from elsewhere' };
    if (!work.created) return { path, does: 'leave', elsewhere, why: 'it was there before the session kept it' };
    if (elsewhere) return { path, does: 'leave', elsewhere, why: 'somebody changed it since' };
    return { path, does: 'delete', elsewhere, why: '' };
  });
}

/** One stretch of the session's own work: what changed between its beginning and its end, and whether something was at a path at its beginning that was not kept. */
export type Stretch = { readonly changes: readonly Difference[]; readonly wasThere: (path: string) => boolean };

/** The work of several stretches, in order. */
export function ownWork(stretches: readonly Stretch[]): OwnWork {
  const work = new Map<string, { left: string | null; created: boolean }>();
  for (const { changes, wasThere } of stretches)
    for (const { path, now: before, then: after } of changes) {
      const known = work.get(path);
      const created = before === null ? !wasThere(path) : known?.created === true && known.left === before;
      work.set(path, { left: after, created });
    }
  return work;
}

/**
 * Whether one of `beside` is `path`, or a folder around it of whose contents nothing is known. They are paths: those of such folders end in `/`, and those of folders in which nothing was in `/.`.
 */
export function isBeside(beside: ReadonlySet<string>, path: string): boolean {
  return beside.has(path) || [path, ...around(path)].some((one) => beside.has(`${one}/`));
}

/** Whether there was a folder at `path`, by what stood beside what was kept. */
export function isFolderBeside(beside: ReadonlySet<string>, path: string): boolean {
  if (isBeside(beside, path) || [path, ...around(path)].some((one) => beside.has(`${one}/.`))) return true;
  for (const one of beside) if (one.startsWith(`${path}/`)) return true;
  return false;
}

/** The folders around `path`, the nearest first. */
function around(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
}
