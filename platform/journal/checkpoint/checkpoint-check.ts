/** Holds a log against the checkpoints in it, and against one that somebody else kept. */
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

export class CheckpointCheck {
  readonly findings: VerifyFinding[] = [];
  readonly #expected: Seal | undefined;
  #hashes: string[] = [];
  #sealedTo = 0;
  #count = 0;
  #latest: Seal | null = null;
  #witnessed: (Seal & { readonly plane: string }) | null = null;
  #isExpectedMet = false;

  /** `expected`: a checkpoint of this log as somebody else has it. */
  constructor(expected?: Seal) {
    this.#expected = expected;
  }

  /** Events come in position order. */
  event(event: Event): void {
    if (event.stream === checkpointStream && event.type === sealedType) this.#sealed(event);
    if (event.stream === witnessStream && event.type === witnessedType) this.#isWitness(event);
    this.#hashes.push(event.hash);
  }

  /** Call after the last event. */
  end(): {
    readonly checkpoints: number;
    readonly sealed: Seal | null;
    readonly witnessed: (Seal & { readonly plane: string }) | null;
  } {
    if (this.#expected && !this.#isExpectedMet) {
      const { to } = this.#expected;
      const problem = `events up to ${String(to)} were witnessed elsewhere under a checkpoint this log does not have: it was cut off, set back or rewritten`;
      this.findings.push({ position: to, stream: '', version: 0, problem });
    }
    return { checkpoints: this.#count, sealed: this.#latest, witnessed: this.#witnessed };
  }

  #sealed(event: Event): void {
    const checkpoint = parse(event.dataText);
    if (!checkpoint) return this.#find(event, 'the checkpoint cannot be read');
    const problem = this.#problemOf(checkpoint, event.position);
    if (problem !== undefined) this.#find(event, problem);
    const { to, root, key } = checkpoint;
    this.#hashes = this.#hashes.slice(Math.max(0, to - this.#sealedTo));
    this.#sealedTo = Math.max(this.#sealedTo, to);
    this.#count += 1;
    this.#latest = { to, root, key };
    const expected = this.#expected;
    if (problem === undefined && expected?.to === to && expected.root === root && expected.key === key)
      this.#isExpectedMet = true;
  }

  #problemOf(checkpoint: Checkpoint, position: number): string | undefined {
    const { from, to, root, key } = checkpoint;
    if (!isSigned(checkpoint)) return 'the checkpoint was not signed by the key it names';
    if (this.#latest && this.#latest.key !== key)
      return 'the checkpoint was signed by another key than the one before it';
    if (from !== this.#sealedTo + 1 || to < from || to >= position) {
      return `the checkpoint covers events ${String(from)} to ${String(to)}, not those after ${String(this.#sealedTo)}`;
    }
    if (merkleRoot(this.#hashes.slice(0, to - from + 1)) === root) return undefined;
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

function parse(text: string | null): Checkpoint | undefined {
  try {
    return checkpointIn(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}
