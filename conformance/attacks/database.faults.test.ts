/**
 * Attack 52, on a database that several nodes share: one that turns read-only, and one that a node cannot reach any more while another writes. No yes outlasts its bound, whoever gave it.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCaller, createControlClient } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import { createLog, startControlServer } from '@writ/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { wayTo } from '../../test/kit/net/way-to.ts';
import { PostgresServer } from '../../test/kit/postgres/postgres-server.ts';
import { pointAndControl, said } from './point.ts';

/** As old as a yes may be, with what an answer takes on a busy machine. */
const boundMs = 5_000 + 1_500;
/** The store's errors are what is provoked here. */
const log = createLog({ plane: 'control', level: 'silent', write: () => undefined, now: Date.now });

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await PostgresServer.start();
}, 60_000);
afterAll(() => postgres[Symbol.asyncDispose]());

/** Control over the database at `url`, beside a point of its own. */
const over = (url: string) =>
  pointAndControl(undefined, async (dir) => {
    writeFileSync(join(dir, 'store.json'), JSON.stringify({ store: url }), { mode: 0o600 });
    const server = await startControlServer({ dir, log });
    return { url: server.url, close: () => server.close() };
  });

/** When the last yes was asked for, in milliseconds from now; asks until there is none. */
async function lastYes(ask: () => Promise<{ readonly ok: boolean }>): Promise<number> {
  const began = performance.now();
  for (let last = 0; ; await sleep(50)) {
    const at = performance.now() - began;
    if (!(await ask()).ok) return last;
    last = at;
    expect(last).toBeLessThan(boundMs);
  }
}

it('a database that turns read-only: what could not be stopped is not permitted', { timeout: 60_000 }, async () => {
  await using world = await over(postgres.url);
  const run = await world.run({ expires_at: new Date(Date.now() + 3_600_000).toISOString() });
  await world.artifacts.hold(run);
  const body = { mandate: run.mandate, action: 'file.write', resource: 'workspace://p/a' };
  const check = () => world.point.call(controlApi.check, { token: run.credential, body });
  expect(await check()).toMatchObject({ ok: true, value: { decision: 'permit' } });

  await postgres.query('ALTER SYSTEM SET default_transaction_read_only = on');
  await postgres.query('SELECT pg_reload_conf()');
  const stop = { params: { id: run.mandate }, body: {}, timeoutMs: 40_000 };
  const revoked = world.person.call(controlApi.revoke, stop);
  await lastYes(check);
  // Nor does it vouch for anything any more: what the point holds is all it has.
  await world.artifacts.renew();
  world.wait(5_000);
  expect((await world.ask(run)).decision).toBe('refuse');

  await postgres.query('ALTER SYSTEM RESET default_transaction_read_only');
  await postgres.query('SELECT pg_reload_conf()');
  expect(await revoked).toMatchObject({ ok: true });
  expect((await check()).ok && said(await world.ask(run))).not.toMatch(/permit/);
});

it('a node that cannot reach the database does not say yes from what it remembers', { timeout: 60_000 }, async () => {
  await using world = await over(postgres.url);
  const run = await world.run({ expires_at: new Date(Date.now() + 3_600_000).toISOString() });
  await using way = await wayTo(Number(new URL(postgres.url).port));
  const dir = mkdtempSync(join(tmpdir(), 'writ-node-'));
  cpSync(join(world.dir, 'control'), join(dir, 'control'), { recursive: true });
  const url = new URL(postgres.url);
  url.host = `127.0.0.1:${String(way.port)}`;
  writeFileSync(join(dir, 'store.json'), JSON.stringify({ store: String(url) }), { mode: 0o600 });
  const other = await startControlServer({ dir, log });
  using node = createCaller({ base: { url: other.url }, token: run.credential, timeoutMs: 10_000 });
  using point = createCaller({ base: { url: other.url }, token: tokenIn(dir), timeoutMs: 10_000 });
  const body = { mandate: run.mandate, action: 'file.read', resource: 'workspace://p/a' };
  const check = () => node.call(controlApi.check, { body });
  const hear = () =>
    point.call(controlApi.registerPoint, {
      params: { id: 'enforcer' },
      body: { kind: 'enforcer', boot: 'b', position: 0, holdings: [] },
    });
  expect(await check()).toMatchObject({ ok: true, value: { decision: 'permit' } });
  expect(await hear()).toMatchObject({ ok: true });
  using follower = createControlClient({ base: { url: other.url }, token: tokenIn(dir), timeoutMs: 10_000 });
  const leaving = new AbortController();
  let beatAt = 0;
  const following = follower.watch({
    after: null,
    signal: leaving.signal,
    onChange: () => undefined,
    onGap: () => undefined,
    onHeard: () => {
      beatAt = performance.now();
    },
  });
  await expect.poll(() => beatAt).toBeGreaterThan(0);

  way.cut();
  const cutAt = performance.now();
  await world.must(world.person.call(controlApi.revoke, { params: { id: run.mandate }, body: {} }));
  // It is not heard as control, so that what runs stands still, and its yeses end at their bound.
  const heard = await lastYes(hear);
  expect(heard).toBeLessThan(2_500);
  await lastYes(check);
  // Nor by its change stream, however often that is opened anew.
  expect(beatAt - cutAt).toBeLessThan(2_500);
  way.mend();
  await expect.poll(async () => (await check()).ok, { timeout: 30_000 }).toBe(true);
  expect(await check()).toMatchObject({ value: { decision: 'refuse', reason: { code: 'mandate_inactive' } } });
  leaving.abort();
  await following.done;
  await other.close();
  rmSync(dir, { recursive: true });
});

const tokenIn = (dir: string): string => readFileSync(join(dir, 'control', 'points', 'enforcer.token'), 'utf8').trim();
