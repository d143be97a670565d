/**
 * Recomputes a log, whatever store it comes from, and names what does not hold. It trusts nothing but the arithmetic: data is hashed as stored, never parsed.
 * After a broken link it goes on from the stored hash, so one change is one finding and not one for each event that follows; hashes of a stream that fail one
 * after another are one finding too (a renamed stream breaks them all). What it cannot see is told in hash.ts.
 */
import type { MiscountedBlob } from './blob.ts';
import { problemOfBlob } from './blob.ts';
import { CheckpointCheck } from './checkpoint/checkpoint-check.ts';
import { ErasureCheck } from './erase.ts';
import { hashData, hashEvent } from './hash.ts';
import type { Envelope, Seal, VerifyFinding, VerifyReport } from './journal.ts';
import type { SnapshotInLog } from './snapshot/snapshot-check.ts';
import { problemOfSnapshot } from './snapshot/snapshot-check.ts';

/** An event as a store keeps it. `stream` is undefined when the store has lost its name; `streamKey` tells streams apart all the same. */
export type StoredEvent = Omit<Envelope, 'stream' | 'lineage' | 'data'> & {
  readonly stream: string | undefined;
  readonly streamKey: string | number;
  readonly lineageText: string;
  readonly dataHash: string;
  readonly salt: Uint8Array | null;
  readonly dataText: string | null;
  /** Data and salt were left out of an export on purpose. */
  readonly isWithheld?: true;
};

/** A stream's head as a store keeps it. */
export type StoredHead = {
  readonly stream: string;
  readonly streamKey: string | number;
  readonly version: number;
  readonly position: number;
  readonly hash: string;
};

type Link = {
  readonly stream: string | undefined;
  readonly version: number;
  readonly position: number;
  readonly hash: string;
};

type Place = Omit<VerifyFinding, 'problem'>;

export class LogCheck {
  last = 0;
  #events = 0;
  #at = '';
  readonly #links = new Map<string | number, Link>();
  readonly #findings: VerifyFinding[] = [];
  readonly #erasures = new ErasureCheck();
  readonly #checkpoints: CheckpointCheck;
  readonly #broken = new Set<string>();
  readonly #mismatches = new Map<string | number, { readonly index: number; readonly first: Place; last: number }>();
  readonly #gaps: { readonly from: number; readonly to: number }[] = [];
  readonly #withheld: Place[] = [];

  /** `expected`: checkpoints of this log that somebody else kept. */
  constructor(expected: readonly Seal[]) {
    this.#checkpoints = new CheckpointCheck(expected);
  }

  /** Events come in position order; one that does not is a finding and nothing more. */
  event(event: StoredEvent): void {
    if (event.position <= this.last) return this.#misplaced(event);
    if (event.position !== this.last + 1) {
      const missing = { position: this.last + 1, stream: '', version: 0 };
      this.find(missing, `events ${String(this.last + 1)} to ${String(event.position - 1)} are missing from the log`);
      this.#gaps.push({ from: this.last + 1, to: event.position - 1 });
    }
    this.#data(event);
    this.#erasures.event(event);
    this.#checkpoints.event(event);
    this.#link(event);
    const { stream, version, position, hash } = event;
    this.#links.set(event.streamKey, { stream, version, position, hash });
    this.last = position;
    this.#events += 1;
  }

  /** Call after the last event, with all heads as of the same moment. */
  heads(heads: Iterable<StoredHead>): void {
    const unseen = new Map(this.#links);
    for (const head of heads) {
      const link = unseen.get(head.streamKey);
      unseen.delete(head.streamKey);
      if (!link) {
        this.find(head, `the stream has a head at version ${String(head.version)} but no events`);
      } else if (head.version !== link.version || head.position !== link.position || head.hash !== link.hash) {
        this.find(head, `the stream head does not match the newest event, version ${String(link.version)}`);
      }
    }
    for (const { stream = '', ...link } of unseen.values()) {
      this.find({ ...link, stream }, 'the stream has events but no head');
    }
  }

  /** Call after the last event, with what is kept beside the log as of the same moment. */
  snapshots(snapshots: Iterable<SnapshotInLog>): void {
    for (const stored of snapshots) {
      const problem = problemOfSnapshot(stored, this.#checkpoints.keys);
      if (problem !== undefined) this.find({ position: stored.snapshot.position, stream: '', version: 0 }, problem);
    }
  }

  /** Call after the last event, as of the same moment. */
  blobs(miscounted: Iterable<MiscountedBlob>): void {
    for (const blob of miscounted) {
      const { problem, ...place } = problemOfBlob(blob);
      this.find(place, problem);
    }
  }

  unreadable(reason: string): void {
    const next = { position: this.last + 1, stream: '', version: 0 };
    this.find(next, `the store cannot be read from here on: ${reason}`);
  }

  find({ position, stream, version }: Place, problem: string): void {
    this.#findings.push({ position, stream, version, problem });
    this.#broken.add(stream);
  }

  /** True when something was found in the stream: what repeats the stream’s events elsewhere then differs too, and is not a second finding. */
  isBroken(stream: string): boolean {
    return this.#broken.has(stream);
  }

  report(): VerifyReport {
    const { erased, findings: unsaid } = this.#erasures.result(this.last);
    const sealing = this.#checkpoints.end(this.last);
    const findings = [...this.#findings, ...unsaid, ...this.#checkpoints.findings];
    const size = { events: this.#events, streams: this.#links.size, head: this.last };
    return { ok: findings.length === 0, ...size, findings, erased, withheld: this.#withheld, ...sealing };
  }

  #misplaced(event: StoredEvent): void {
    const { position } = event;
    const isMoved = this.#gaps.some(({ from, to }) => position >= from && position <= to);
    const problem = isMoved ? `stands after position ${String(this.last)}: it was moved` : 'is here a second time';
    this.find(placeOf(event), `the event ${problem}`);
  }

  #data(event: StoredEvent): void {
    const { dataText, salt } = event;
    if (event.isWithheld) {
      this.#withheld.push(placeOf(event));
    } else if (dataText === null && salt === null) {
      this.#erasures.gone(placeOf(event));
    } else if (dataText === null || salt === null || hashData(salt, dataText) !== event.dataHash) {
      this.find(placeOf(event), 'the data does not match its hash');
    }
  }

  #link(event: StoredEvent): void {
    const before = this.#links.get(event.streamKey);
    if (event.version !== (before?.version ?? 0) + 1) {
      // The event it chains to is not here, so its own hash can prove nothing.
      this.find(
        placeOf(event),
        `version ${String(before?.version ?? 0)} of the stream is followed by version ${String(event.version)}`,
      );
      // The name is part of what was hashed. That it is lost is said once, by `heads`.
    } else if (
      hasName(event) &&
      hashEvent(before?.hash ?? null, event, event.lineageText, event.dataHash) !== event.hash
    ) {
      this.#mismatch(event);
    } else if (event.at < this.#at) {
      this.find(placeOf(event), `the time ${event.at} is before the time of an earlier event, ${this.#at}`);
    }
    if (event.at > this.#at) this.#at = event.at;
  }

  #mismatch(event: StoredEvent): void {
    const running = this.#mismatches.get(event.streamKey);
    if (running && running.last === event.version - 1) {
      running.last = event.version;
      const versions = `versions ${String(running.first.version)} to ${String(event.version)}`;
      const problem = `the hashes of ${versions} do not match their envelopes and the events before them`;
      this.#findings[running.index] = { ...running.first, problem };
      return;
    }
    const first = placeOf(event);
    this.#mismatches.set(event.streamKey, { index: this.#findings.length, first, last: event.version });
    this.find(first, 'the hash does not match the envelope and the event before it');
  }
}

function placeOf({ position, stream = '', version }: StoredEvent): Place {
  return { position, stream, version };
}

const hasName = (event: StoredEvent): event is StoredEvent & { readonly stream: string } => event.stream !== undefined;
