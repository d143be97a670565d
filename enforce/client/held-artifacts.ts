/**
 * The artifacts an enforcement point holds, one for each run it answers, renewed while they are held.
 *
 * How old one is counts from when it was asked for, by the clock that moved more. It refuses what was asked for before a change, a gap or a jump, what is older than
 * something it has seen, and what control takes back; it never makes one last longer by using it.
 */

import { randomUUID } from 'node:crypto';
import type { Artifact, ArtifactAge, Floor, Slice } from '@writ/authority';
import { lowestFloor, raised, whyNotAccepted } from '@writ/authority';
import { controlApi } from '@writ/protocol';
import { bearerOf } from './actor-key.ts';
import { createArtifactReader } from './artifact-reader.ts';
import type { Clock, Reading } from './clock.ts';
import { readClock } from './clock.ts';
import { concerns } from './concerns.ts';
import type { ControlClient } from './control-client.ts';
import { elapsedMs, jumpMs } from './freshness.ts';
import { createKeyStore } from './key-store.ts';
import type { Change } from './watch.ts';

/** A mandate worked under, and the credential of the run that works: what it is answered ends with it. */
export type Holding = { readonly mandate: string; readonly credential: string };

export type HeldArtifactsOptions = {
  /** With the point's own bearer. */
  readonly control: ControlClient;
  /** The point, as it is registered with control. */
  readonly point: string;
  readonly clock: Clock;
  /** The most one request may take, in milliseconds. */
  readonly timeoutMs: number;
};

export type HeldArtifact = {
  readonly artifact: Artifact;
  readonly age: ArtifactAge;
  /** The calls of its slice that were used already. */
  readonly drawn: number;
};

export interface HeldArtifacts extends AsyncDisposable {
  /** From now on an artifact of it is kept at hand. Resolves when it was asked for once, whatever the answer. */
  hold(holding: Holding): Promise<void>;
  release(credential: string): void;
  /** What is held for this run under this mandate, and how old it is now; null where nothing is. */
  get(holding: Holding): HeldArtifact | null;
  /** A yes to `action` was given from it: it is counted, and draws on its slice where calls are counted. */
  used(holding: Holding, action: string): void;
  /** How long until the first mandate of the chain expires by control's clock, as last heard; null where it never was. Negative: it is over. */
  endsInMs(credential: string): number | null;
  /** A change at control: what rests on it is dropped and asked for anew. */
  changed(change: Change): void;
  /** Changes may have been missed, or the clocks jumped: nothing from before counts as fresh. */
  unsure(): void;
  /** Asks for everything that is held, now. */
  renew(): Promise<void>;
}

type Kept = {
  readonly artifact: Artifact;
  readonly askedAt: Reading;
  readonly receivedAt: Reading;
  readonly isStale: boolean;
};

type Report = { readonly report: number; readonly answers: { readonly action: string; readonly count: number }[] };

/** What a point says of a run: what it used of its slice, and what it answered. */
type Word = Holding & {
  readonly slice: { readonly id: string; readonly drawn: number } | null;
  readonly answered: Report | null;
};

type Entry = {
  readonly holding: Holding;
  floor: Floor;
  kept: Kept | null;
  /** The earliest expiry of the chain, and when by which clock that was so: it stands although the artifact itself is dropped. */
  end: { readonly at: number; readonly issuedAt: number; readonly askedAt: Reading } | null;
  /** The slice it has, and what was used of it: it stands although the artifact itself is dropped. */
  slice: { readonly id: string; readonly calls: number; drawn: number } | null;
  /** Yeses by action that were not reported yet, and the report that is on its way. */
  answers: Map<string, number>;
  report: Report | null;
  reports: number;
};

/** Between two requests, so that one that is lost leaves time for another within the bound. */
const renewMs = 1_000;

/** Of one request; what is more is asked about at control, each time. */
const maxAtOnce = 1_000;

/** Holds nothing yet. */
export function createHeldArtifacts({ control, point, clock, timeoutMs }: HeldArtifactsOptions): HeldArtifacts {
  const entries = new Map<string, Entry>();
  /** Runs that are over, with the last word on their slices, until control has heard it. */
  const ended: Word[] = [];
  const keys = createKeyStore(control, clock, timeoutMs);
  const reader = createArtifactReader(keys);
  /** What was asked for before this says nothing about now. */
  let countsFrom: Reading | null = null;
  let asking: Promise<void> | null = null;
  let isWanted = false;

  function take(entry: Entry, artifact: Artifact, nonce: string, askedAt: Reading): void {
    const { mandate } = entry.holding;
    if (whyNotAccepted(artifact, { audience: point, nonce, mandate, floor: entry.floor }) !== null) return;
    entry.floor = raised(artifact);
    const { chain, issuedAt } = artifact;
    entry.slice = following(entry.slice, artifact.slice);
    entry.end = { at: Math.min(...chain.map(({ expiresAt }) => expiresAt)), issuedAt, askedAt };
    const isStale = countsFrom !== null && askedAt.monotonic < countsFrom.monotonic;
    entry.kept = { artifact, askedAt, receivedAt: readClock(clock), isStale };
  }

  async function askOnce(): Promise<void> {
    const asked = [...entries.values()].slice(0, maxAtOnce);
    const over = ended.slice(0, maxAtOnce);
    if (asked.length === 0 && over.length === 0) return;
    const wanted = asked.map((entry) => {
      entry.report ??= nextReport(entry);
      return wordOn(entry, entry.report);
    });
    const nonce = randomUUID();
    const askedAt = readClock(clock);
    const body = { nonce, wanted, ended: [...over] };
    const reply = await control.call(controlApi.vouch, { params: { id: point }, body, timeoutMs });
    // What is held is used until it is too old: an answer that did not come takes nothing back.
    if (!reply.ok) return;
    ended.splice(0, over.length);
    for (const entry of asked) entry.report = null;
    for (const [index, entry] of asked.entries()) {
      const item = reply.value.items[index];
      if (item === undefined || 'problem' in item) entry.kept = null;
      else {
        const read = await reader.read(item.artifact);
        if (read.ok) take(entry, read.artifact, nonce, askedAt);
      }
    }
  }

  /** One request at a time; one that was wanted meanwhile follows. */
  async function askWhileWanted(): Promise<void> {
    try {
      while (isWanted) {
        isWanted = false;
        await askOnce();
      }
    } finally {
      // In the same turn as the last look at what is wanted, so that no wish falls between.
      asking = null;
    }
  }

  function renew(): Promise<void> {
    isWanted = true;
    return (asking ??= askWhileWanted());
  }

  function ageOf({ askedAt, receivedAt, isStale }: Kept): ArtifactAge {
    const now = readClock(clock);
    const [wall, monotonic] = [now.wall - askedAt.wall, now.monotonic - askedAt.monotonic];
    return {
      atMostMs: elapsedMs(askedAt, now),
      atLeastMs: Math.max(0, Math.min(now.wall - receivedAt.wall, now.monotonic - receivedAt.monotonic)),
      // INVARIANT: written so that a clock that is not a number is a jump.
      isStale: isStale || !(Math.abs(wall - monotonic) <= jumpMs),
    };
  }

  const timer = setInterval(() => void renew(), renewMs);
  timer.unref();

  const held: HeldArtifacts = {
    hold(holding) {
      if (!entries.has(holding.credential))
        entries.set(holding.credential, { ...nothingYet, holding, answers: new Map() });
      return renew();
    },
    release(credential) {
      const entry = entries.get(credential);
      entries.delete(credential);
      if (entry === undefined) return;
      const reports = [entry.report, nextReport(entry)].filter((report) => report !== null);
      ended.push(...reports.map((report) => wordOn(entry, report)));
      if (reports.length === 0 && entry.slice !== null) ended.push(wordOn(entry, null));
      if (ended.length > 0) void renew();
    },
    used({ credential, mandate }, action) {
      const entry = entries.get(credential);
      if (entry?.holding.mandate !== mandate) return;
      entry.answers.set(action, (entry.answers.get(action) ?? 0) + 1);
      if (entry.slice !== null) entry.slice.drawn += 1;
    },
    get({ credential, mandate }) {
      const entry = entries.get(credential);
      // INVARIANT: what is held for one mandate answers for no other, whatever credential comes with the question.
      if (entry?.holding.mandate !== mandate || entry.kept === null) return null;
      return { artifact: entry.kept.artifact, age: ageOf(entry.kept), drawn: entry.slice?.drawn ?? 0 };
    },
    endsInMs(credential) {
      const end = entries.get(credential)?.end ?? null;
      return end === null ? null : end.at - end.issuedAt - elapsedMs(end.askedAt, readClock(clock));
    },
    changed(change) {
      if (change.type.startsWith('key.')) keys.outdated();
      let isAny = false;
      for (const entry of entries.values()) {
        const { holding, kept, floor } = entry;
        if (!concerns(change, holding.mandate, kept?.artifact ?? null)) continue;
        isAny = true;
        entry.kept = null;
        entry.floor = { ...floor, position: Math.max(floor.position, change.position) };
      }
      if (isAny) void renew();
    },
    unsure() {
      countsFrom = readClock(clock);
      for (const entry of entries.values()) if (entry.kept !== null) entry.kept = { ...entry.kept, isStale: true };
      void renew();
    },
    renew,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      for (const { holding } of [...entries.values()]) held.release(holding.credential);
      await asking;
    },
  };
  return held;
}

const nothingYet = { floor: lowestFloor, kept: null, end: null, slice: null, report: null, reports: 0 } as const;

/** The slice to go on with. What was used of the one before since it was counted is used of this one. */
function following(before: Entry['slice'], slice: Slice | null): Entry['slice'] {
  if (slice === null) return before;
  const { id, calls, replaces } = slice;
  if (id === before?.id) return before;
  const since = before !== null && replaces?.id === before.id ? before.drawn - replaces.drawn : 0;
  return { id, calls, drawn: Math.max(0, since) };
}

const wordOn = ({ holding, slice }: Entry, answered: Report | null): Word => ({
  mandate: holding.mandate,
  credential: bearerOf(holding.credential),
  slice: slice === null ? null : { id: slice.id, drawn: slice.drawn },
  answered,
});

/** What was answered since the last report, by action; null where nothing was. */
function nextReport(entry: Entry): Report | null {
  if (entry.answers.size === 0) return null;
  const answers = [...entry.answers].slice(0, maxActions).map(([action, count]) => ({ action, count }));
  for (const { action } of answers) entry.answers.delete(action);
  entry.reports += 1;
  return { report: entry.reports, answers };
}

/** Different actions in one report; what is more is in the next. */
const maxActions = 256;
