/**
 * Attack 53 over a journal that was set back: keys that were retired come back with it. A sink and an enforcement point that have seen the newer ring go on through it all: they believe
 * nothing of the older one, and what control signs once it knows that it was set back.
 */
import { createCaller, createControlClient, createHeldArtifacts, createSink } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import { startControlServer } from '@writ/server';
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const wanted = { action: 'file.write', resource: 'workspace://p/a', parameters: { tree: 'abc' } };

async function world() {
  const dir = mkdtempSync(join(tmpdir(), 'writ-restored-'));
  let server = await startControlServer({ dir });
  const control = join(dir, 'control');
  const tokenIn = (path: string) => readFileSync(join(control, path), 'utf8').trim();
  const clock = { now: Date.now() };
  const clocks = { wall: () => clock.now, monotonic: () => clock.now };
  const base = () => ({ url: server.url });
  const person = createCaller({ base, token: tokenIn('owner.token'), timeoutMs: 5_000 });
  const runtime = createCaller({ base, token: tokenIn('points/runtime.token'), timeoutMs: 5_000 });
  const point = createControlClient({ base, token: tokenIn('points/launcher.token'), timeoutMs: 5_000 });
  const sink = createSink({
    control: createCaller({ base, token: null, timeoutMs: 5_000 }),
    token: tokenIn('points/sink.token'),
    timeoutMs: 5_000,
    clock: clocks,
  });
  const artifacts = createHeldArtifacts({ control: point, point: 'launcher-x', clock: clocks, timeoutMs: 5_000 });
  const must = async <T>(reply: Promise<{ ok: true; value: T } | { ok: false; problem: { detail: string } }>) => {
    const got = await reply;
    if (!got.ok) throw new Error(got.problem.detail);
    return got.value;
  };
  return {
    person,
    must,
    control,
    async approved() {
      const { id, revision, text_digest } = await must(
        person.call(controlApi.propose, {
          body: {
            project: 'p',
            purpose: 'attacked',
            actor: 'builder',
            authorization_details: [
              {
                type: 'mission_resource_access',
                resource: 'workspace://p/',
                resource_match: 'prefix',
                actions: ['file.*'],
              },
            ],
            expires_at: new Date(Date.now() + 3_600_000).toISOString(),
          },
        }),
      );
      const params = { id };
      await must(person.call(controlApi.approve, { params, body: { revision, text_digest } }));
      const { credential } = await must(person.call(controlApi.issueCredential, { params, body: { run: 'run' } }));
      return { mandate: id, credential };
    },
    rotate: (use: 'permit' | 'artifact') => must(person.call(controlApi.rotateKey, { body: { use, now: true } })),
    /** Whether the sink takes a fresh permit, and the point an artifact. Long enough after the last time for both to ask for keys anew. */
    async believed({ mandate, credential }: { mandate: string; credential: string }) {
      clock.now += 6 * 60_000;
      const begun = await must(
        person.call(controlApi.begin, {
          token: credential,
          idempotencyKey: randomUUID(),
          body: { mandate, ...wanted },
        }),
      );
      const redeemed = await sink.redeem({ permit: begun.permit, ...wanted });
      artifacts.release(credential);
      await artifacts.hold({ mandate, credential });
      const held = artifacts.get({ mandate, credential }) !== null;
      return { sink: redeemed.ok ? 'taken' : redeemed.reason.sentence, point: held };
    },
    /** As the runtime says what it has seen of control’s journal; answers with where it stands now. */
    heartbeat: async (witness?: { incarnation: number; position: number; hash: string }) =>
      (
        await must(
          runtime.call(controlApi.registerPoint, {
            params: { id: 'runtime' },
            body: {
              kind: 'runtime',
              boot: 'b',
              position: 0,
              holdings: [],
              ...(witness === undefined ? {} : { witness }),
            },
          }),
        )
      ).standing,
    /** Stops control, does `between`, starts it again. */
    async restart(between: () => void) {
      await server.close();
      between();
      server = await startControlServer({ dir });
    },
    async [Symbol.asyncDispose]() {
      await artifacts[Symbol.asyncDispose]();
      for (const one of [person, runtime, point, sink]) one[Symbol.dispose]();
      await server.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

test('attack 53: a ring that was set back is believed nowhere, until control knows that it was, and then none of its keys is', async () => {
  await using it = await world();
  const run = await it.approved();
  const keyFiles = join(it.control, 'keys');
  const [leaked] = (await it.must(it.person.call(controlApi.listKeys))).items.filter(({ use }) => use === 'permit');
  const half = readFileSync(join(keyFiles, `${leaked?.id ?? ''}.jwk`));
  expect(await it.believed(run)).toEqual({ sink: 'taken', point: true });
  const yesterday = join(it.control, 'yesterday.db');
  await it.restart(() => {
    copyFileSync(join(it.control, 'control.db'), yesterday);
  });
  // Often enough that the ring that is made after the restore counts fewer epochs than this one.
  for (let times = 0; times < 5; times += 1) for (const use of ['permit', 'artifact'] as const) await it.rotate(use);
  await it.must(it.person.call(controlApi.retireKey, { params: { id: leaked?.id ?? '' }, body: { reason: 'leaked' } }));
  expect(await it.believed(run)).toEqual({ sink: 'taken', point: true });
  const seen = await it.heartbeat();

  // Set back, and control’s own note with it: nobody has told it yet.
  await it.restart(() => {
    copyFileSync(yesterday, join(it.control, 'control.db'));
    for (const suffix of ['-wal', '-shm']) rmSync(join(it.control, `control.db${suffix}`), { force: true });
    rmSync(join(it.control, 'seen.json'));
    writeFileSync(join(keyFiles, `${leaked?.id ?? ''}.jwk`), half, { mode: 0o600 });
  });
  const shown = await it.must(it.person.call(controlApi.keys));
  expect(shown.keys.map(({ kid }) => kid)).toContain(leaked?.id);
  expect(await it.believed(run)).toEqual({ sink: expect.stringContaining('older keys') as string, point: false });

  // The runtime brings what it has seen: another incarnation, new keys, every mandate suspended.
  await it.heartbeat(seen);
  const after = await it.must(it.person.call(controlApi.keys));
  expect(after.incarnation).toBe(2);
  expect(after.keys.map(({ kid }) => kid)).not.toContain(leaked?.id);
  await it.must(it.person.call(controlApi.reinstate, { params: { id: run.mandate }, body: { reason: 'looked at' } }));
  expect(await it.believed(run)).toEqual({ sink: 'taken', point: true });
});
