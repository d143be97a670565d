/**
 * The conformance suite of the journal port: what every adapter must do, whatever it stores its events in. An adapter's own test file calls
 * `describeJournal`; tampering, locks and crashes are the adapter's own tests. Only test files import this.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeBlobs } from './describe-blobs.ts';
import { describeRetention } from './describe-retention.ts';
import { describeSnapshots } from './describe-snapshots.ts';
import { JournalError } from './errors.ts';
import type { Envelope, Expectation, Journal, JsonValue, NewEvent, StreamWrite } from './journal.ts';
import { maxDataBytes } from './prepare.ts';
import { maxWaitingAppends } from './append-queue.ts';

/** Opens the journal called `store`, new or as it was left. The suite closes every journal it opens and never reuses a name across tests. */
export type OpenStore = (options: {
  readonly store: string;
  readonly organisation: string;
  readonly now: () => number;
}) => Promise<Journal>;

/** Noon of a fixed day; the suite's clocks start here. */
export const noon = Date.UTC(2026, 10, 21, 12);

/** What verification says of checkpoints, and of what is withheld, where there is none. */
export const unsealed = { withheld: [], checkpoints: 0, sealed: null, witnessed: null };

export function happened(data: JsonValue = null, more: Partial<NewEvent> = {}): NewEvent {
  return { type: 'thing.happened', data, project: 'p', actor: 'user:ada', ...more };
}

let stores = 0;

/** Declares the suite for one adapter. */
export function describeJournal(name: string, openStore: OpenStore): void {
  const open = (options: { store?: string; now?: () => number } = {}): Promise<Journal> =>
    openStore({ store: `store-${String(++stores)}`, organisation: 'acme', now: () => noon, ...options });

  describe(`${name}: the journal port`, () => {
    describeAppend(open);
    describeInput(open);
    describeExpectations(open);
    describeBatches(open);
    describeReads(open);
    describeSubscriptions(open);
    describeProjections(open);
    describeFollowing(open);
    describeErasure(open);
    describeBlobs(open);
    describeSnapshots(open);
    describeRetention(open);
    describeLife(open);
  });
}

type Open = (options?: { store?: string; now?: () => number }) => Promise<Journal>;

async function mustAppend(
  journal: Journal,
  writes: readonly StreamWrite[],
  expectations: readonly Expectation[] = [],
): Promise<readonly Envelope[]> {
  const result = await journal.append(writes, expectations);
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.conflict)}`);
  return result.events;
}

async function mustFail(promise: Promise<unknown>): Promise<JournalError> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(JournalError);
  // Just proved.
  return error as JournalError;
}

function describeAppend(open: Open): void {
  test('an event comes back as it was written, from append, read and readAll', async () => {
    await using journal = await open();
    const lineage = { session: 's-1', mandate: 'm-1', mandateVersion: 2 };
    const event = happened({ b: 1, a: ['é', null, true, 1e21] }, { cause: 'command:7', lineage });
    const [written] = await mustAppend(journal, [{ stream: 'thing/1', events: [event] }]);
    expect(written).toStrictEqual({
      position: 1,
      stream: 'thing/1',
      version: 1,
      type: 'thing.happened',
      at: '2026-11-21T12:00:00.000Z',
      organisation: 'acme',
      project: 'p',
      actor: 'user:ada',
      cause: 'command:7',
      lineage,
      data: { a: ['é', null, true, 1e21], b: 1 },
      // A matcher, typed as anything.
      hash: expect.stringMatching(/^[\w-]{43}$/) as string,
    });
    expect(await journal.read('thing/1')).toStrictEqual([written]);
    expect(await journal.readAll()).toStrictEqual([written]);
  });

  test('one append over several streams gets consecutive positions and its own versions', async () => {
    await using journal = await open();
    const result = await journal.append(
      [
        { stream: 'a', events: [happened(1), happened(2)] },
        { stream: 'b', events: [happened(3)] },
        { stream: 'a', events: [happened(4)] },
      ],
      [],
    );
    if (!result.ok) throw new Error('refused');
    expect(result.position).toBe(4);
    expect(result.events.map((e) => [e.position, e.stream, e.version, e.data])).toEqual([
      [1, 'a', 1, 1],
      [2, 'a', 2, 2],
      [3, 'b', 1, 3],
      [4, 'a', 3, 4],
    ]);
  });

  test('an append without events answers with the head and writes nothing', async () => {
    await using journal = await open();
    await mustAppend(journal, [{ stream: 'a', events: [happened()] }]);
    expect(await journal.append([], [{ stream: 'a', version: 1 }])).toEqual({ ok: true, position: 1, events: [] });
    expect(await journal.head()).toBe(1);
  });

  test('a later change to the caller’s data does not reach the log', async () => {
    await using journal = await open();
    const data = { inner: { value: 1 } };
    const appended = mustAppend(journal, [{ stream: 'a', events: [happened(data)] }]);
    data.inner.value = 2;
    const [written] = await appended;
    expect(written?.data).toEqual({ inner: { value: 1 } });
    expect((await journal.read('a'))[0]?.data).toEqual({ inner: { value: 1 } });
  });

  test('the clock running backwards never takes `at` back, not even after reopening', async () => {
    const times = [noon, noon - 60_000, noon + 1, noon - 1];
    const now = (): number => times.shift() ?? noon - 3_600_000;
    const store = `clock-${String(++stores)}`;
    const write = [{ stream: 'a', events: [happened()] }];
    {
      await using journal = await open({ store, now });
      for (let i = 0; i < 4; i++) await mustAppend(journal, write);
    }
    await using journal = await open({ store, now });
    await mustAppend(journal, write);
    const at = (await journal.readAll()).map((event) => Date.parse(event.at) - noon);
    expect(at).toEqual([0, 0, 1, 1, 1]);
    expect((await journal.verify()).ok).toBe(true);
  });

  test('any JSON value comes back equal', async () => {
    await using journal = await open();
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 4, noUnicodeString: false }), async (given) => {
        // fast-check's type of JSON allows mutation and is otherwise ours.
        const data = given as JsonValue;
        const [written] = await mustAppend(journal, [{ stream: 'any', events: [happened(data)] }]);
        const [back] = await journal.read('any', { after: (written?.version ?? 0) - 1 });
        expect(back).toStrictEqual(written);
        expect(JSON.parse(JSON.stringify(data))).toEqual(back?.data);
      }),
      { numRuns: 60 },
    );
    expect((await journal.verify()).findings).toEqual([]);
  });
}

function describeInput(open: Open): void {
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  test.each<[string, unknown, string]>([
    ['undefined', undefined, '`data` is undefined'],
    ['a member that is undefined', { a: undefined }, '`data.a` is undefined'],
    ['NaN', { a: [1, Number.NaN] }, '`data.a[1]` is NaN'],
    ['an infinity', -Infinity, '`data` is -Infinity'],
    ['a bigint', { n: 1n }, '`data.n` is bigint'],
    ['a function', { f: () => 1 }, '`data.f` is function'],
    ['a date', { d: new Date(0) }, '`data.d` is a class instance'],
    ['a map', new Map(), '`data` is a class instance'],
    ['a hole in an array', [, 1], '`data[0]` is undefined'],
    ['a lone surrogate', { s: 'a\ud800' }, '`data.s` is a string with a lone surrogate'],
    ['a lone surrogate in a key', { '\udc00': 1 }, 'a lone surrogate in a key'],
    ['a cycle', cyclic, 'nested deeper than 128 levels'],
  ])('data that is %s is refused by name', async (_name, data, sentence) => {
    await using journal = await open();
    // The point of the test is a caller that breaks the type.
    const append = journal.append([{ stream: 'a', events: [{ ...happened(), data: data as JsonValue }] }], []);
    const error = await mustFail(append);
    expect(error.kind).toBe('input');
    expect(error.message).toContain(sentence);
    expect(await journal.head()).toBe(0);
  });

  test('data over the limit is refused in bytes, data at the limit is taken', async () => {
    await using journal = await open();
    const fitting = 'é'.repeat((maxDataBytes - 2) / 2);
    await mustAppend(journal, [{ stream: 'a', events: [happened(fitting)] }]);
    const error = await mustFail(journal.append([{ stream: 'a', events: [happened(`${fitting}!`)] }], []));
    expect(error.kind).toBe('input');
    expect(error.message).toContain(`takes ${String(maxDataBytes + 1)} bytes`);
    expect(await journal.head()).toBe(1);
  });

  test.each<[string, Partial<StreamWrite> & Partial<NewEvent>]>([
    ['an empty stream', { stream: '' }],
    ['a stream with a line break', { stream: 'a\nb' }],
    ['an empty type', { type: '' }],
    ['an actor with an escape', { actor: 'ada\u001b[2J' }],
    ['a project with a bidirectional override', { project: 'p\u202e' }],
    ['a cause with a lone surrogate', { cause: '\ud800' }],
    ['a lineage entry that is empty', { lineage: { session: '' } }],
    ['a mandate version that is no number', { lineage: { mandateVersion: Number.NaN } }],
    // Callers outside TypeScript's reach.
    ['a lineage with a stranger', { lineage: { tenant: 'x' } as object }],
    ['a name that is too long', { actor: 'a'.repeat(513) }],
  ])('%s is refused', async (_name, { stream = 'a', ...event }) => {
    await using journal = await open();
    const error = await mustFail(journal.append([{ stream, events: [happened(null, event)] }], []));
    expect(error.kind).toBe('input');
    expect(await journal.head()).toBe(0);
  });

  test('an unacceptable append does not disturb its neighbours in the same turn', async () => {
    await using journal = await open();
    const good = journal.append([{ stream: 'a', events: [happened(1)] }], []);
    const bad = mustFail(journal.append([{ stream: 'a', events: [happened(Number.NaN)] }], []));
    const alsoGood = journal.append([{ stream: 'a', events: [happened(2)] }], []);
    expect((await bad).kind).toBe('input');
    expect([(await good).ok, (await alsoGood).ok]).toEqual([true, true]);
    expect((await journal.read('a')).map((event) => event.data)).toEqual([1, 2]);
  });
}

function describeExpectations(open: Open): void {
  test('a stream that is written and has moved refuses the append, and says how', async () => {
    await using journal = await open();
    await mustAppend(journal, [{ stream: 'a', events: [happened(), happened()] }]);
    const write = [{ stream: 'a', events: [happened()] }];
    expect(await journal.append(write, [{ stream: 'a', version: 1 }])).toEqual({
      ok: false,
      conflict: { stream: 'a', expected: 1, actual: 2 },
    });
    expect(await journal.append(write, [{ stream: 'a', version: 0 }])).toMatchObject({ ok: false });
    expect((await mustAppend(journal, write, [{ stream: 'a', version: 2 }]))[0]?.version).toBe(3);
  });

  test('a stream that was only relied on and has moved refuses the append', async () => {
    await using journal = await open();
    await mustAppend(journal, [{ stream: 'ancestor', events: [happened()] }]);
    const write = [{ stream: 'child', events: [happened()] }];
    const relied = [
      { stream: 'ancestor', version: 1 },
      { stream: 'child', version: 0 },
    ];
    await mustAppend(journal, [{ stream: 'ancestor', events: [happened('revoked')] }]);
    expect(await journal.append(write, relied)).toEqual({
      ok: false,
      conflict: { stream: 'ancestor', expected: 1, actual: 2 },
    });
    expect(await journal.read('child')).toEqual([]);
  });

  test('a refused append leaves no trace in any of its streams', async () => {
    await using journal = await open();
    await mustAppend(journal, [{ stream: 'b', events: [happened()] }]);
    const result = await journal.append(
      [
        { stream: 'a', events: [happened()] },
        { stream: 'b', events: [happened()] },
      ],
      [{ stream: 'b', version: 0 }],
    );
    expect(result.ok).toBe(false);
    expect(await journal.head()).toBe(1);
    expect(await journal.read('a')).toEqual([]);
    // 0 means the stream does not exist, and the refused write did not make it exist.
    expect(await journal.append([], [{ stream: 'a', version: 0 }])).toMatchObject({ ok: true });
  });
}

type Plan = {
  readonly writes: readonly { readonly stream: string; readonly count: number }[];
  readonly relies: readonly { readonly stream: string; readonly off: number }[];
};

const stream = fc.constantFrom('a', 'b', 'c');
const plan: fc.Arbitrary<Plan> = fc.record({
  writes: fc.array(fc.record({ stream, count: fc.integer({ min: 0, max: 3 }) }), { maxLength: 3 }),
  relies: fc.array(fc.record({ stream, off: fc.constantFrom(0, 0, 0, 1, -1) }), { maxLength: 2 }),
});

function describeBatches(open: Open): void {
  test('of appends in one turn, the one whose read set an earlier one moved is refused alone', async () => {
    await using journal = await open();
    const write = (data: number): StreamWrite[] => [{ stream: 'a', events: [happened(data)] }];
    const results = await Promise.all([
      journal.append(write(1), [{ stream: 'a', version: 0 }]),
      journal.append(write(2), [{ stream: 'a', version: 0 }]),
      journal.append(write(3), [{ stream: 'a', version: 1 }]),
      journal.append([{ stream: 'b', events: [happened(4)] }], [{ stream: 'a', version: 2 }]),
      journal.append([{ stream: 'c', events: [happened(5)] }], [{ stream: 'b', version: 0 }]),
    ]);
    expect(results.map((result) => (result.ok ? result.position : result.conflict))).toEqual([
      1,
      { stream: 'a', expected: 0, actual: 1 },
      2,
      3,
      { stream: 'b', expected: 0, actual: 1 },
    ]);
    expect((await journal.readAll()).map((event) => event.data)).toEqual([1, 3, 4]);
  });

  test('concurrent appends have the outcome of the same appends one after another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(plan, { minLength: 1, maxLength: 5 }), { maxLength: 4 }), async (turns) => {
        await using journal = await open();
        const versions = new Map<string, number>();
        const model: { stream: string; version: number; data: JsonValue }[] = [];
        let serial = 0;
        for (const plans of turns) {
          const outcomes: boolean[] = [];
          const appends = plans.map(({ writes, relies }) => {
            const expectations = relies.map(({ stream, off }) => ({
              stream,
              version: Math.max(0, (versions.get(stream) ?? 0) + off),
            }));
            const holds = expectations.every(({ stream, version }) => version === (versions.get(stream) ?? 0));
            outcomes.push(holds);
            const real = writes.map(({ stream, count }) => ({
              stream,
              events: Array.from({ length: count }, () => happened(++serial)),
            }));
            for (const { stream, events } of holds ? real : []) {
              for (const event of events) {
                const version = (versions.get(stream) ?? 0) + 1;
                versions.set(stream, version);
                model.push({ stream, version, data: event.data });
              }
            }
            return journal.append(real, expectations);
          });
          expect((await Promise.all(appends)).map((result) => result.ok)).toEqual(outcomes);
        }
        const all = await journal.readAll();
        expect(all.map(({ stream, version, data }) => ({ stream, version, data }))).toEqual(model);
        expect(all.map((event) => event.position)).toEqual(model.map((_, index) => index + 1));
        expect(await journal.verify()).toMatchObject({ ok: true, events: model.length, streams: versions.size });
      }),
      { numRuns: 40 },
    );
  });

  test('a full queue refuses at the door and takes work again once it has drained', async () => {
    await using journal = await open();
    const write = [{ stream: 'a', events: [] }];
    const waiting = Array.from({ length: maxWaitingAppends }, () => journal.append(write, []));
    const error = await mustFail(journal.append(write, []));
    expect(error.kind).toBe('busy');
    expect((await Promise.all(waiting)).every((result) => result.ok)).toBe(true);
    expect((await journal.append(write, [])).ok).toBe(true);
  });
}

function describeReads(open: Open): void {
  test('pages by version and by position, and an unknown stream is empty', async () => {
    await using journal = await open();
    for (const data of [1, 2, 3]) {
      await mustAppend(journal, [
        { stream: 'a', events: [happened(data)] },
        { stream: 'b', events: [happened(-data)] },
      ]);
    }
    const dataOf = (events: readonly Envelope[]): JsonValue[] => events.map((event) => event.data);
    expect(dataOf(await journal.read('a', { after: 1 }))).toEqual([2, 3]);
    expect(dataOf(await journal.read('a', { after: 1, limit: 1 }))).toEqual([2]);
    expect(dataOf(await journal.read('b', { limit: 2 }))).toEqual([-1, -2]);
    expect(dataOf(await journal.readAll({ after: 4 }))).toEqual([3, -3]);
    expect(dataOf(await journal.readAll({ after: 1, limit: 2 }))).toEqual([-1, 2]);
    expect(await journal.readAll({ limit: 0 })).toEqual([]);
    expect(await journal.read('nobody')).toEqual([]);
    expect(await journal.readAll({ after: 6 })).toEqual([]);
  });

  test('any page of a long stream is the part of it that was asked for, also while it grows and after reopening', async () => {
    const store = `long-${String(++stores)}`;
    const lengths = [1, 30, 1, 1, 70, 2, 129];
    const data: number[] = [];
    const pages = fc.record({ after: fc.nat(260), limit: fc.option(fc.nat(260), { nil: undefined }) });
    for (const length of lengths) {
      await using journal = await open({ store });
      const events = Array.from({ length }, (_, i) => happened(data.length + i));
      await mustAppend(journal, [
        { stream: 'long', events },
        { stream: 'other', events: [happened()] },
      ]);
      data.push(...events.map((_, i) => data.length + i));
      await fc.assert(
        fc.asyncProperty(pages, async ({ after, limit }) => {
          const page = await journal.read('long', limit === undefined ? { after } : { after, limit });
          expect(page.map((event) => event.data)).toEqual(data.slice(after, after + (limit ?? Infinity)));
        }),
        { numRuns: 30, examples: [[{ after: 0, limit: undefined }], [{ after: data.length - 1, limit: 1 }]] },
      );
    }
    await using journal = await open({ store });
    expect(await journal.verify()).toMatchObject({ ok: true, streams: 2 });
  });

  test.each([-1, 0.5, Number.NaN])('refuses to read after %s', async (after) => {
    await using journal = await open();
    expect((await mustFail(journal.readAll({ after }))).kind).toBe('input');
    expect((await mustFail(journal.read('a', { after }))).kind).toBe('input');
    expect((await mustFail(journal.readAll({ limit: after }))).kind).toBe('input');
  });
}

async function collect(events: AsyncIterable<Envelope>, enough = Infinity): Promise<number[]> {
  const positions: number[] = [];
  if (enough === 0) return positions;
  for await (const event of events) {
    positions.push(event.position);
    if (positions.length === enough) break;
  }
  return positions;
}

const upTo = (last: number, after = 0): number[] => Array.from({ length: last - after }, (_, i) => after + i + 1);

function describeSubscriptions(open: Open): void {
  const write = [{ stream: 'a', events: [happened()] }];

  test('replays, then tails, with no gap and no duplicate, from anywhere, for readers of any pace', async () => {
    const total = 300;
    await using journal = await open();
    await mustAppend(journal, [{ stream: 'a', events: Array.from({ length: 140 }, () => happened()) }]);
    const abort = new AbortController();
    const from = (after: number): AsyncIterable<Envelope> => journal.subscribe({ after, signal: abort.signal });
    const slow = (async () => {
      const positions: number[] = [];
      for await (const event of from(0)) {
        positions.push(event.position);
        if (positions.length === total) break;
        if (event.position % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      return positions;
    })();
    const fast = collect(from(0), total);
    const late = collect(from(100), total - 100);
    const future = collect(from(total - 1), 1);
    for (let i = 140; i < total; i += 4) {
      await Promise.all(Array.from({ length: 4 }, () => journal.append(write, [])));
    }
    const afterwards = collect(from(250), total - 250);
    expect(await slow).toEqual(upTo(total));
    expect(await fast).toEqual(upTo(total));
    expect(await late).toEqual(upTo(total, 100));
    expect(await future).toEqual([total]);
    expect(await afterwards).toEqual(upTo(total, 250));
    abort.abort();
  });

  test('every interleaving of appends and readers gives each reader every event once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constant('append'), fc.constant('turn'), fc.constant('join')), { maxLength: 40 }),
        async (steps) => {
          await using journal = await open();
          const total = steps.filter((step) => step === 'append').length;
          const abort = new AbortController();
          const readers: [number, Promise<number[]>][] = [];
          const appends: Promise<unknown>[] = [];
          for (const step of steps) {
            if (step === 'append') appends.push(journal.append(write, []));
            else if (step === 'turn') await new Promise((resolve) => setImmediate(resolve));
            else {
              const after = Math.min(total, readers.length);
              readers.push([after, collect(journal.subscribe({ after, signal: abort.signal }), total - after)]);
            }
          }
          await Promise.all(appends);
          for (const [after, positions] of readers) expect(await positions).toEqual(upTo(total, after));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('an abort ends the subscription: before it starts, within a page, and while it waits', async () => {
    await using journal = await open();
    await mustAppend(journal, [{ stream: 'a', events: [happened(), happened(), happened()] }]);
    expect(await collect(journal.subscribe({ after: 0, signal: AbortSignal.abort() }))).toEqual([]);

    const within = new AbortController();
    const seen: number[] = [];
    for await (const event of journal.subscribe({ after: 0, signal: within.signal })) {
      seen.push(event.position);
      if (event.position === 2) within.abort();
    }
    expect(seen).toEqual([1, 2]);

    const waiting = new AbortController();
    const waited = collect(journal.subscribe({ after: 3, signal: waiting.signal }));
    await new Promise((resolve) => setImmediate(resolve));
    waiting.abort();
    expect(await waited).toEqual([]);
  });

  test('closing the journal ends the subscriptions that wait', async () => {
    const journal = await open();
    const waited = collect(journal.subscribe({ after: 0, signal: new AbortController().signal }));
    await new Promise((resolve) => setImmediate(resolve));
    await journal[Symbol.asyncDispose]();
    expect(await waited).toEqual([]);
  });
}

function describeProjections(open: Open): void {
  test('a projection has seen the events of an append before the append resolves, in position order', async () => {
    await using journal = await open();
    await mustAppend(journal, [{ stream: 'a', events: [happened('before')] }]);
    const seen: number[] = [];
    const projection = journal.project((events) => seen.push(...events.map((event) => event.position)));
    expect(seen).toEqual([]);
    const seenAtResolve = await Promise.all(
      [2, 3, 4].map(async () => {
        const [event] = await mustAppend(journal, [{ stream: 'a', events: [happened()] }]);
        return seen.includes(event?.position ?? 0);
      }),
    );
    expect(seenAtResolve).toEqual([true, true, true]);
    expect(seen).toEqual([2, 3, 4]);
    projection[Symbol.dispose]();
    await mustAppend(journal, [{ stream: 'a', events: [happened()] }]);
    expect(seen).toEqual([2, 3, 4]);
  });

  test('a refused append reaches no projection, and a projection may append', async () => {
    await using journal = await open();
    const streams: string[] = [];
    const followed = Promise.withResolvers<unknown>();
    using _projection = journal.project((events) => {
      for (const event of events) {
        streams.push(event.stream);
        if (event.stream === 'a') followed.resolve(journal.append([{ stream: 'echo', events: [happened()] }], []));
      }
    });
    const write = [{ stream: 'a', events: [happened()] }];
    await Promise.all([
      journal.append(write, [{ stream: 'a', version: 9 }]),
      journal.append(write, [{ stream: 'a', version: 0 }]),
    ]);
    await followed.promise;
    expect(streams).toEqual(['a', 'echo']);
  });
}

function describeFollowing(open: Open): void {
  const write = [{ stream: 'a', events: [happened()] }];
  const positionsOf = (events: readonly Envelope[]): number[] => events.map((event) => event.position);

  test('a follower sees everything after its position once, in order, however much is written while it catches up', async () => {
    await using journal = await open();
    await mustAppend(journal, [{ stream: 'a', events: Array.from({ length: 2500 }, () => happened()) }]);
    const seen: number[] = [];
    const late: number[] = [];
    const follower = journal.follow(0, (events) => seen.push(...positionsOf(events)));
    const lateFollower = journal.follow(2490, (events) => late.push(...positionsOf(events)));
    await Promise.all(Array.from({ length: 5 }, () => journal.append(write, [])));
    for (let i = 0; i < 5; i++) await journal.append(write, []);
    await lateFollower;
    using following = await follower;
    await mustAppend(journal, write);
    expect(seen).toEqual(upTo(2511));
    expect(late).toEqual(upTo(2511, 2490));
    following[Symbol.dispose]();
    await mustAppend(journal, write);
    expect(seen).toEqual(upTo(2511));
    expect(late).toEqual(upTo(2512, 2490));
  });

  test('a follower that starts at the end, or past it, is called for what comes after its position', async () => {
    await using journal = await open();
    await mustAppend(journal, write);
    const fromEnd: number[] = [];
    const fromBeyond: number[] = [];
    await journal.follow(1, (events) => fromEnd.push(...positionsOf(events)));
    await journal.follow(2, (events) => fromBeyond.push(...positionsOf(events)));
    await mustAppend(journal, [{ stream: 'a', events: [happened(), happened()] }]);
    expect(fromEnd).toEqual([2, 3]);
    expect(fromBeyond).toEqual([3]);
  });

  test('a refresh answers with a position at which projections have seen all that was acknowledged before', async () => {
    await using journal = await open();
    expect(await journal.refresh()).toBe(0);
    let seen = 0;
    using _projection = journal.project((events) => (seen = events.at(-1)?.position ?? seen));
    for (let i = 1; i <= 3; i++) {
      await mustAppend(journal, write);
      expect(await Promise.all([journal.refresh(), journal.refresh()])).toEqual([i, i]);
      expect(seen).toBe(i);
    }
  });
}

function describeErasure(open: Open): void {
  const secret = 'the-secret-in-a-tool-output';
  const erasure = { project: 'p', actor: 'user:ada', reason: 'a secret in an output' };

  test('what is erased is gone, stays in its chain, and verification says by whom, when and why', async () => {
    await using journal = await open();
    await mustAppend(journal, [{ stream: 'a', events: [happened(1), happened(secret), happened(3)] }]);
    const [, before] = await journal.read('a');
    const result = await journal.erase({ ...erasure, positions: [2, 2] });
    expect(result).toMatchObject({ ok: true, position: 4, events: [{ type: 'journal.erased', actor: 'user:ada' }] });
    const [, after] = await journal.read('a');
    expect(after).toStrictEqual({ ...before, data: null });
    expect(JSON.stringify(await journal.readAll())).not.toContain(secret);
    await mustAppend(journal, [{ stream: 'a', events: [happened(4)] }], [{ stream: 'a', version: 3 }]);
    expect(await journal.verify()).toEqual({
      ok: true,
      events: 5,
      streams: 2,
      head: 5,
      findings: [],
      erased: [
        {
          position: 2,
          stream: 'a',
          version: 2,
          erasedAt: 4,
          by: 'user:ada',
          at: '2026-11-21T12:00:00.000Z',
          reason: 'a secret in an output',
        },
      ],
      ...unsealed,
    });
  });

  test('what is not there, is no position or is an erasure itself cannot be erased, and its neighbours are', async () => {
    await using journal = await open();
    await mustAppend(journal, [{ stream: 'a', events: [happened(1), happened(2)] }]);
    await journal.erase({ ...erasure, positions: [1] });
    const refused = [[], [0], [1.5], [9], [2, 9], [3]].map((positions) => journal.erase({ ...erasure, positions }));
    const append = journal.append([{ stream: 'a', events: [happened(3)] }], []);
    for (const each of refused) expect((await mustFail(each)).kind).toBe('input');
    expect((await append).ok).toBe(true);
    expect((await journal.read('a')).map((event) => event.data)).toEqual([null, 2, 3]);
    expect((await journal.verify()).erased.map(({ position }) => position)).toEqual([1]);
  });
}

function describeLife(open: Open): void {
  test('everything is there after closing and opening again, and the chain goes on', async () => {
    const store = `life-${String(++stores)}`;
    const write = [
      { stream: 'a', events: [happened(1), happened(2)] },
      { stream: 'b', events: [happened(3)] },
    ];
    let before: readonly Envelope[];
    {
      await using journal = await open({ store });
      before = await mustAppend(journal, write);
    }
    await using journal = await open({ store });
    expect(await journal.readAll()).toStrictEqual(before);
    await mustAppend(journal, write, [
      { stream: 'a', version: 2 },
      { stream: 'b', version: 1 },
    ]);
    expect(await journal.verify()).toEqual({
      ok: true,
      events: 6,
      streams: 2,
      head: 6,
      findings: [],
      erased: [],
      ...unsealed,
    });
  });

  test('closing writes what is waiting; afterwards everything is refused', async () => {
    const store = `life-${String(++stores)}`;
    const journal = await open({ store });
    const waiting = journal.append([{ stream: 'a', events: [happened()] }], []);
    await journal[Symbol.asyncDispose]();
    expect((await waiting).ok).toBe(true);
    expect((await mustFail(journal.append([], []))).kind).toBe('closed');
    expect((await mustFail(journal.head())).kind).toBe('closed');
    expect(() => journal.subscribe({ after: 0, signal: new AbortController().signal })).toThrow(JournalError);
    await journal[Symbol.asyncDispose]();
    await using again = await open({ store });
    expect(await again.head()).toBe(1);
  });

  test('an empty journal verifies', async () => {
    await using journal = await open();
    expect(await journal.verify()).toEqual({
      ok: true,
      events: 0,
      streams: 0,
      head: 0,
      findings: [],
      erased: [],
      ...unsealed,
    });
  });
}
