/**
 * Every resume point there is, walked at the real planes: with the mandate gone each leaves the session inert, and with the mandate narrowed each gets what was recorded ∩ what is allowed now.
 * openai/codex#40149, #28296: a resumed turn wrote what its sandbox had blocked.
 */

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi, runtimeApi } from '@writ/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Bench, SessionWire } from './testing.ts';
import { must, openBench, until } from './testing.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

type Wake = NonNullable<(typeof runtimeApi.admit.body)['_zod']['input']['wake']>;
type Made = { readonly session: SessionWire; readonly mandate: string; readonly dir: string };

const program = (name: string) => ({ resource: `shell://p/${name}`, actions: ['shell.run'] });
let made = 0;

/** A session whose program makes a file, under a mandate that allows it and `true`. */
async function work(argv = ['sh', '-c', 'echo x > made']): Promise<Made> {
  const dir = join(bench.house.work, `place-${String((made += 1))}`);
  mkdirSync(dir);
  const mandate = await bench.house.mandate([program('sh'), program('true'), program('touch')]);
  const credential = await bench.house.credential(mandate, `s-${String(made)}`);
  const body = { title: 't', project: 'p', agent: 'worker', driver: 'command' as const, workspace: dir };
  return {
    session: must(await bench.runtime.call(runtimeApi.createSession, { body: { ...body, mandate, credential, argv } })),
    mandate,
    dir,
  };
}
const params = ({ session }: Made) => ({ id: session.id });
const admitAs =
  (wake: Wake) =>
  async (one: Made): Promise<void> => {
    await bench.runtime.call(runtimeApi.admit, { params: params(one), body: { text: 'go', wake } });
  };
const renew =
  (take: boolean) =>
  async (one: Made): Promise<void> => {
    const issued = await bench.house.owner.call(controlApi.issueCredential, {
      params: { id: one.mandate },
      body: { run: `again-${one.session.id}` },
    });
    const credential = issued.ok ? issued.value.credential : 'one from before';
    await bench.runtime.call(runtimeApi.admit, { params: params(one), body: { text: 'go' } });
    await bench.runtime.call(runtimeApi.renewCredential, { params: params(one), body: { credential, take } });
  };
const unpause = async (one: Made): Promise<void> => {
  await bench.runtime.call(runtimeApi.pauseSession, { params: params(one), body: {} });
  await bench.runtime.call(runtimeApi.admit, { params: params(one), body: { text: 'go' } });
  await bench.runtime.call(runtimeApi.unpauseSession, { params: params(one), body: {} });
};

/** What each resume point is when it is brought about from outside. A new one does not compile without its row. */
const points: Readonly<Record<Wake, (one: Made) => Promise<void>>> = {
  person: unpause,
  timer: admitAs('timer'),
  child: admitAs('child'),
  retry: admitAs('retry'),
  queue: admitAs('queue'),
  restart: async (one) => {
    await bench.restart();
    await admitAs('restart')(one);
  },
  handoff: renew(true),
  credential: renew(false),
  late_result: admitAs('late_result'),
  model: admitAs('model'),
  workspace: admitAs('workspace'),
  fork: admitAs('fork'),
};

it.each(Object.entries(points))('%s: nothing runs, for good, once the mandate is gone', async (_, wake) => {
  const one = await work();
  must(await bench.house.owner.call(controlApi.revoke, { params: { id: one.mandate }, body: {} }));
  await wake(one);
  await until('it is inert', async () => (await bench.session(one.session.id)).state === 'inert');
  await bench.server().runtime.settled();
  expect(existsSync(join(one.dir, 'made'))).toBe(false);
  expect(await bench.types(one.session.id)).not.toContain('run.started');
});

it.each(Object.entries(points))('%s: what the mandate lost is not done, and what it kept is', async (name, wake) => {
  const [lost, kept] = [await work(), await work(['touch', 'made'])];
  for (const { mandate } of [lost, kept])
    must(
      await bench.house.owner.call(controlApi.narrow, {
        params: { id: mandate },
        body: { authorization_details: [{ type: 'mission_resource_access', ...program('touch') }] },
      }),
    );
  await wake(lost);
  await wake(kept);
  await until('one waits', async () => (await bench.session(lost.session.id)).state === 'paused');
  expect(await bench.session(lost.session.id)).toMatchObject({
    // A person's pause is only ever ended by going on.
    paused_by: name === 'person' ? 'person' : 'scope',
  });
  await until('the other worked', () => existsSync(join(kept.dir, 'made')));
  await bench.server().runtime.settled();
  expect(existsSync(join(lost.dir, 'made'))).toBe(false);
});
