/**
 * `runtime/workspace/{git,repository,worktree,keep-files,put-back}.ts`: repositories and worktrees in memory. A commit is its parents and its files, a file its text; what agents wrote is in the worktree
 * until it is committed, and a worktree outlives every process. Each call takes a moment in which a machine can crash, and now and then Git says no.
 */

import { createHash } from 'node:crypto';
import { engine } from '../engine/engine.ts';

type Files = Readonly<Record<string, string>>;
type Commit = { readonly id: string; readonly parents: readonly string[]; readonly files: Files };
type Place = { readonly branch: string; written: Files };
export type Repository = { readonly path: string; readonly gitDir: string };
export type Worktree = {
  readonly repository: Repository;
  readonly path: string;
  readonly branch: string;
  readonly gitDir: string;
};

const commits = new Map<string, Commit>();
const branches = new Map<string, string>();
const places = new Map<string, Place>();

const digest = (value: unknown): string => createHash('sha1').update(JSON.stringify(value)).digest('hex');

function commit(parents: readonly string[], files: Files): string {
  const id = digest([parents, files]);
  commits.set(id, { id, parents, files });
  return id;
}

/** No worktree, and one commit that everything starts from. */
export function forgetWorkspaces(): void {
  commits.clear();
  branches.clear();
  places.clear();
  branches.set('main', commit([], { 'README.md': 'a project' }));
}

/** A process wrote into the place it works in. */
export function writeIn(path: string, file: string, text: string): void {
  const place = places.get(path);
  if (place !== undefined) place.written = { ...place.written, [file]: text };
}

/** Somebody commits in a worktree by hand. False where there is none. */
export function commitByHand(nth: number): boolean {
  const place = [...places.values()][Math.floor(nth * places.size)];
  const head = place && branches.get(place.branch);
  if (place === undefined || head === undefined) return false;
  branches.set(place.branch, commit([head], { ...commits.get(head)?.files, 'by-hand': String(nth) }));
  return true;
}

/** Takes a moment, and fails now and then where `mayFail`. */
function work<T>(done: () => T, mayFail = false): Promise<T> {
  const ms = engine.random.chance(0.03) ? engine.random.between(50, 400) : engine.random.between(0.5, 10);
  const fails = mayFail && engine.random.chance(0.01);
  const machine = engine.current;
  return new Promise((resolve, reject) => {
    engine.after(
      ms,
      () => {
        if (fails) reject(new Error('git ended with 128: the simulation says no'));
        else resolve(done());
      },
      machine,
    );
  });
}

export const git = (..._: readonly unknown[]) => work(() => ({ code: 0, stdout: '', stderr: '' }));
export const gitOrThrow = (..._: readonly unknown[]) => work(() => '', true);
export const ownGit = (..._: readonly unknown[]) => work(() => '', true);
export const gitPlumbing = (..._: readonly unknown[]) => work(() => ({ code: 0, stdout: '', stderr: '' }));

export const openRepository = (path: string) =>
  work(() => ({ ok: true as const, value: { path, gitDir: `${path}/.git` } }));

export const resolveCommit = (_: Repository, name: string) =>
  work(() => branches.get(name === 'HEAD' ? 'main' : name) ?? (commits.has(name) ? name : null));

export const remotesOf = (_: Repository): Promise<Readonly<Record<string, string>>> => Promise.resolve({});

/** Now and then what should come together does not. */
export const integrate = (_: Repository, together: readonly string[], _message: string) =>
  work(() => {
    const [first = '', second] = together;
    if (second !== undefined && engine.random.chance(0.05))
      return { ok: false as const, paths: ['README.md'], between: [first, second] as const };
    const files = Object.assign({}, ...together.map((id) => commits.get(id)?.files)) as Files;
    return { ok: true as const, commit: second === undefined ? first : commit(together, files) };
  });

const at = (repository: Repository, path: string, branch: string): Worktree => ({
  ...{ repository, path, branch },
  gitDir: `${repository.gitDir}/worktrees/${path.split('/').at(-1) ?? ''}`,
});

export const worktreeAt = (repository: Repository, path: string, branch: string): Promise<Worktree | null> =>
  work(() => (places.has(path) ? at(repository, path, branch) : null));

export const addWorktree = (repository: Repository, path: string, branch: string, from: string): Promise<Worktree> =>
  work(() => {
    if (!places.has(path)) {
      if (!branches.has(branch)) branches.set(branch, from);
      places.set(path, { branch, written: {} });
    }
    return at(repository, path, branch);
  }, true);

/** Nobody moves one here. */
export const movedTo = (..._: readonly unknown[]): Promise<string | null> => work(() => null);

export const worktreePath = (dir: string, mission: string, task: string): string => `${dir}/${mission}/${task}`;

export const snapshotPlace = (
  _place: { readonly path: string; readonly gitDir: string },
  head: string,
  _message: string,
) => work(() => ({ commit: head, tree: head, changed: [] as readonly string[] }), true);

export const commitWorktree = ({ path, branch }: Worktree, _message: string) =>
  work(() => {
    const [head = '', written = {}] = [branches.get(branch), places.get(path)?.written];
    const before = commits.get(head)?.files ?? {};
    const files = { ...before, ...written };
    const tree = digest(files);
    const changed = Object.keys(written).filter((file) => before[file] !== written[file]);
    const id = changed.length === 0 ? head : commit([head], files);
    branches.set(branch, id);
    return { commit: id, tree, changed };
  }, true);

export const lookAt = ({ path }: Pick<Worktree, 'path' | 'gitDir'>) =>
  work(() => {
    const place = places.get(path);
    const head = (place && branches.get(place.branch)) ?? null;
    return { branch: place?.branch ?? null, head, dirty: Object.keys(place?.written ?? {}) };
  });

/** Nobody puts files back here: what is kept is that something was. */
export const checkpointRef = (session: string, name: string): string => `refs/writ/checkpoints/${session}/${name}`;
export const keepFiles = (..._: readonly unknown[]) =>
  work(() => ({ in: 'repository' as const, commit: digest('kept'), tree: digest('kept'), without: [] }), true);
export const letGo = (..._: readonly unknown[]) => work(() => undefined);
export const hasCommit = (..._: readonly unknown[]) => work(() => false);
export const besideKept = (..._: readonly unknown[]) => work(() => null);
export const differences = (..._: readonly unknown[]) => work(() => []);
export const obstacles = (..._: readonly unknown[]) => work(() => new Map<string, string>());
export const putBack = (..._: readonly unknown[]) => work(() => undefined, true);
export const foldersIn = (..._: readonly unknown[]) => work(() => new Set<string>());

/** What else a place shows: nothing here. */
export const dataStores = (..._: readonly unknown[]) => work(() => []);
export const gitFact = (..._: readonly unknown[]) => work(() => ({ kind: 'git', branch: null, reason: null }), true);
export const findReports = (..._: readonly unknown[]) => work(() => null);
