/**
 * Checkpoints that somebody keeps apart from the journals: in a note, an export, the answer of an earlier `writ audit verify --json`, a copy of a journal file. They are what a
 * journal that was rewritten or set back with all it has cannot meet.
 */
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkpointIn, isSigned } from '../checkpoint/checkpoint.ts';
import { checkpointStream, witnessStream } from '../checkpoint/notary.ts';
import { JournalError } from '../errors.ts';
import type { Seal } from '../journal.ts';
import { manifestName } from '../export/manifest.ts';
import { openJournalReadOnly } from '../sqlite/open.ts';

/** A checkpoint of the journal of `plane`. */
export type Witnessed = Seal & { readonly plane: string };

/** The checkpoints in the file or export at `path`. Rejects with a `JournalError` of kind `format` when there are none, or one was not signed by the key it names. */
export async function readWitnesses(path: string): Promise<readonly Witnessed[]> {
  const found = await stat(path).catch(() => {
    throw new JournalError('format', `there is no witness at \`${path}\`; give a file or the folder of an export`);
  });
  const file = found.isDirectory() ? join(path, manifestName) : path;
  const values = (await isSqlite(file)) ? await inJournal(file) : [...within(await jsonIn(file), '')];
  if (values.length > 0) return values;
  throw new JournalError('format', `\`${path}\` holds no checkpoint; it witnesses nothing`);
}

async function isSqlite(path: string): Promise<boolean> {
  await using file = await open(path).catch(() => {
    throw new JournalError('format', `the witness \`${path}\` cannot be read; check its name`);
  });
  const { buffer } = await file.read(Buffer.alloc(15), 0, 15, 0);
  return buffer.toString('latin1') === 'SQLite format 3';
}

async function inJournal(path: string): Promise<readonly Witnessed[]> {
  await using reader = await openJournalReadOnly(path);
  const newest = await Promise.all(
    [checkpointStream, witnessStream].map(async (stream) => (await reader.read(stream)).at(-1)?.data),
  );
  return newest.flatMap((data) => [...within(data, '')]);
}

async function jsonIn(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new JournalError('format', `the witness \`${path}\` is no JSON; it witnesses nothing`);
  }
}

/** Every checkpoint anywhere in a value. One that does not name its plane is of the plane it stands under (`journals.control.sealed`). */
function* within(value: unknown, plane: string, depth = 0): Generator<Witnessed> {
  if (typeof value !== 'object' || value === null || depth > 6) return;
  const checkpoint = checkpointIn(value);
  if (checkpoint) {
    if (!isSigned(checkpoint))
      throw new JournalError(
        'format',
        `the witness of ${checkpoint.plane} was not signed by the key it names; it witnesses nothing`,
      );
    const { from, to, root, key } = checkpoint;
    yield { plane: checkpoint.plane, from, to, root, key };
    return;
  }
  const seal = sealIn(value, plane);
  if (seal) yield seal;
  else
    for (const [name, member] of Object.entries(value)) yield* within(member, isPlane(name) ? name : plane, depth + 1);
}

const isPlane = (name: string): boolean =>
  !['journals', 'sealed', 'seal', 'witnessed'].includes(name) && /^[a-z]/.test(name);

function sealIn(value: object, under: string): Witnessed | undefined {
  if (!('to' in value && 'root' in value && 'key' in value)) return undefined;
  const { to, root, key } = value;
  if (typeof to !== 'number' || typeof root !== 'string' || typeof key !== 'string') return undefined;
  const plane = 'plane' in value && typeof value.plane === 'string' ? value.plane : under;
  return { plane, to, root, key };
}
