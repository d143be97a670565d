/**
 * The broker's own bare repository for one run: empty, its objects borrowed from the run's repository. No Git ever runs with a
 * configuration of the agent's: refs are read as files, objects are checked against their names by Git as it reads them.
 */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GitPlaces } from '../supervisor/git-places.ts';
import { git } from './git.ts';

export type Mirror = { readonly gitDir: string; readonly places: GitPlaces };

/** Makes the mirror of a run, or says why not. */
export async function makeMirror(
  dir: string,
  run: string,
  places: GitPlaces,
): Promise<Mirror | { readonly why: string }> {
  const gitDir = join(dir, 'enforcer', 'mirrors', `${run}.git`);
  if (!existsSync(join(gitDir, 'HEAD'))) {
    mkdirSync(gitDir, { recursive: true, mode: 0o700 });
    const made = await git(['init', '--quiet', '--bare', '--template=', gitDir], { gitDir: null, timeoutMs: 10_000 });
    if (made.code !== 0) return { why: `the broker could not make its own repository: ${made.stderr.trim()}` };
    mkdirSync(join(gitDir, 'objects', 'info'), { recursive: true });
    writeFileSync(join(gitDir, 'objects', 'info', 'alternates'), `${join(places.commonDir, 'objects')}\n`);
  }
  return { gitDir, places };
}

export function dropMirror(dir: string, run: string): void {
  rmSync(join(dir, 'enforcer', 'mirrors', `${run}.git`), { recursive: true, force: true });
}

/** The commit `source` names: an object id, `HEAD`, or a full ref name. Null when there is none. */
export async function resolveSource(mirror: Mirror, source: string): Promise<string | null> {
  const oid = /^[0-9a-f]{40,64}$/.test(source)
    ? source
    : readRef(mirror.places, source === 'HEAD' ? 'HEAD' : source, 0);
  if (oid === null) return null;
  const found = await git(['cat-file', '-t', oid], { gitDir: mirror.gitDir, timeoutMs: 10_000 });
  return found.code === 0 && ['commit', 'tag'].includes(found.stdout.trim()) ? oid : null;
}

/** gitrepository-layout(5): HEAD is the worktree's own, everything else is shared; loose before packed. */
function readRef(places: GitPlaces, name: string, depth: number): string | null {
  if (depth > 5 || !/^(HEAD|refs\/[A-Za-z0-9_./@+-]+)$/.test(name) || name.includes('..')) return null;
  const loose = textOf(join(name === 'HEAD' ? places.gitDir : places.commonDir, name))?.trim();
  if (loose?.startsWith('ref: ') === true) return readRef(places, loose.slice('ref: '.length), depth + 1);
  if (loose !== undefined && /^[0-9a-f]{40,64}$/.test(loose)) return loose;
  const packed = textOf(join(places.commonDir, 'packed-refs'))
    ?.split('\n')
    .find((line) => line.endsWith(` ${name}`));
  return packed?.split(' ', 1)[0] ?? null;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // no such ref
  }
}
