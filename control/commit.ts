/**
 * Writes what was decided, or decides again: each plan is made from the projection as it is, and appended only if nothing it was made from
 * has moved since.
 *
 * It refuses to try for ever: a command whose read set keeps moving is answered with `contended`.
 */

import type { Expectation, Lineage, NewEvent, StreamWrite } from '@writ/journal';
import type { Caller, Itself } from './caller.ts';
import { callerKey, nameOf } from './caller.ts';
import { digestJson } from './digest.ts';
import type { ControlEvent } from './event.ts';
import { dataOf } from './event.ts';
import type { Refs } from './claims.ts';
import type { Projection } from './projection.ts';
import type { Outcome, Refused } from './refusal.ts';
import { done, refuse } from './refusal.ts';
import { mandateIn, requestStream, signalStream } from './streams.ts';
import type { Writing } from './writing.ts';

/**
 * Events for one stream. `relies: false` for a stream that only keeps a record: it may move under the plan. `settles: true` for events of a mandate
 * that leave nothing of what readings have made true of it to be written before them.
 */
export type PlannedWrite = {
  readonly stream: string;
  readonly events: readonly ControlEvent[];
  readonly project: string;
  readonly lineage: Lineage;
  readonly relies?: false;
  readonly settles?: true;
};

/** What to write, and the streams whose state it was decided from besides the written ones. */
export type Plan<T> = {
  readonly writes: readonly PlannedWrite[];
  readonly reliedOn: readonly string[];
  readonly value: T;
};

/** Who asks, and the idempotency key with the body it came with, where there is one. */
export type Asked<By = Caller> = { readonly by: By; readonly key?: string | undefined; readonly body?: unknown };

const maxAttempts = 100;

export type Commit = <T>(by: Caller | Itself, plan: () => Outcome<Plan<T>>, cause?: string) => Promise<Outcome<T>>;

/** The committing of plans to the journal whose fold `projection` is. */
export function createCommit(writing: Writing, projection: Projection): Commit {
  return async (by, plan, cause) => {
    let moved = 'journal';
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const planned = plan();
      if (!planned.ok) return planned;
      const { value } = planned.value;
      if (planned.value.writes.every((write) => write.events.length === 0)) return done(value);
      const { writes, reliedOn } = withOwed(projection, planned.value);
      // INVARIANT: planned and handed to the journal in one turn, so that what is appended later is ordered after it.
      const result = await writing.append(
        streamWrites(writes, nameOf(by), cause),
        expectations(projection, writes, reliedOn),
      );
      if (result.ok) return done(value);
      moved = result.conflict.stream;
      // INVARIANT: what the fold has let go of is not new: it was done, and is not done again.
      if (result.conflict.actual > 0 && !projection.versions.has(moved)) return refuse({ code: 'idempotency_expired' });
    }
    return refuse({ code: 'contended', stream: moved });
  };
}

const ending: ReadonlySet<ControlEvent['type']> = new Set(['mandate.revoked', 'mandate.expired', 'mandate.completed']);

/**
 * The plan, with what readings have made true of each mandate it rests on written before it. INVARIANT: whoever acts on what was derived writes
 * it down, and relies on the readings it was derived from: a yes never covers a failing that came before it.
 */
function withOwed(
  { mandates }: Projection,
  { writes, reliedOn }: Pick<Plan<unknown>, 'writes' | 'reliedOn'>,
): Pick<Plan<unknown>, 'writes' | 'reliedOn'> {
  const settled = new Set(writes.filter(({ settles }) => settles === true).map(({ stream }) => stream));
  const streams = new Set([...writes.map(({ stream }) => stream), ...reliedOn]);
  const owed: PlannedWrite[] = [];
  const readings: string[] = [];
  for (const stream of streams) {
    const id = settled.has(stream) ? undefined : mandateIn(stream);
    const record = id === undefined ? undefined : mandates.stored(id);
    const events = id === undefined ? [] : mandates.owed(id);
    if (record === undefined || events.length === 0) continue;
    const { project, version, conditions } = record.mandate;
    const ends = writes.some((write) => write.stream === stream && write.events.some(({ type }) => ending.has(type)));
    owed.push({
      stream,
      events,
      project,
      lineage: { mandate: record.mandate.id, mandateVersion: version + events.length },
    });
    // A return rests on every condition; a stop rests on none, so that no report gets in its way.
    if (!ends && events.some(({ type }) => type === 'mandate.reinstated'))
      readings.push(...conditions.map(({ subject }) => signalStream(subject)));
  }
  return owed.length === 0
    ? { writes, reliedOn }
    : { writes: [...owed, ...writes], reliedOn: [...reliedOn, ...readings] };
}

function streamWrites(
  writes: readonly PlannedWrite[],
  actor: string,
  cause: string | undefined,
): readonly StreamWrite[] {
  return writes
    .filter(({ events }) => events.length > 0)
    .map(({ stream, events, project, lineage }) => ({
      stream,
      events: events.map((event): NewEvent => {
        const common = { type: event.type, data: dataOf(event), project, actor, lineage };
        return cause === undefined ? common : { ...common, cause };
      }),
    }));
}

function expectations(
  projection: Projection,
  writes: readonly PlannedWrite[],
  reliedOn: readonly string[],
): readonly Expectation[] {
  const streams = new Set([
    ...writes.filter((write) => write.relies !== false).map((write) => write.stream),
    ...reliedOn,
  ]);
  return [...streams].map((stream) => ({ stream, version: projection.versions.get(stream) ?? 0 }));
}

/** The claim of an idempotency key: nobody else's, and no other route's. */
export const claimOf = ({ by, key }: Asked, route: string): string | undefined =>
  key === undefined ? undefined : digestJson([callerKey(by), route, key]);

export type Claimed =
  /** Do it; `cause` goes on every event, `write` into the same append. */
  | { readonly kind: 'new'; readonly cause: string | undefined; readonly writes: readonly PlannedWrite[] }
  /** It was done; this is what it did. */
  | { readonly kind: 'repeated'; readonly refs: Refs };

/** Takes an idempotency key, or finds what it did. A key that came with another body is refused. */
export function claim(projection: Projection, asked: Asked, route: string, at: number): Claimed | Refused {
  const id = claimOf(asked, route);
  if (id === undefined) return { kind: 'new', cause: undefined, writes: [] };
  const bodyDigest = digestJson(asked.body ?? null);
  const known = projection.requests.get(id);
  if (known !== undefined)
    return known.bodyDigest === bodyDigest
      ? { kind: 'repeated', refs: known.refs }
      : refuse({ code: 'idempotency_conflict', key: asked.key ?? '' });
  const stream = requestStream(id);
  return {
    kind: 'new',
    cause: stream,
    writes: [
      {
        stream,
        events: [{ type: 'request.claimed', data: { at, claim: id, bodyDigest } }],
        project: planeProject,
        lineage: {},
      },
    ],
  };
}

/** The project of events that belong to the plane as a whole. */
export const planeProject = '_';
