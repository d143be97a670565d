/**
 * The files of a folder as they are now, as one Git tree: edits of a tool, of a shell and of a person alike, untracked files included.
 *
 * It works with a Git directory and an index of its own, so that the person's index, HEAD, branches, stash and reflog are as they were, and nothing that a repository or an agent configures
 * (filters, attributes, hooks) has a say: content is kept byte for byte. The objects go to the person's repository where there is one, under `refs/writ/checkpoints/`, where `git gc` leaves
 * them and no ordinary push takes them; else into the Git directory of its own, outside the folder. No identity has to be configured.
 *
 * It does not keep what `.gitignore` names, repositories inside the folder, empty folders, a file above 64 MiB, or one whose name Git does not take or is not UTF-8, and says which. What is there and
 * is not kept stands in the message of the commit: who goes back must know that it was there before.
 */

import { constants } from 'node:fs';
import { access, copyFile, lstat, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GitPlace } from './git.ts';
import { gitPlumbing, ownGit } from './git.ts';

/** A folder whose files are kept. */
export type KeptPlace = {
  /** Absolute. */
  readonly path: string;
  /** The Git directory of the person's repository that objects and refs go to, and the commit that is checked out; null where the folder has none, or none that can be trusted. */
  readonly repository: {
    readonly gitDir: string;
    readonly head: string | null;
    readonly branch: string | null;
  } | null;
  /** The Git directory of our own. */
  readonly own: string;
};

export type Kept = {
  readonly in: 'repository' | 'shadow';
  readonly commit: string;
  readonly tree: string;
  readonly without: readonly string[];
};

const mostBytes = 64 * 1024 * 1024;
const mostFiles = 200_000;
/** What is shown of a list. */
const mostNamed = 5;
/** Above that it is not written down, and nobody knows what was there. */
const mostBeside = 65_536;

/** Whatever a repository says of its files, they are kept and put back as they are. */
const attributes = '* -text -eol -crlf -filter -ident -working-tree-encoding -merge -diff\n';

/** The ref that keeps checkpoint `name` of `session`. */
export const checkpointRef = (session: string, name: string): string => `refs/writ/checkpoints/${session}/${name}`;

/** Keeps the files under `ref`, as a commit on top of what is checked out. `last`: what was kept before, taken again where nothing changed. Rejects where Git or the disk refuses. */
export async function keepFiles(
  place: KeptPlace,
  ref: string,
  last: { readonly commit: string; readonly tree: string; readonly head: string | null } | null,
): Promise<Kept> {
  await openOwn(place);
  return withIndex(place, async (at) => {
    const { paths, without, left, unkept } = await whatChanged(at, place);
    if (paths.length > 0)
      await ownGit(at, ['update-index', '-z', '--add', '--remove', '--replace', '--stdin'], lines(paths));
    if (left.length > 0) await ownGit(at, ['update-index', '-z', '--force-remove', '--stdin'], lines(left));
    const tree = (await ownGit(at, ['write-tree'])).trim();
    const head = place.repository?.head ?? null;
    const beside = besideLine([...unkept, ...(await emptyFolders(at, place))]);
    const known = last?.tree === tree && last.head === head && (await messageOf(place, last.commit))?.endsWith(beside);
    const commit =
      known === true ? last?.commit : await commitOf(at, { tree, head, message: `writ: ${ref}\n${beside}` });
    if (commit === undefined) throw new TypeError('a known commit has a name');
    await ownGit(refsOf(place), ['-c', 'core.logAllRefUpdates=false', 'update-ref', '--no-deref', ref, commit]);
    return { in: place.repository === null ? 'shadow' : 'repository', commit, tree, without };
  });
}

async function commitOf(
  at: IndexedPlace,
  { tree, head, message }: { readonly tree: string; readonly head: string | null; readonly message: string },
): Promise<string> {
  return (await ownGit(at, ['commit-tree', tree, ...(head === null ? [] : ['-p', head]), '-F', '-'], message)).trim();
}

/** What was there when `commit` was made and is not in it, as `isBeside` reads it; null where nobody knows. */
export async function besideKept(place: KeptPlace, commit: string): Promise<readonly string[] | null> {
  const line = (await messageOf(place, commit))?.split('\n').find((one) => one.startsWith(besideMark));
  // Written by `besideLine`.
  return line === undefined ? null : (JSON.parse(line.slice(besideMark.length)) as readonly string[] | null);
}

const besideMark = 'beside: ';
const besideLine = (paths: readonly string[]): string =>
  `${besideMark}${JSON.stringify(paths.length > mostBeside ? null : paths)}\n`;

async function messageOf(place: KeptPlace, commit: string): Promise<string | null> {
  const found = await gitPlumbing(ownPlace(place), ['cat-file', 'commit', commit]);
  return found.code === 0 ? found.stdout.slice(found.stdout.indexOf('\n\n') + 2) : null;
}

/** Lets go of what was kept under `ref`. */
export async function letGo(place: KeptPlace, ref: string): Promise<void> {
  await gitPlumbing(refsOf(place), ['update-ref', '--no-deref', '-d', ref]);
}

/** Whether what was kept as `commit` is still here. */
export async function hasCommit(place: KeptPlace, commit: string): Promise<boolean> {
  return (await gitPlumbing(ownPlace(place), ['cat-file', '-e', `${commit}^{tree}`])).code === 0;
}

/** Git on the kept objects, with the folder beside it. */
export const ownPlace = ({ own, path, repository }: KeptPlace): GitPlace => ({
  gitDir: own,
  workTree: path,
  ...(repository === null ? {} : { objects: join(repository.gitDir, 'objects') }),
});

const refsOf = ({ own, repository }: KeptPlace): GitPlace => ({ gitDir: repository?.gitDir ?? own });

async function openOwn({ own, repository }: KeptPlace): Promise<void> {
  const known = await stat(join(own, 'info', 'attributes')).catch(() => null);
  if (known !== null) return;
  await mkdir(own, { recursive: true, mode: 0o700 });
  // Objects of one kind alone are in a repository.
  const format = repository === null ? null : await gitPlumbing(repository, ['rev-parse', '--show-object-format']);
  const objects = format?.code === 0 ? [`--object-format=${format.stdout.trim()}`] : [];
  await ownGit({ gitDir: own }, ['init', '--quiet', '--bare', '--template=', ...objects]);
  await mkdir(join(own, 'info'), { recursive: true });
  await writeFile(join(own, 'info', 'attributes'), attributes);
}

type IndexedPlace = GitPlace & { readonly indexFile: string };

/** Works on a copy of the index of the last time, which knows what did not change since; it takes that one's place when all went well. */
async function withIndex<T>(place: KeptPlace, work: (at: IndexedPlace) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(place.own, 'taking-'));
  const indexFile = join(dir, 'index');
  try {
    await copyFile(join(place.own, 'files.index'), indexFile).catch(() => undefined); // the first time there is none
    const done = await work({ ...ownPlace(place), indexFile });
    await rename(indexFile, join(place.own, 'files.index'));
    return done;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

type Changed = {
  readonly paths: readonly string[];
  /** Not kept, and so not of the index either. */
  readonly left: readonly string[];
  /** What is there all the same. */
  readonly unkept: readonly string[];
  readonly without: readonly string[];
};

async function whatChanged(at: IndexedPlace, place: KeptPlace): Promise<Changed> {
  const ignoring = await exclusions(place);
  const [changed, ignored] = await Promise.all([
    ownGit(at, ['ls-files', '-z', '--modified', '--deleted', '--others', ...ignoring]).then(split),
    ownGit(at, ['ls-files', '-z', '--others', '--ignored', '--directory', ...ignoring]).then(split),
  ]);
  const listed = [...new Set(changed)];
  const inside = listed.filter((path) => path.endsWith('/'));
  const paths = [...listed.filter((path) => !path.endsWith('/')), ...(await trackedAndIgnored(at, place))];
  if (paths.length > mostFiles)
    throw new Error(`more than ${String(mostFiles)} files changed; say in \`.gitignore\` which of them are no work`);
  const looked = await Promise.all(paths.map((path) => look(place.path, path)));
  const found = (as: Looked): readonly string[] => paths.filter((_, index) => looked[index] === as);
  const [large, closed, misnamed] = [found('large'), found('closed'), found('misnamed')];
  const special = found('special');
  return {
    paths: found('kept'),
    left: [...large, ...closed, ...special, ...found('folder')],
    unkept: [...ignored, ...inside, ...large, ...closed, ...misnamed, ...special],
    without: [
      ...named('ignored', ignored),
      ...named('repositories inside it', inside),
      ...named('larger than 64 MiB', large),
      ...named('unreadable', closed),
      ...named('of names that Git does not take', misnamed),
      ...named('neither files nor links', special),
    ],
  };
}

/** Folders with nothing in them that is kept, as `FOLDER/.`. */
async function emptyFolders(at: IndexedPlace, place: KeptPlace): Promise<readonly string[]> {
  const found = await ownGit(at, ['ls-files', '-z', '--others', '--directory', ...(await exclusions(place))]);
  return split(found).flatMap((path) => (path.endsWith('/') ? [`${path}.`] : []));
}

async function exclusions({ repository }: KeptPlace): Promise<readonly string[]> {
  const own = repository === null ? null : join(repository.gitDir, 'info', 'exclude');
  const there = own !== null && (await stat(own).catch(() => null))?.isFile() === true;
  return ['--exclude-per-directory=.gitignore', ...(there ? [`--exclude-from=${own}`] : [])];
}

/** What the repository tracks although `.gitignore` names it; the index of our own has not met it yet. */
async function trackedAndIgnored(at: IndexedPlace, { path, repository, own }: KeptPlace): Promise<readonly string[]> {
  if (repository === null || repository.head === null) return [];
  // Looked for once for each commit that is checked out.
  const seen = join(own, 'head');
  if ((await readFile(seen, 'utf8').catch(() => '')) === repository.head) return [];
  await writeFile(seen, repository.head);
  const tracked = await gitPlumbing(at, ['ls-tree', '-r', '-z', '--full-tree', repository.head]);
  if (tracked.code !== 0) return [];
  const known = new Set(
    split(await ownGit(at, ['ls-files', '-z', '--cached', '--others', '--exclude-per-directory=.gitignore'])),
  );
  const candidates = split(tracked.stdout)
    .filter((line) => !line.startsWith('160000 '))
    .map((line) => line.slice(line.indexOf('\t') + 1))
    .filter((name) => !known.has(name));
  const there = await Promise.all(
    candidates.map((name) =>
      lstat(join(path, name)).then(
        (found) => found.isFile() || found.isSymbolicLink(),
        () => false,
      ),
    ),
  );
  return candidates.filter((_, index) => there[index]);
}

/** `folder`: one stands where a file was, and what is in it is listed by itself. */
type Looked = 'kept' | 'large' | 'closed' | 'misnamed' | 'folder' | 'special';

async function look(root: string, name: string): Promise<Looked> {
  const path = join(root, name);
  const found = await lstat(path).catch(() => null);
  if (isForbidden(name)) return 'misnamed';
  // Gone is a change like any other; what was read as text and is no path was never UTF-8.
  if (found === null) return name.includes('\ufffd') ? 'misnamed' : 'kept';
  if (found.isDirectory()) return 'folder';
  if (!found.isFile()) return found.isSymbolicLink() ? 'kept' : 'special';
  if (found.size > mostBytes) return 'large';
  return access(path, constants.R_OK).then(
    () => 'kept',
    () => 'closed',
  );
}

/** Names that Git takes for its own directory on some file system (`core.protectNTFS`, `core.protectHFS`), and puts into no index. */
const isForbidden = (name: string): boolean =>
  name
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '')
    .split(/[/\\]/)
    .some((part) => /^(?:\.git|git~1)[ .]*(?::.*)?$/i.test(part));

const named = (what: string, paths: readonly string[]): readonly string[] =>
  paths.length === 0
    ? []
    : [
        `${what}: ${paths.slice(0, mostNamed).join(', ')}${paths.length > mostNamed ? ` and ${String(paths.length - mostNamed)} more` : ''}`,
      ];

const lines = (paths: readonly string[]): string => paths.map((path) => `${path}\0`).join('');
const split = (text: string): readonly string[] => text.split('\0').filter((part) => part !== '');

/** A folder for one index that is thrown away. */
export async function withScratch<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'writ-index-'));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
