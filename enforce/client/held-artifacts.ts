/**
 * The artifacts an enforcement point holds, one for each run it answers, renewed while they are held.
 *
 * How old one is counts from when it was asked for, by the clock that moved more. It refuses what was asked for before a change, a gap or a jump, what is older than
 * something it has seen, and what control takes back; it never makes one last longer by using it.
 */

import { randomUUID } from 'node:crypto';
import type { Artifact, ArtifactAge, Floor } from '@writ/authority';
import { lowestFloor, raised, whyNotAccepted } from '@writ/authority';
import { controlApi } from '@writ/protocol';
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

export type HeldArtifact = { readonly artifact: Artifact; readonly age: ArtifactAge };

export interface HeldArtifacts extends AsyncDisposable {
  /** From now on an artifact of it is kept at hand. Resolves when it was asked for once, whatever the answer. */
  hold(holding: Holding): Promise<void>;
  release(credential: string): void;
  /** What is held for this run under this mandate, and how old it is now; null where nothing is. */
  get(holding: Holding): HeldArtifact | null;
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

type Entry = {
  readonly holding: Holding;
  floor: Floor;
  kept: Kept | null;
  /** The earliest expiry of the chain, and when by which clock that was so: it stands although the artifact itself is dropped. */
  end: { readonly at: number; readonly issuedAt: number; readonly askedAt: Reading } | null;
};

/** Between two requests, so that one that is lost leaves time for another within the bound. */
const renewMs = 1_000;

/** Of one request; what is more is asked about at control, each time. */
const maxAtOnce = 1_000;

/** Holds nothing yet. */
export function createHeldArtifacts({ control, point, clock, timeoutMs }: HeldArtifactsOptions): HeldArtifacts {
  const entries = new Map<string, Entry>();
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
    entry.end = { at: Math.min(...chain.map(({ expiresAt }) => expiresAt)), issuedAt, askedAt };
    const isStale = countsFrom !== null && askedAt.monotonic < countsFrom.monotonic;
    entry.kept = { artifact, askedAt, receivedAt: readClock(clock), isStale };
  }

  async function askOnce(): Promise<void> {
    const asked = [...entries.values()].slice(0, maxAtOnce);
    if (asked.length === 0) return;
    const wanted = asked.map(({ holding }) => holding);
    const nonce = randomUUID();
    const askedAt = readClock(clock);
    const reply = await control.call(controlApi.vouch, { params: { id: point }, body: { nonce, wanted }, timeoutMs });
    // What is held is used until it is too old: an answer that did not come takes nothing back.
    if (!reply.ok) return;
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

  return {
    hold(holding) {
      if (!entries.has(holding.credential))
        entries.set(holding.credential, { holding, floor: lowestFloor, kept: null, end: null });
      return renew();
    },
    release(credential) {
      entries.delete(credential);
    },
    get({ credential, mandate }) {
      const entry = entries.get(credential);
      // INVARIANT: what is held for one mandate answers for no other, whatever credential comes with the question.
      if (entry?.holding.mandate !== mandate || entry.kept === null) return null;
      return { artifact: entry.kept.artifact, age: ageOf(entry.kept) };
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
      entries.clear();
      await asking;
    },
  };
}
