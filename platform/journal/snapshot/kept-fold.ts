/**
 * A fold that follows its journal and keeps a snapshot of itself there, so that the next start begins where the snapshot ends. What a snapshot gives is what folding the whole log
 * gives; one that cannot be believed is said and not used.
 *
 * It refuses to hold up its process: a state that takes long to write down is written as the fold opens and closes, and one that is very large not at all.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';
import type { Envelope, Journal } from '../journal.ts';
import type { SnapshotKeys, StoredSnapshot } from './snapshot.ts';
import { isSignedSnapshot, nameOfKey, signSnapshot } from './snapshot.ts';

/** `version` names the form of the frozen state and the meaning of the fold: another one, and an older snapshot is not used. */
export type Folding<State> = {
  readonly name: string;
  readonly version: string;
  readonly fresh: () => State;
  readonly fold: (state: State, event: Envelope) => void;
  /** The state as plain data, Maps and Sets (what `structuredClone` takes), and back. It is written before anything else happens, so it may share what it holds. */
  readonly freeze: (state: State) => unknown;
  readonly thaw: (frozen: unknown) => State;
  /** How many things it holds, about. */
  readonly sizeOf: (state: State) => number;
};

/** `now`: milliseconds since the epoch. `tell` is given a sentence for the log. */
export type KeptFoldOptions = {
  readonly keys: SnapshotKeys;
  readonly now: () => number;
  readonly tell: (sentence: string) => void;
};

/** A snapshot is due when the last one has this many events behind it; when the fold opens or closes, this many. */
const everyEvents = 10_000;
const atEndsEvents = 1_000;
/** The longest a snapshot may hold up a process that is at work, in milliseconds, and the part of its time that all of them may take. */
const longestPauseMs = 100;
const shareOfTime = 1_000;
/** Above it, what a snapshot costs in memory is out of proportion to what it saves: docs/decisions/0010-snapshots.md has the numbers. */
const mostThings = 200_000;

export class KeptFold<State> implements AsyncDisposable {
  readonly state: State;
  readonly #journal: Journal;
  readonly #folding: Folding<State>;
  readonly #options: KeptFoldOptions;
  /** The newest event that was folded, and the one of the newest snapshot. */
  #at: At;
  #keptAt: number;
  /** What is erased up to here was erased before it was read. */
  readonly #readFrom: number;
  /** Something was erased since: what the state holds may still tell of it. */
  #isTainted = false;
  #costMs = 0;
  #notBefore = 0;
  #isTold = false;
  #following: Disposable | undefined;

  private constructor(journal: Journal, folding: Folding<State>, options: KeptFoldOptions, from: Begun<State>) {
    this.#journal = journal;
    this.#folding = folding;
    this.#options = options;
    this.state = from.state;
    this.#at = from;
    this.#keptAt = from.position;
    this.#readFrom = from.head;
  }

  /** Begins at the journal's snapshot, or at its first event where there is none to be believed, and follows the journal from there. Rejects as `Journal.follow` does. */
  static async open<State>(
    journal: Journal,
    folding: Folding<State>,
    options: KeptFoldOptions,
  ): Promise<KeptFold<State>> {
    const head = await journal.head();
    const begun = await begin(journal, folding, options.keys);
    if (begun.refused !== null)
      options.tell(`the snapshot of \`${folding.name}\` is not used, and the whole log was read: ${begun.refused}`);
    const kept = new KeptFold(journal, folding, options, { ...begun, head });
    kept.#following = await journal.follow(begun.position, (events) => {
      kept.#follow(events);
    });
    if (begun.refused !== null || kept.#at.position - kept.#keptAt >= everyEvents) await kept.#keep();
    return kept;
  }

  /** Stores a snapshot, when one is due. Never rejects: a start without it is only slower. */
  async keepDue(): Promise<void> {
    if (this.#at.position - this.#keptAt < everyEvents) return;
    if (this.#costMs > longestPauseMs || this.#options.now() < this.#notBefore) return;
    await this.#keep();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#at.position - this.#keptAt >= atEndsEvents) await this.#keep();
    this.#following?.[Symbol.dispose]();
    this.#following = undefined;
  }

  #follow(events: readonly Envelope[]): void {
    for (const event of events) {
      this.#folding.fold(this.state, event);
      if (event.type === 'journal.erased' && event.position > this.#readFrom) this.#isTainted = true;
    }
    const last = events.at(-1);
    if (last !== undefined) this.#at = last;
  }

  async #keep(): Promise<void> {
    const { now, keys, tell } = this.#options;
    const { name: fold, version: foldVersion, sizeOf, freeze } = this.#folding;
    try {
      // INVARIANT: what was erased is in no snapshot.
      const {
        state,
        position,
        hash: headHash,
      } = this.#isTainted ? await this.#anew() : { state: this.state, ...this.#at };
      this.#keptAt = position;
      if (position === 0) return;
      const things = sizeOf(state);
      if (things > mostThings) return this.#tooLarge(things);
      const before = now();
      const snapshot = { fold, foldVersion, position, headHash, content: serialize(freeze(state)) };
      this.#costMs = now() - before;
      this.#notBefore = now() + this.#costMs * shareOfTime;
      await this.#journal.keepSnapshot(signSnapshot(snapshot, keys));
    } catch (error) {
      tell(`the snapshot of \`${fold}\` was not kept: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Said once a process: the next start reads what came after the last snapshot there is. */
  #tooLarge(things: number): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#options.tell(
      `no snapshot of \`${this.#folding.name}\` is kept: it holds ${String(things)} things, and more than ${String(mostThings)} are read from the log at each start`,
    );
  }

  /** The state as the log has it now; an erasure takes the snapshots before it away. */
  async #anew(): Promise<At & { readonly state: State }> {
    const { state, ...begun } = await begin(this.#journal, this.#folding, this.#options.keys);
    for (let at: At = begun; ;) {
      const events = await this.#journal.readAll({ after: at.position, limit: 1_000 });
      for (const event of events) this.#folding.fold(state, event);
      at = events.at(-1) ?? at;
      if (events.length < 1_000) return { state, position: at.position, hash: at.hash };
      // Others have a turn between pages.
      await nextTurn();
    }
  }
}

type At = { readonly position: number; readonly hash: string };
type Begun<State> = At & { readonly state: State; readonly head: number };

/** The state of the journal's snapshot, or the first one; and why there is a snapshot that is not used. */
async function begin<State>(
  journal: Journal,
  folding: Folding<State>,
  keys: SnapshotKeys,
): Promise<At & { readonly state: State; readonly refused: string | null }> {
  const stored = await journal.snapshot(folding.name);
  const taken = stored === undefined ? { refused: null } : await believed(journal, folding, stored, keys);
  return 'state' in taken ? { ...taken, refused: null } : { state: folding.fresh(), position: 0, hash: '', ...taken };
}

/** INVARIANT: nothing of a snapshot is read before its signature by this plane's own key holds. */
async function believed<State>(
  journal: Pick<Journal, 'readAll'>,
  { name, version, thaw }: Folding<State>,
  stored: StoredSnapshot,
  { own }: SnapshotKeys,
): Promise<(At & { readonly state: State }) | { readonly refused: string }> {
  if (stored.key !== nameOfKey(own)) return { refused: 'another key signed it' };
  if (stored.fold !== name || !isSignedSnapshot(stored)) return { refused: 'it is not what was signed' };
  if (stored.foldVersion !== version)
    return { refused: `it is of version \`${stored.foldVersion}\`, and this is \`${version}\`` };
  const { position, headHash: hash } = stored;
  const [there] = await journal.readAll({ after: position - 1, limit: 1 });
  if (there?.hash !== hash || there.position !== position)
    return { refused: `the event at \`${String(position)}\`, at which it was taken, is not in the log` };
  try {
    return { state: thaw(deserialize(stored.content)), position, hash };
  } catch (error) {
    // Written by this very plane, so by another Node; what it says is in the log as well.
    return { refused: `it cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}
