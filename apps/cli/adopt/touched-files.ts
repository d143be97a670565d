/**
 * The files of a repository that `writ init` touched, as they were before: kept outside the repository, so that `writ off` puts each back byte for byte.
 *
 * What was edited since is not thrown away: only what Writ put there is taken out, and where that cannot be found it is left and said.
 */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { alone } from '@writ/enforce/probe';
import { z } from 'zod';
import { failed } from '../exit.ts';
import { withoutGuard, withoutPart } from './own-part.ts';

const touched = z.object({
  path: z.string(),
  /** Base64; null: it was not there. */
  before: z.string().nullable(),
  after: z.string(),
  kind: z.enum(['part', 'guard']),
  /** What was put in, of a part. */
  part: z.string(),
  /** Folders that were made for it, deepest first. */
  folders: z.array(z.string()),
});
const record = z.object({ version: z.literal(1), repository: z.string(), files: z.array(touched) });

export type Touched = z.infer<typeof touched>;

/** What became of a file. */
export type PutBack =
  | { readonly path: string; readonly how: 'restored' | 'removed' | 'already' }
  /** Edited since: what was Writ's is out of it, the rest stays. */
  | { readonly path: string; readonly how: 'taken_out' }
  /** Edited since, and what was Writ's is not found as it was. */
  | { readonly path: string; readonly how: 'left'; readonly why: string };

const fileOf = (home: string, repository: string): string =>
  join(home, 'adopted', `${createHash('sha256').update(repository).digest('base64url').slice(0, 22)}.json`);

const contents = async (path: string): Promise<Buffer | null> => {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
};

/** What was touched in `repository`; nothing where nothing is on record. */
export async function readTouched(home: string, repository: string): Promise<readonly Touched[]> {
  const path = fileOf(home, repository);
  const bytes = await contents(path);
  if (bytes === null) return [];
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    json = null; // said below
  }
  const found = record.safeParse(json);
  if (!found.success)
    throw failed(
      `\`${path}\` holds what the files of this repository were before, and this Writ cannot read it`,
      'use the Writ that wrote it; it is JSON, with each file as base64 in `before`',
    );
  return found.data.files;
}

/** Writes `after` into a file of `repository`, its contents before on record first. */
export const touch = (home: string, repository: string, file: Touching): Promise<void> =>
  alone(fileOf(home, repository), () => touchAlone(home, repository, file));

type Touching = Pick<Touched, 'path' | 'after' | 'kind' | 'part'>;

async function touchAlone(home: string, repository: string, file: Touching): Promise<void> {
  const { path, after, kind, part } = file;
  const full = join(repository, path);
  const known = await readTouched(home, repository);
  const before = await contents(full);
  const first = known.find((one) => one.path === path);
  const missing = missingFolders(repository, dirname(path));
  const own: Touched = {
    path,
    before: first === undefined ? (before?.toString('base64') ?? null) : beforeAll(first, before),
    after: Buffer.from(after).toString('base64'),
    kind,
    part,
    folders: missing.length > 0 ? [...missing] : (first?.folders ?? []),
  };
  await save(home, repository, [...known.filter((one) => one.path !== path), own]);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, after);
}

/** What comes back of a file that was touched before: what it was before the first time; where it was edited since, those edits without what Writ put there; nothing where it was taken away. */
function beforeAll(first: Touched, now: Buffer | null): string | null {
  if (now === null) return null;
  if (now.equals(Buffer.from(first.after, 'base64'))) return first.before;
  const text = now.toString('utf8');
  return Buffer.from(withoutOwn(text, first) ?? text).toString('base64');
}

/** The text without what Writ put there; null where that is not found as it was. */
const withoutOwn = (text: string, { kind, part }: Touched): string | null =>
  kind === 'part' ? withoutPart(text, part) : withoutGuard(text);

async function save(home: string, repository: string, files: readonly Touched[]): Promise<void> {
  const path = fileOf(home, repository);
  if (files.length === 0) return rm(path, { force: true });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, `${JSON.stringify({ version: 1, repository, files }, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Folders on the way to `folder` that are not there, deepest first. */
const missingFolders = (repository: string, folder: string): readonly string[] =>
  folder === '.' || existsSync(join(repository, folder))
    ? []
    : [folder, ...missingFolders(repository, dirname(folder))];

/** Puts every touched file of `repository` back, and forgets those that are. */
export const putBack = (home: string, repository: string): Promise<readonly PutBack[]> =>
  alone(fileOf(home, repository), () => putBackAlone(home, repository));

async function putBackAlone(home: string, repository: string): Promise<readonly PutBack[]> {
  const files = await readTouched(home, repository);
  const done: PutBack[] = [];
  for (const file of files) done.push(await putBackOne(repository, file));
  await save(
    home,
    repository,
    files.filter((_, index) => done[index]?.how === 'left'),
  );
  return done;
}

async function putBackOne(repository: string, file: Touched): Promise<PutBack> {
  const { path } = file;
  const full = join(repository, path);
  const now = await contents(full);
  const before = file.before === null ? null : Buffer.from(file.before, 'base64');
  if (now === null || (before !== null && now.equals(before))) return { path, how: 'already' };
  if (now.equals(Buffer.from(file.after, 'base64'))) {
    if (before !== null) {
      await writeFile(full, before);
      return { path, how: 'restored' };
    }
    await rm(full);
    for (const folder of file.folders) await rmdir(join(repository, folder)).catch(() => undefined); // somebody else's files are in it
    return { path, how: 'removed' };
  }
  const without = withoutOwn(now.toString('utf8'), file);
  if (without === null)
    return { path, how: 'left', why: 'it was edited since, and what Writ put there is not found as it was' };
  await writeFile(full, without);
  return { path, how: 'taken_out' };
}
