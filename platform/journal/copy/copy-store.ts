/**
 * Copies a journal from one store to another, of whichever kind, and proves the copy: the same events at the same positions with the same hashes, and whole by
 * themselves. It changes the source in nothing but that nobody writes to it any more, and refuses one that does not verify.
 */
import { createHash } from 'node:crypto';
import { JournalError } from '../errors.ts';
import type { VerifyReport } from '../journal.ts';
import type { StoredEvent } from '../log-check.ts';
import { openSqliteSource, openSqliteTarget } from '../sqlite/raw.ts';
import type { StorePlace } from '../place.ts';
import { showPlace } from '../place.ts';
import type { RawSource, RawTarget } from './raw-store.ts';

const pageSize = 1000;

/** `digest` covers every event of the copy: position, hash, and whether its data is there. */
export type Copied = {
  readonly events: number;
  readonly streams: number;
  readonly head: number;
  readonly digest: string;
};

/** A copy that is proved but not in force: the source still is the journal. Ends with `finish`, or with disposal, which leaves the source as it was. */
export interface StoreCopy extends AsyncDisposable {
  readonly copied: Copied;
  /** Makes the copy the journal and the source a record of what was. */
  finish(): Promise<void>;
}

/**
 * Copies the journal at `from` to `to`. An earlier copy there that was left unfinished or has been moved on from is set aside, never written over. Rejects with a `JournalError`:
 * `locked` while the source is written to, `format` when it does not verify, has been moved, or `to` holds a journal in use.
 */
export async function copyStore(from: StorePlace, to: StorePlace): Promise<StoreCopy> {
  const stack = new AsyncDisposableStack();
  try {
    const source = stack.use(await openSource(from));
    const { organisation } = source;
    const before = await proved(source, showPlace(from));
    const target = stack.use(await openTarget(to, organisation));
    const copied = await copyInto(source, target, before, showPlace(to));
    const owned = stack.move();
    return {
      copied,
      finish: async () => {
        await target.release();
        await source.retire(showPlace(to));
      },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  } finally {
    await stack.disposeAsync();
  }
}

async function openSource(place: StorePlace): Promise<RawSource> {
  if (place.kind === 'file') return openSqliteSource(place.path);
  return (await import('../postgres/raw.ts')).openPostgresSource(place);
}

/** Copies, and proves the copy against its source, of which `before` was found. `to`: as the target is shown. */
export async function copyInto(
  source: Pick<RawSource, 'page'>,
  target: RawTarget,
  before: VerifyReport,
  to: string,
): Promise<Copied> {
  for await (const events of pages(source)) await target.write(events);
  const after = await proved(target, to);
  const [digest, copyDigest] = [await digestOf(source), await digestOf(target)];
  if (digest !== copyDigest || before.events !== after.events || before.streams !== after.streams) {
    throw new JournalError('store', `the copy at ${to} is not what was copied; the source is as it was, try again`);
  }
  return { events: after.events, streams: after.streams, head: after.head, digest };
}

/** Opens a place to be written into. */
export async function openTarget(place: StorePlace, organisation: string): Promise<RawTarget> {
  if (place.kind === 'file') return openSqliteTarget(place.path, organisation);
  return (await import('../postgres/raw.ts')).openPostgresTarget(place, organisation);
}

/** What verification found, which has to be nothing. `place`: as the store is shown. */
export async function proved(store: Pick<RawSource, 'verify'>, place: string): Promise<VerifyReport> {
  const report = await store.verify();
  const [finding] = report.findings;
  if (!finding) return report;
  throw new JournalError(
    'format',
    `the journal at ${place} does not verify: position ${String(finding.position)}: ${finding.problem}; nothing was moved, see \`writ audit verify\``,
  );
}

async function digestOf(store: Pick<RawSource, 'page'>): Promise<string> {
  const digest = createHash('sha256');
  for await (const events of pages(store)) {
    for (const { position, hash, dataText } of events) {
      digest.update(`${String(position)} ${hash} ${dataText === null ? 'erased' : 'kept'}\n`);
    }
  }
  return digest.digest('base64url');
}

async function* pages(store: Pick<RawSource, 'page'>): AsyncGenerator<readonly StoredEvent[]> {
  for (let after = 0; ;) {
    const events = await store.page(after, pageSize);
    if (events.length === 0) return;
    yield events;
    after = events.at(-1)?.position ?? after;
  }
}
