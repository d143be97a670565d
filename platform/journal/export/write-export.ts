/**
 * Writes journals, as they stand at one moment, into a folder that can be verified anywhere: for each a file of events and one of stream heads, JSON Lines, and one manifest. What is
 * withheld leaves its envelope and hashes. It refuses a folder that holds something, and leaves nothing behind of an export that does not verify.
 */
import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { chmod, mkdir, open, readdir, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { checkpointIn, signCheckpoint } from '../checkpoint/checkpoint.ts';
import { merkleRoot } from '../checkpoint/merkle.ts';
import { JournalError } from '../errors.ts';
import type { StoredEvent } from '../log-check.ts';
import { LogFacts } from './log-facts.ts';
import { eventToLine, headToLine } from './export-line.ts';
import { exportFormat, exportReader, manifestName, signManifest } from './manifest.ts';
import type { JournalManifest } from './manifest.ts';
import type { PlanePlace, PlaneSnapshot } from './open-together.ts';
import { openTogether } from './open-together.ts';
import { eventsOf } from './store-snapshot.ts';
import type { VerifiedExport } from './verify-export.ts';
import { verifyExport } from './verify-export.ts';
import { isWithheld } from './withholding.ts';
import type { Withholding } from './withholding.ts';

/** `keyOf`: a plane's evidence key where it is at hand; `now`: milliseconds since the epoch. */
export type ExportOptions = {
  readonly folder: string;
  readonly journals: readonly PlanePlace[];
  readonly withholding: Withholding;
  readonly keyOf: (plane: string) => KeyObject | undefined;
  readonly now: () => number;
};

/** Rejects with a `JournalError`: `input` for a folder in use, `format` when the journals do not verify; nothing is left there then. */
export async function writeExport(options: ExportOptions): Promise<VerifiedExport> {
  const { folder } = options;
  await makeRoom(folder);
  try {
    const snapshots = await openTogether(options.journals);
    try {
      await writeAll(snapshots, options);
    } finally {
      for (const { snapshot } of snapshots) await snapshot[Symbol.asyncDispose]();
    }
    const verified = await verifyExport(folder, []);
    refuseFindings(verified);
    return verified;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function makeRoom(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0)
    throw new JournalError('input', `the folder \`${folder}\` is not empty; give one that is, or a new one`);
  await chmod(folder, 0o700);
}

async function writeAll(snapshots: readonly PlaneSnapshot[], options: ExportOptions): Promise<void> {
  const { folder, withholding, keyOf, now } = options;
  const at = new Date(now()).toISOString();
  const journals: Record<string, JournalManifest> = {};
  for (const snapshot of snapshots) journals[snapshot.plane] = await writeJournal(snapshot, options, at);
  const organisation = snapshots[0]?.snapshot.organisation ?? '';
  const unsigned = { format: exportFormat, reader: exportReader, exported_at: at, organisation, withholding, journals };
  const keys = snapshots.map(({ plane }) => keyOf(plane)).filter((key) => key !== undefined);
  const manifest = signManifest(unsigned, keys);
  await writeFile(join(folder, manifestName), async (file) => {
    await file.write(`${JSON.stringify(manifest, null, 2)}\n`);
  });
}

async function writeJournal(
  { plane, snapshot }: PlaneSnapshot,
  { folder, withholding, keyOf }: ExportOptions,
  at: string,
): Promise<JournalManifest> {
  const [events_file, heads_file] = [`${plane}.events.jsonl`, `${plane}.heads.jsonl`];
  const facts = new LogFacts();
  const sealing = new Sealing();
  let withheld = 0;
  await writeFile(join(folder, events_file), async (file) => {
    let text = '';
    for await (const event of eventsOf(snapshot)) {
      const leaveOut = event.dataText !== null && isWithheld(withholding, { ...event, stream: event.stream ?? '' });
      if (leaveOut) withheld += 1;
      facts.event(event);
      sealing.event(event);
      text += lineOf(event, leaveOut);
      if (text.length < 1_000_000) continue;
      await file.write(text);
      text = '';
    }
    await file.write(text);
  });
  const heads = await snapshot.heads();
  await writeFile(join(folder, heads_file), async (file) => {
    await file.write(heads.map(headToLine).join(''));
  });
  const key = keyOf(plane);
  const seal = key && sealing.seal(plane, at, key);
  const keys = [...new Set([...facts.keys, ...(key ? [createPublicKey(key).export({ format: 'jwk' }).x ?? ''] : [])])];
  const { events, last: head, incarnation, checkpoints, sealed, witnessed } = facts;
  const size = { events, streams: heads.length, head, withheld, incarnation, checkpoints };
  return { events_file, heads_file, ...size, keys, sealed, seal: seal ?? null, witnessed };
}

/** The hashes that no checkpoint of the log covers yet. */
class Sealing {
  #hashes: string[] = [];
  #sealedTo = 0;

  event({ stream, type, hash, dataText }: StoredEvent): void {
    if (stream === 'journal/checkpoints' && type === 'journal.sealed' && dataText !== null) {
      const to = checkpointIn(parse(dataText))?.to ?? this.#sealedTo;
      this.#hashes = this.#hashes.slice(Math.max(0, to - this.#sealedTo));
      this.#sealedTo = Math.max(this.#sealedTo, to);
    }
    this.#hashes.push(hash);
  }

  seal(plane: string, at: string, key: KeyObject): ReturnType<typeof signCheckpoint> | undefined {
    if (this.#hashes.length === 0) return undefined;
    const [from, to] = [this.#sealedTo + 1, this.#sealedTo + this.#hashes.length];
    return signCheckpoint({ plane, from, to, root: merkleRoot(this.#hashes), at }, key);
  }
}

function lineOf(event: StoredEvent, withheld: boolean): string {
  try {
    return eventToLine(event, withheld);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new JournalError(
      'format',
      `the journal does not verify: position ${String(event.position)} is no JSON any more; nothing was exported, see \`writ audit verify\``,
    );
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function writeFile(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await write(file);
  await file.sync();
}

function refuseFindings({ journals }: VerifiedExport): void {
  for (const [plane, { findings }] of Object.entries(journals)) {
    const [finding] = findings;
    if (!finding) continue;
    throw new JournalError(
      'format',
      `the journal of ${plane} does not verify: position ${String(finding.position)}: ${finding.problem}; nothing was exported, see \`writ audit verify\``,
    );
  }
}
