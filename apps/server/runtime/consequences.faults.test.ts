/**
 * What each change of a mandate does to what stands under it, column by column of the lifecycle table, at the real runtime and the real enforcer: processes are looked at by what they write,
 * queues and sessions by what the runtime says of them, permits and credentials by what control and a sink take. What control answers afterwards is control/mandate/consequences.test.ts.
 */

import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lifecycle } from '@writ/authority';
import { controlApi, runtimeApi } from '@writ/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bench } from './testing.ts';
import { must, openBench, until } from './testing.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

/** Two that run side by side, each writing as long as it may, and one task behind each that waits. What `node` runs is what a narrowing takes away. */
const source = `---
project: p
parallel: 2
---

# Build

It is built.

- [ ] T1 [P] touches: one/** run: \`while [ ! -f go ]; do echo x >> beat; sleep 0.05; done; mkdir -p one\` done: \`true\` — in scope
- [ ] T2 [P] touches: two/** run: \`node -e 'setInterval(()=>require("fs").appendFileSync("beat","x\\n"),50)'\` done: \`true\` — out of scope
- [ ] T3 (after: T1) touches: three/** run: \`mkdir -p three && touch three/x\` done: \`true\` — queued
- [ ] T4 (after: T1) touches: four/** run: \`node -e 0\` done: \`true\` — queued, out of scope
`;

const only = (program: string) => ({
  type: 'mission_resource_access' as const,
  resource: `shell://p/${program}`,
  actions: ['shell.run'],
});
const owner = () => bench.house.owner;
const sinkToken = () => readFileSync(join(bench.house.dir, 'control', 'points', 'sink.token'), 'utf8').trim();

type Held = { readonly permit: string; readonly ask: { action: string; resource: string; parameters: object } };

/** Everything at work, and two permits that nobody has used: one for what a narrowing leaves, one for what it takes. */
async function atWork() {
  const { mission, mandate } = await bench.run(source);
  const places = await Promise.all(
    ['T1', 'T2'].map(async (task) => {
      await until(`${task} writes`, async () => {
        const { session } = await bench.task(mission, task);
        if (session === null) return false;
        const path = (await bench.session(session)).workspace?.path ?? '';
        return existsSync(join(path, 'beat'));
      });
      const session = (await bench.task(mission, task)).session ?? '';
      return { session, path: (await bench.session(session)).workspace?.path ?? '' };
    }),
  );
  const [one, two] = places;
  if (one === undefined || two === undefined) throw new Error('two run');
  const credential = await bench.house.credential(mandate, `held-${randomUUID()}`);
  const hold = async (program: string): Promise<Held> => {
    const ask = { action: 'shell.run', resource: `shell://p/${program}`, parameters: { held: program } };
    const begun = must(
      await owner().call(controlApi.begin, {
        token: credential,
        idempotencyKey: randomUUID(),
        body: { mandate, ...ask, lease_ms: 3_600_000 },
      }),
    );
    return { permit: begun.permit, ask };
  };
  const held = { inside: await hold('sh'), outside: await hold('node') };
  const current = async ({ permit, ask }: Held): Promise<boolean> =>
    must(
      await owner().call(controlApi.redeem, {
        token: sinkToken(),
        body: { permit, ...ask, parameters: { ...ask.parameters } },
      }),
    ).current;
  const size = (path: string): number => statSync(join(path, 'beat')).size;
  type Place = { readonly path: string };
  const goesOn = async ({ path }: Place): Promise<void> => {
    const before = size(path);
    await until('it writes', () => size(path) > before);
  };
  /** Nothing is written for a second, sooner or later: what is told to stop may be in the middle of a line. */
  const standsStill = async ({ path }: Place): Promise<void> => {
    await until('it stands still', async () => {
      const before = size(path);
      await sleep(1_000);
      return size(path) === before;
    });
  };
  const queue = async () => [(await bench.task(mission, 'T3')).state, (await bench.task(mission, 'T4')).state];
  const state = async (session: string) => (await bench.session(session)).state;
  return {
    mission,
    mandate,
    hold,
    one,
    two,
    held,
    current,
    goesOn,
    standsStill,
    queue,
    state,
    types: (session: string) => bench.types(session),
    issues: async (): Promise<boolean> =>
      (
        await owner().call(controlApi.issueCredential, {
          params: { id: mandate },
          body: { run: `again-${randomUUID()}` },
        })
      ).ok,
    go: () => {
      writeFileSync(join(one.path, 'go'), '');
    },
    act: async (what: 'suspend' | 'reinstate' | 'revoke' | 'complete') =>
      must(await owner().call(controlApi[what], { params: { id: mandate }, body: { reason: 'as the test says' } })),
    narrow: async (body: object) =>
      must(await owner().call(controlApi.narrow, { params: { id: mandate }, body: { reason: 'less of it', ...body } })),
  };
}
type Work = Awaited<ReturnType<typeof atWork>>;

/** What is over is over: queue cancelled, processes gone, sessions readable, nothing issued, permits void. */
async function isOver(work: Work): Promise<void> {
  await bench.reaches(work.mission, 'inert');
  expect(await work.queue()).toEqual(['cancelled', 'cancelled']);
  for (const one of [work.one, work.two]) {
    await until('its session is inert', async () => (await work.state(one.session)) === 'inert');
    await work.standsStill(one);
  }
  await until('no run is left', async () =>
    must(await bench.runtime.call(runtimeApi.runs)).items.every(
      ({ state }) => state === 'killed' || state === 'exited',
    ),
  );
  expect(await work.issues()).toBe(false);
  expect([await work.current(work.held.inside), await work.current(work.held.outside)]).toEqual([false, false]);
}

const walked: Readonly<Record<string, (work: Work) => Promise<void>>> = {
  'suspend, reinstate': async (work) => {
    await work.act('suspend');
    await bench.reaches(work.mission, 'paused');
    expect(await work.queue()).toEqual(['waiting', 'waiting']);
    for (const one of [work.one, work.two]) {
      await until('its session is paused', async () => (await work.state(one.session)) === 'paused');
      await work.standsStill(one);
    }
    expect(await work.issues()).toBe(false);

    await work.act('reinstate');
    await bench.reaches(work.mission, 'running');
    for (const one of [work.one, work.two]) {
      await until('it runs', async () => (await work.state(one.session)) === 'running');
      await work.goesOn(one);
    }
    expect(await work.issues()).toBe(true);
    // What was held before is void for ever.
    expect([await work.current(work.held.inside), await work.current(work.held.outside)]).toEqual([false, false]);
    // What waited is asked about again, and goes on.
    work.go();
    await until('what waited is done', async () => (await work.queue()).every((state) => state === 'done'));
  },

  'narrow: tighten': async (work) => {
    await work.narrow({ authorization_details: [only('sh'), only('true')] });
    await until('what is out of scope is cancelled', async () => (await work.queue())[1] === 'cancelled');
    await work.standsStill(work.two);
    await work.goesOn(work.one);
    expect(await work.state(work.one.session)).toBe('running');
    await until('its session is told', async () => (await work.types(work.one.session)).includes('session.told'));
    expect(await work.issues()).toBe(true);
    expect([await work.current(work.held.inside), await work.current(work.held.outside)]).toEqual([true, false]);
    work.go();
    await until('what is covered is done', async () => (await work.queue())[0] === 'done');
  },

  'narrow: shorten': async (work) => {
    await work.narrow({ expires_at: new Date(Date.now() + 3_000).toISOString() });
    await work.goesOn(work.one);
    await until('its session is told', async () => (await work.types(work.one.session)).includes('session.told'));
    // And then it is over, by the clock alone.
    await isOver(work);
  },

  extend: async (work) => {
    const expires_at = new Date(Date.now() + 90_000_000).toISOString();
    const successor = must(
      await owner().call(controlApi.extend, { params: { id: work.mandate }, body: { expires_at } }),
    );
    await until(
      'all is bound to the successor',
      async () =>
        (await bench.mission(work.mission)).mandate === successor.id &&
        (await bench.session(work.one.session)).mandate === successor.id,
    );
    for (const one of [work.one, work.two]) {
      await work.goesOn(one);
      expect(await work.state(one.session)).toBe('running');
    }
    expect(await work.queue()).toEqual(['waiting', 'waiting']);
    expect([await work.current(work.held.inside), await work.current(work.held.outside)]).toEqual([true, true]);
    work.go();
    await until('what waited is done', async () => (await work.queue()).every((state) => state === 'done'));
  },

  'budget spent: what is under way finishes': async (work) => {
    await work.narrow({ budgets: [{ kind: 'calls', limit: 1 }] });
    await work.hold('sh').catch(() => undefined);
    await work.goesOn(work.one);
    expect(await work.issues()).toBe(false);
    work.go();
    await bench.reaches(work.mission, 'paused');
    expect(await work.queue()).toEqual(['waiting', 'waiting']);
    await work.goesOn(work.two);
  },

  'budget spent: what is under way is interrupted': async (work) => {
    await work.narrow({ budgets: [{ kind: 'calls', limit: 1, when_spent: 'interrupt' }] });
    await work.hold('sh').catch(() => undefined);
    for (const one of [work.one, work.two]) await work.standsStill(one);
    expect(await work.queue()).toEqual(['waiting', 'waiting']);
    expect(await work.issues()).toBe(false);
  },

  revoke: async (work) => {
    await work.act('revoke');
    await isOver(work);
  },

  complete: async (work) => {
    await work.act('complete');
    await until('the queue is cancelled', async () => (await work.queue()).every((state) => state === 'cancelled'));
    expect(await work.issues()).toBe(false);
    expect([await work.current(work.held.inside), await work.current(work.held.outside)]).toEqual([false, false]);
    // What is under way drains: it writes on, and ends by itself.
    for (const one of [work.one, work.two]) await work.goesOn(one);
    work.go();
    await until('its session is closed', async () => (await work.state(work.one.session)) === 'closed');
    const ends = (
      must(await bench.runtime.call(runtimeApi.sessionLog, { params: { id: work.one.session } })).items as {
        type: string;
        data: { ended?: string; exitCode?: number } | null;
      }[]
    ).filter(({ type }) => type === 'run.ended');
    expect(ends[0]?.data).toMatchObject({ ended: 'exited', exitCode: 0 });
  },
};

describe('a mandate that changes, at the runtime and the enforcer', () => {
  it.each(Object.entries(walked))(
    '%s',
    async (_, walk) => {
      await walk(await atWork());
    },
    60_000,
  );

  it('walks every act that changes what is allowed under a mandate in force', () => {
    const silent = ['delegate'];
    const acts = Object.keys({ ...lifecycle.active, ...lifecycle.suspended }).filter((act) => !silent.includes(act));
    const isWalked = (act: string) =>
      Object.keys(walked).some((name) => name.includes(act === 'expire' ? 'shorten' : act));
    expect(acts.filter((act) => !isWalked(act))).toEqual([]);
  });
});
