/**
 * Seals a plane's journal: now and then it appends a signed checkpoint over what came since the last one, and records the other plane's. It seals nothing when nothing
 * happened but sealing and witnessing, so that two planes that witness each other come to rest.
 */
import type { KeyObject } from 'node:crypto';
import type { Envelope, Journal, JsonValue } from '../journal.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkpointIn, signCheckpoint } from './checkpoint.ts';
import { merkleRoot } from './merkle.ts';
import { newestOf } from './newest-of.ts';

export const checkpointStream = 'journal/checkpoints';
export const witnessStream = 'journal/witnessed';
export const sealedType = 'journal.sealed';
export const witnessedType = 'journal.witnessed';

/** `plane`: whose journal it is; `now`: milliseconds since the epoch. */
export type NotaryOptions = { readonly plane: string; readonly key: KeyObject; readonly now: () => number };

export class Notary implements Disposable {
  readonly #journal: Journal;
  readonly #options: NotaryOptions;
  #latest: Checkpoint | null = null;
  #sealed = 0;
  #witnessed: Checkpoint | null = null;
  #witnesses = 0;
  #hashes: string[] = [];
  #isDue = false;
  readonly #openedAt: number;
  #following: Disposable | undefined;

  private constructor(journal: Journal, options: NotaryOptions) {
    this.#journal = journal;
    this.#options = options;
    this.#openedAt = options.now();
  }

  /** Takes up where the journal's checkpoints end, and follows it from there. */
  static async open(journal: Journal, options: NotaryOptions): Promise<Notary> {
    const notary = new Notary(journal, options);
    const sealed = await newestOf(journal, checkpointStream, checkpointIn);
    const witnessed = await newestOf(journal, witnessStream, checkpointIn);
    notary.#sealed = sealed.version;
    notary.#latest = sealed.said ?? null;
    notary.#witnesses = witnessed.version;
    notary.#witnessed = witnessed.said ?? null;
    const from = notary.#latest?.to ?? 0;
    notary.#following = await journal.follow(from, (events) => {
      for (const event of events) notary.#follow(event);
    });
    return notary;
  }

  /** The newest checkpoint of this journal. */
  get latest(): Checkpoint | null {
    return this.#latest;
  }

  /** `seal`, when the last checkpoint is older than `everyMs` or has more than `everyEvents` behind it. */
  async sealDue(everyMs: number, everyEvents: number): Promise<void> {
    const age = this.#options.now() - (this.#latest ? Date.parse(this.#latest.at) : this.#openedAt);
    if (this.#isDue && (age >= everyMs || this.#hashes.length >= everyEvents)) await this.seal();
  }

  /** Appends a checkpoint when something happened since the last; resolves with the newest. Rejects as `append` does. */
  async seal(): Promise<Checkpoint | null> {
    if (!this.#isDue) return this.#latest;
    const { plane, key, now } = this.#options;
    const from = (this.#latest?.to ?? 0) + 1;
    const to = from + this.#hashes.length - 1;
    const at = new Date(now()).toISOString();
    const checkpoint = signCheckpoint({ plane, from, to, root: merkleRoot(this.#hashes), at }, key);
    // A refusal says that another node of the plane sealed it: its checkpoint has been followed by now.
    await this.#append(checkpointStream, this.#sealed, sealedType, checkpoint);
    return this.#latest;
  }

  /** Records the newest checkpoint of the other plane, if it is newer than what was recorded, or its journal is known to be another (`isAnother`). */
  async witness(checkpoint: Checkpoint, isAnother = false): Promise<void> {
    const known = this.#witnessed;
    if (known?.root === checkpoint.root) return;
    if (!isAnother && known?.key === checkpoint.key && checkpoint.to <= known.to) return;
    await this.#append(witnessStream, this.#witnesses, witnessedType, checkpoint);
  }

  [Symbol.dispose](): void {
    this.#following?.[Symbol.dispose]();
  }

  async #append(stream: string, version: number, type: string, checkpoint: Checkpoint): Promise<void> {
    // A checkpoint is plain strings and numbers.
    const data = { ...checkpoint } satisfies JsonValue;
    const event = { type, data, project: '_', actor: this.#options.plane };
    await this.#journal.append([{ stream, events: [event] }], [{ stream, version }]);
  }

  #follow(event: Envelope): void {
    this.#hashes.push(event.hash);
    if (event.stream === checkpointStream) this.#isSealedBy(event);
    else if (event.stream === witnessStream) this.#isWitnessedBy(event);
    else this.#isDue = true;
  }

  #isSealedBy({ version, data }: Envelope): void {
    const checkpoint = checkpointIn(data);
    this.#sealed = version;
    if (!checkpoint) return;
    this.#hashes = this.#hashes.slice(checkpoint.to - (this.#latest?.to ?? 0));
    this.#latest = checkpoint;
    // What came while it was made is few; the next turn seals it if it was more than sealing.
    this.#isDue = this.#hashes.length > 1;
  }

  #isWitnessedBy({ version, data }: Envelope): void {
    this.#witnesses = version;
    this.#witnessed = checkpointIn(data) ?? this.#witnessed;
  }
}
