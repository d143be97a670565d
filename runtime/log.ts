/**
 * One kind of thing (sessions, missions, items), folded from the journal and changed through its `decide`. It writes nothing that was not decided
 * on the state it is written on: the append expects the version the decision saw, and decides again when somebody was first.
 */

import type { Envelope, Journal, JsonValue, Lineage } from '@writ/journal';
import { JournalError, unknownEvent } from '@writ/journal';
import type { Result } from './refusal.ts';
import { accept, refuse, reject } from './refusal.ts';
import type { Refusal } from './refusal.ts';

export type Stamp = {
  readonly stream: string;
  readonly version: number;
  readonly at: string;
  /** Who wrote it, where that is asked. */
  readonly actor?: string;
};

/** Who does it and because of what. */
export type By = { readonly actor: string; readonly cause?: string };

export type Kind<State, Event> = {
  /** What its streams start with; `session/` and an id make a stream. */
  readonly prefix: string;
  /** What happens to them. An event of another type is of a newer release. */
  readonly types: Readonly<Record<string, true>>;
  readonly evolve: (state: State | undefined, event: Event, stamp: Stamp) => State;
  readonly projectOf: (state: State) => string;
  readonly lineageOf: (state: State) => Lineage;
  /** What they are found under besides their ids, such as the mission they belong to. Default: nothing. */
  readonly namesOf?: (state: State) => readonly string[];
};

type Thing = { readonly id: string; readonly version: number };
type Happened = { readonly type: string; readonly data: object | null };
export type Decided<Event> =
  { readonly ok: true; readonly events: readonly Event[] } | { readonly ok: false; readonly refusal: Refusal };

const maxTries = 16;
/** How long what is to be written waits while the journal takes no more, how often it looks (milliseconds), and how many of those who wait look at a time. */
const patienceMs = 30_000;
const betweenMs = 20;
const lookTogether = 512;

export class Log<State extends Thing, Event extends Happened> {
  private readonly states: Map<string, State>;
  /** The ids of those found under a name. */
  private readonly named = new Map<string, Set<string>>();
  /** Those the journal had no room for, in the order they came. */
  private waiting: (() => void)[] = [];
  private readonly journal: Journal;
  private readonly kind: Kind<State, Event>;

  /** Begins with nothing, or with what another was frozen to. */
  constructor(journal: Journal, kind: Kind<State, Event>, frozen: ReadonlyMap<string, State> = new Map()) {
    this.journal = journal;
    this.kind = kind;
    this.states = new Map(frozen);
    for (const [id, state] of frozen) this.name(id, undefined, state);
  }

  /** All of them as plain data. */
  freeze(): ReadonlyMap<string, State> {
    return this.states;
  }

  get(id: string): State | undefined {
    return this.states.get(id);
  }

  /** All of them, oldest first. */
  all(): readonly State[] {
    return [...this.states.values()];
  }

  /** Those found under `name`, those first that came under it first. It costs what is found, and not what there is. */
  under(name: string): readonly State[] {
    return [...(this.named.get(name) ?? [])].map((id) => this.must(id));
  }

  streamOf(id: string): string {
    return `${this.kind.prefix}/${id}`;
  }

  /** Follows the journal. Events of other kinds pass by. */
  follow(envelope: Envelope): void {
    if (!envelope.stream.startsWith(`${this.kind.prefix}/`)) return;
    const id = envelope.stream.slice(this.kind.prefix.length + 1);
    if (!Object.hasOwn(this.kind.types, envelope.type)) throw unknownEvent(envelope);
    // This process wrote it through `append` below, and the journal's chain vouches for what was read back.
    const event = { type: envelope.type, data: envelope.data } as unknown as Event;
    const { stream, version, at, actor } = envelope;
    const before = this.states.get(id);
    const after = this.kind.evolve(before, event, { stream, version, at, actor });
    this.states.set(id, after);
    this.name(id, before, after);
  }

  /** Records the first events of `id`. */
  async create(id: string, events: readonly Event[], project: string, by: By): Promise<State> {
    const written = await this.append(
      [{ stream: this.streamOf(id), events: this.toNew(events, project, {}, by) }],
      [{ stream: this.streamOf(id), version: 0 }],
    );
    if (!written.ok) throw new Error(`\`${id}\` exists already in \`${this.kind.prefix}\``);
    return this.must(id);
  }

  /** Decides on the newest state and records what was decided. */
  async act(id: string, decide: (state: State) => Decided<Event>, by: By): Promise<Result<State>> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const state = this.states.get(id);
      if (state === undefined) return reject(refuse('not_found', `there is no ${this.kind.prefix} \`${id}\``));
      const decided = decide(state);
      if (!decided.ok) return reject(decided.refusal);
      if (decided.events.length === 0) return accept(state);
      const events = this.toNew(decided.events, this.kind.projectOf(state), this.kind.lineageOf(state), by);
      const stream = this.streamOf(id);
      const written = await this.append([{ stream, events }], [{ stream, version: state.version }]);
      if (written.ok) return accept(this.must(id));
    }
    return reject(refuse('conflict', `\`${id}\` changes too fast to be written; try again`));
  }

  /** Records facts that need no decision: something was seen. They rest on nothing, so that no number of others who write at the same time keeps them out. */
  async record(id: string, events: readonly Event[], by: By): Promise<Result<State>> {
    const state = this.states.get(id);
    if (state === undefined) return reject(refuse('not_found', `there is no ${this.kind.prefix} \`${id}\``));
    if (events.length === 0) return accept(state);
    const facts = this.toNew(events, this.kind.projectOf(state), this.kind.lineageOf(state), by);
    const written = await this.append([{ stream: this.streamOf(id), events: facts }], []);
    if (!written.ok) throw new Error(`an append to \`${id}\` that expects nothing was refused`);
    return accept(this.must(id));
  }

  /** What comes when too much waits to be written already waits itself, for a while: ten thousand timers may come due at one moment. */
  private async append(...what: Parameters<Journal['append']>): ReturnType<Journal['append']> {
    for (const until = performance.now() + patienceMs; ;) {
      try {
        return await this.journal.append(...what);
      } catch (error) {
        if (!(error instanceof JournalError) || error.kind !== 'busy' || performance.now() > until) throw error;
      }
      await this.turn();
    }
  }

  /** Resolves when it is time to look again. INVARIANT: however many wait, only some look at a time: all of them would take more time to be refused than the journal takes to write. */
  private turn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.waiting.push(resolve);
    if (this.waiting.length === 1) this.callNext();
    return promise;
  }

  private callNext(): void {
    setTimeout(() => {
      for (const look of this.waiting.splice(0, lookTogether)) look();
      if (this.waiting.length > 0) this.callNext();
    }, betweenMs);
  }

  private name(id: string, before: State | undefined, after: State): void {
    const { namesOf } = this.kind;
    if (namesOf === undefined) return;
    const [old, now] = [before === undefined ? [] : namesOf(before), namesOf(after)];
    if (old.length === now.length && old.every((name, at) => name === now[at])) return;
    for (const name of old) if (!now.includes(name)) this.named.get(name)?.delete(id);
    for (const name of now) {
      const ids = this.named.get(name);
      if (ids === undefined) this.named.set(name, new Set([id]));
      else ids.add(id);
    }
    for (const name of old) if (this.named.get(name)?.size === 0) this.named.delete(name);
  }

  private must(id: string): State {
    const state = this.states.get(id);
    if (state === undefined)
      throw new Error(`\`${id}\` was written and is not there: the journal does not feed this fold`);
    return state;
  }

  private toNew(events: readonly Event[], project: string, lineage: Lineage, by: By) {
    return events.map((event) => ({
      type: event.type,
      // Every event type above is plain JSON by its definition; the journal refuses what is not.
      data: event.data as unknown as JsonValue,
      project,
      actor: by.actor,
      ...(by.cause === undefined ? {} : { cause: by.cause }),
      lineage,
    }));
  }
}
