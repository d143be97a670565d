/** Holds a log against the checkpoints in it, and against those that somebody else kept. */
import type { Seal, VerifyFinding } from '../journal.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkpointIn, isSigned } from './checkpoint.ts';
import { merkleRoot } from './merkle.ts';
import { checkpointStream, sealedType, witnessedType, witnessStream } from './notary.ts';

type Event = {
  readonly position: number;
  readonly stream: string | undefined;
  readonly version: number;
  readonly type: string;
  readonly hash: string;
  readonly dataText: string | null;
};

/** A checkpoint that somebody else has. The hashes it covers are kept when it says where it begins. */
type Expected = { readonly seal: Seal; readonly hashes: string[]; isRecorded: boolean };

export class CheckpointCheck {
  readonly findings: VerifyFinding[] = [];
  readonly #expected: readonly Expected[];
  readonly #keys = new Set<string>();
  #unsealed: { readonly position: number; readonly hash: string }[] = [];
  #sealedTo = 0;
  #count = 0;
  #latest: Seal | null = null;
  #witnessed: (Seal & { readonly plane: string }) | null = null;

  /** `expected`: checkpoints of this log as somebody else has them. */
  constructor(expected: readonly Seal[]) {
    this.#expected = expected.map((seal) => ({ seal, hashes: [], isRecorded: false }));
  }

  /** The keys that sealed the log so far. */
  get keys(): ReadonlySet<string> {
    return this.#keys;
  }

  /** Events come in position order. */
  event(event: Event): void {
    if (event.stream === checkpointStream && event.type === sealedType) this.#sealed(event);
    if (event.stream === witnessStream && event.type === witnessedType) this.#isWitness(event);
    const { position, hash } = event;
    this.#unsealed.push({ position, hash });
    for (const { seal, hashes } of this.#expected) {
      if (seal.from !== undefined && position >= seal.from && position <= seal.to) hashes.push(hash);
    }
  }

  /** Call after the last event, which is at position `last`. */
  end(last: number): {
    readonly checkpoints: number;
    readonly sealed: Seal | null;
    readonly witnessed: (Seal & { readonly plane: string }) | null;
  } {
    const unmet = this.#expected.filter(({ isRecorded }) => !isRecorded);
    const missing = unmet.filter(({ seal: { to, from } }) => last < to || (last === to && from === undefined));
    // What is cut off is told once, as far as anybody knows it was there.
    const furthest = Math.max(0, ...missing.map(({ seal }) => seal.to));
    if (missing.length > 0) this.#elsewhere(last + 1, missingAfter(last, furthest));
    for (const expected of unmet) {
      if (missing.includes(expected)) continue;
      const problem = this.#problemElsewhere(expected);
      if (problem !== undefined) this.#elsewhere(expected.seal.to, problem);
    }
    return { checkpoints: this.#count, sealed: this.#latest, witnessed: this.#witnessed };
  }

  #elsewhere(position: number, problem: string): void {
    this.findings.push({ position, stream: '', version: 0, problem });
  }

  /** How a log that is long enough differs from a checkpoint that somebody else has. */
  #problemElsewhere({ seal, hashes }: Expected): string | undefined {
    const { from, to, root, key } = seal;
    if (this.#keys.size > 0 && !this.#keys.has(key)) {
      return `events up to ${String(to)} were witnessed elsewhere under the key \`${key}\`, and this log has checkpoints of another key alone: it was replaced`;
    }
    if (from !== undefined && hashes.length === to - from + 1 && merkleRoot(hashes) === root) return undefined;
    return `events up to ${String(to)} are not those that were witnessed elsewhere: the log was rewritten, or set back and written anew`;
  }

  #hashesTo(to: number): readonly string[] {
    return this.#unsealed.filter(({ position }) => position <= to).map(({ hash }) => hash);
  }

  #sealed(event: Event): void {
    const checkpoint = parse(event.dataText);
    if (!checkpoint) return this.#find(event, 'the checkpoint cannot be read');
    const problem = this.#problemOf(checkpoint, event.position);
    if (problem !== undefined) this.#find(event, problem);
    const { to, root, key } = checkpoint;
    this.#unsealed = this.#unsealed.filter(({ position }) => position > to);
    this.#sealedTo = Math.max(this.#sealedTo, to);
    this.#count += 1;
    this.#latest = { to, root, key };
    this.#keys.add(key);
    for (const expected of this.#expected) {
      const { seal } = expected;
      if (problem === undefined && seal.to === to && seal.root === root && seal.key === key) expected.isRecorded = true;
    }
  }

  #problemOf(checkpoint: Checkpoint, position: number): string | undefined {
    const { from, to, root, key } = checkpoint;
    if (!isSigned(checkpoint)) return 'the checkpoint was not signed by the key it names';
    if (this.#latest && this.#latest.key !== key)
      return 'the checkpoint was signed by another key than the one before it';
    if (from !== this.#sealedTo + 1 || to < from || to >= position) {
      return `the checkpoint covers events ${String(from)} to ${String(to)}, not those after ${String(this.#sealedTo)}`;
    }
    const covered = this.#hashesTo(to);
    if (covered.length === to - from + 1 && merkleRoot(covered) === root) return undefined;
    return `events ${String(from)} to ${String(to)} are not those the checkpoint was made of`;
  }

  #isWitness(event: Event): void {
    const checkpoint = parse(event.dataText);
    if (!checkpoint) return this.#find(event, 'the checkpoint of the other plane cannot be read');
    const { plane, to, root, key } = checkpoint;
    this.#witnessed = { plane, to, root, key };
  }

  #find({ position, stream = '', version }: Event, problem: string): void {
    this.findings.push({ position, stream, version, problem });
  }
}

function missingAfter(last: number, to: number): string {
  const what =
    last < to
      ? `events ${String(last + 1)} to ${String(to)} were witnessed elsewhere and are missing`
      : `the checkpoint over events up to ${String(to)} was witnessed elsewhere and is missing`;
  return `${what}: the log was cut off or set back`;
}

function parse(text: string | null): Checkpoint | undefined {
  try {
    return checkpointIn(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}
