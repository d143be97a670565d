/**
 * Turns a batch of appends into rows ready to be stored, for every adapter. Expectations are judged one append after another against what those before it in the batch
 * have written, so a refused one leaves no trace and its neighbours never notice. It does no I/O: it changes the heads it is given and nothing else.
 */
import { hashEvent } from './hash.ts';
import type { AppendResult, Envelope } from './journal.ts';
import type { PreparedAppend, PreparedEvent } from './prepare.ts';

/** Where the log ends: the newest event's position (0 for none) and its time in milliseconds since the epoch. */
export type LogEnd = { readonly position: number; readonly at: number };

/** A stream at this point of the log. A new one has version 0 and gets the position of its first event for its id. */
export type Head = { id: number; version: number; position: number; hash: string | null; isNew: boolean };

/** An event with all it needs to be stored. */
export type SealedEvent<H extends Head> = {
  readonly envelope: Envelope;
  readonly head: H;
  readonly prepared: PreparedEvent;
};

/** `outcomes` are in the order of the batch; `events` are all that are to be written, in position order; `written` are the heads that moved. */
export type SealedBatch<H extends Head> = {
  readonly outcomes: readonly AppendResult[];
  readonly events: readonly SealedEvent<H>[];
  readonly written: ReadonlyMap<string, H>;
  readonly end: LogEnd;
};

/** `now` gives milliseconds since the epoch, once per append; an earlier time than the log's end counts as the log's end. */
export type Owner = { readonly organisation: string; readonly now: () => number };

/** Seals `batch` after `end`. After a throw the heads are no longer what is stored. */
export function sealBatch<H extends Head>(
  batch: readonly PreparedAppend[],
  headOf: (stream: string) => H,
  end: LogEnd,
  { organisation, now }: Owner,
): SealedBatch<H> {
  const sealer = new Sealer(headOf, organisation, end);
  const outcomes = batch.map((append) => sealer.judge(append) ?? sealer.seal(append, now()));
  return { outcomes, events: sealer.events, written: sealer.written, end: sealer.end };
}

class Sealer<H extends Head> {
  readonly events: SealedEvent<H>[] = [];
  readonly written = new Map<string, H>();
  readonly #headOf: (stream: string) => H;
  readonly #organisation: string;
  #position: number;
  #at: number;
  #atText: string;

  constructor(headOf: (stream: string) => H, organisation: string, end: LogEnd) {
    this.#headOf = headOf;
    this.#organisation = organisation;
    this.#position = end.position;
    this.#at = end.at;
    this.#atText = new Date(end.at).toISOString();
  }

  get end(): LogEnd {
    return { position: this.#position, at: this.#at };
  }

  /** The refusal of an append whose read set has moved; undefined when it holds. */
  judge(append: PreparedAppend): AppendResult | undefined {
    for (const { stream, version } of append.expect) {
      const actual = this.#headOf(stream).version;
      if (actual !== version) return { ok: false, conflict: { stream, expected: version, actual } };
    }
    return undefined;
  }

  seal(append: PreparedAppend, now: number): AppendResult {
    if (append.events === 0) return { ok: true, position: this.#position, events: [] };
    this.#advanceTo(now);
    const sealed: Envelope[] = [];
    for (const { stream, events } of append.writes) {
      if (events.length === 0) continue;
      const head = this.#headOf(stream);
      this.written.set(stream, head);
      for (const event of events) sealed.push(this.#sealOne(stream, head, event));
    }
    return { ok: true, position: this.#position, events: sealed };
  }

  #sealOne(stream: string, head: H, prepared: PreparedEvent): Envelope {
    const { type, project, actor, cause, lineage, data } = prepared;
    const position = this.#position + 1;
    const version = head.version + 1;
    const organisation = this.#organisation;
    const at = this.#atText;
    // One object from the start: each event is made here, many thousand times a second.
    const envelope: { -readonly [Key in keyof Envelope]: Envelope[Key] } =
      cause === undefined
        ? { position, stream, version, type, at, organisation, project, actor, lineage, data, hash: '' }
        : { position, stream, version, type, at, organisation, project, actor, lineage, cause, data, hash: '' };
    const hash = hashEvent(head.hash, envelope, prepared.lineageText, prepared.dataHash);
    envelope.hash = hash;
    this.#position = position;
    if (head.version === 0) head.id = position;
    head.version = version;
    head.position = position;
    head.hash = hash;
    this.events.push({ envelope, head, prepared });
    return envelope;
  }

  // INVARIANT: `at` never runs backwards along positions, whatever the clock does.
  #advanceTo(now: number): void {
    if (!Number.isFinite(now)) throw new TypeError(`the clock gave \`${String(now)}\`; it must give milliseconds`);
    if (now <= this.#at) return;
    this.#at = now;
    this.#atText = new Date(now).toISOString();
  }
}
