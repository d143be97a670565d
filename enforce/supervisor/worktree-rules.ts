/**
 * Keeps the files that govern an agent in a worktree of Writ's own: the settings and hooks of harnesses, `.writ`.
 *
 * Several runs may work in one worktree, a sub-agent beside its parent: one copy is taken before the first starts and held until the last is
 * over. It is on disk, so that what an enforcer left when it died is put back by the next. A folder of the person's is not kept: they may write
 * there while an agent works.
 */

import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { copyReadable } from './copy-readable.ts';
import { fileUri, ownRules } from './own-rules.ts';
import type { Kept, RuleKeeper } from './rule-keeper.ts';
import { keepRules } from './rule-keeper.ts';
import { writeDurably } from './run-record.ts';

export interface HeldRules {
  /** The resources written since the last look of any run there. */
  look(): readonly string[];
  /** The run is over: nothing of it is left. */
  release(): readonly string[];
}

type Place = { readonly worktree: string; readonly project: string | null; readonly names: readonly string[] };
type Holding = { readonly keeper: RuleKeeper; runs: number };

/** By folder of the copy. The enforcer is the one process that starts runs. */
const holdings = new Map<string, Holding>();

const rulesDir = (stateDir: string): string => join(stateDir, 'enforcer', 'rules');

/** Holds the rules of `worktree` for one more run. */
export function holdRules(stateDir: string, { worktree, project }: Omit<Place, 'names'>): HeldRules {
  const folder = join(rulesDir(stateDir), createHash('sha256').update(worktree).digest('base64url').slice(0, 22));
  const holding = holdings.get(folder) ?? begin(folder, { worktree, project });
  holding.runs += 1;
  holdings.set(folder, holding);
  return {
    look: () => holding.keeper.look(),
    release() {
      holding.runs -= 1;
      if (holding.runs > 0) return holding.keeper.look();
      const found = holding.keeper.settle();
      holdings.delete(folder);
      rmSync(folder, { recursive: true, force: true });
      return found;
    },
  };
}

/** Puts back what runs of a dead enforcer wrote. Only when none of them is left. */
export function putBackLeft(stateDir: string): readonly string[] {
  return foldersIn(rulesDir(stateDir)).flatMap((name) => putBackOne(join(rulesDir(stateDir), name)));
}

function putBackOne(folder: string): readonly string[] {
  const place = readPlace(folder);
  const found = place === null ? [] : keepRules([keptOf(folder, place)], join(folder, 'taken')).settle();
  rmSync(folder, { recursive: true, force: true });
  return found;
}

function begin(folder: string, { worktree, project }: Omit<Place, 'names'>): Holding {
  putBackOne(folder);
  const copied = (name: string): boolean => copyReadable(join(worktree, name), join(folder, 'pristine', name));
  // What cannot be copied could not be put back.
  const place: Place = {
    worktree,
    project,
    names: ownRules.filter((name) => !leadsAway(worktree, name) && copied(name)),
  };
  for (const name of ['pristine', 'taken']) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
  // Written last: a copy that is not complete puts nothing back.
  writeDurably(join(folder, 'place.json'), JSON.stringify(place));
  return { keeper: keepRules([keptOf(folder, place)], join(folder, 'taken')), runs: 0 };
}

const keptOf = (folder: string, { worktree, project, names }: Place): Kept => ({
  root: worktree,
  pristine: join(folder, 'pristine'),
  names,
  resource: (path) => fileUri(project, path),
});

/** Whether the repository itself has something other than a directory on the way to `name`, such as a link. */
function leadsAway(worktree: string, name: string): boolean {
  const above = dirname(name);
  if (above === '.') return false;
  const found = lstatSync(join(worktree, above), { throwIfNoEntry: false });
  return found !== undefined && !found.isDirectory();
}

function readPlace(folder: string): Place | null {
  try {
    // Written by `begin`, in a directory only this user can write.
    return JSON.parse(readFileSync(join(folder, 'place.json'), 'utf8')) as Place;
  } catch {
    return null; // it never got that far
  }
}

function foldersIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // nothing was ever held
  }
}
