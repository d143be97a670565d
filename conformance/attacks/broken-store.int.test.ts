/**
 * Attack 52: the store fails under control. What has to be written down before it is permitted is refused, with the reason; nothing that was
 * acknowledged is lost; a store that was damaged is not served.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCaller } from '@writ/enforce';
import type { Caller } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import { createLog, startControlServer } from '@writ/server';
import { describe, expect, it } from 'vitest';
import { PostgresServer } from '../../test/kit/postgres/postgres-server.ts';
import { pointAndControl, said, until } from './point.ts';

const caller = (url: string, token: string): Caller => createCaller({ base: { url }, token, timeoutMs: 10_000 });
/** The store's errors are what is provoked here. */
const log = createLog({ plane: 'control', level: 'silent', write: () => undefined, now: Date.now });
const ownerIn = (dir: string): string => readFileSync(join(dir, 'control', 'owner.token'), 'utf8').trim();

/** An approved mandate that may push, and the credential of its agent. */
async function approve(owner: Caller): Promise<{ readonly mandate: string; readonly token: string }> {
  const proposed = await owner.call(controlApi.propose, {
    body: {
      project: 'p',
      purpose: 'work on a disk that fills up',
      actor: 'builder',
      authorization_details: [
        {
          type: 'mission_resource_access',
          resource: 'git://p/refs/heads/writ',
          resource_match: 'prefix',
          actions: ['git.push'],
        },
      ],
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    },
  });
  if (!proposed.ok) throw new Error(proposed.problem.detail);
  const { id: mandate, revision, text_digest } = proposed.value;
  await owner.call(controlApi.approve, { params: { id: mandate }, body: { revision, text_digest } });
  const issued = await owner.call(controlApi.issueCredential, { params: { id: mandate }, body: { run: 'run' } });
  if (!issued.ok) throw new Error(issued.problem.detail);
  return { mandate, token: issued.value.credential };
}

const push = (mandate: string, parameters: object = {}) => ({
  mandate,
  action: 'git.push',
  resource: 'git://p/refs/heads/writ/x',
  parameters: { ...parameters },
});

/** Control in a process of its own whose files may grow to `kilobytes` and no further, as on a disk that is full. */
async function controlOnSmallDisk(dir: string, kilobytes: number) {
  const script = `
    const { startControlServer } = await import(${JSON.stringify(import.meta.resolve('@writ/server'))});
    const server = await startControlServer({ dir: ${JSON.stringify(dir)} });
    process.stdout.write(server.url + '\\n');`;
  const child = spawn(
    'bash',
    ['-c', `ulimit -S -f ${String(kilobytes)}; exec "$0" --input-type=module -e "$1"`, process.execPath, script],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  // What a stream without an encoding gives.
  const [url] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    url: url.toString().trim(),
    /** The shell became it. */
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

describe('attack 52: a disk that is full', () => {
  it('permits nothing it cannot write down, says why, and keeps what it had acknowledged', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'writ-full-'));
    await (await startControlServer({ dir })).close();
    const begun: string[] = [];
    let mandate: string;
    {
      await using control = await controlOnSmallDisk(dir, 1_024);
      using owner = caller(control.url, ownerIn(dir));
      const approved = await approve(owner);
      ({ mandate } = approved);
      using agent = caller(control.url, approved.token);
      const large = 'x'.repeat(20_000);
      let refusal;
      for (let n = 0; n < 500 && refusal === undefined; n += 1) {
        const answer = await agent.call(controlApi.begin, {
          body: { ...push(mandate), facts: { tool: `${large}${String(n)}` } },
          idempotencyKey: `k${String(n)}`,
        });
        if (answer.ok) begun.push(answer.value.operation.id);
        else refusal = answer.problem;
      }
      expect(refusal).toMatchObject({ status: 503, code: 'store_failed' });
      expect(refusal?.detail).toMatch(/nothing was permitted/);
      // A no that cannot be recorded is still no yes.
      const outside = { ...push(mandate), resource: 'git://p/refs/heads/main', parameters: { pad: large } };
      expect(await agent.call(controlApi.check, { body: outside })).not.toMatchObject({
        ok: true,
        value: { decision: 'permit' },
      });
    }
    await using back = await startControlServer({ dir });
    using owner = caller(back.url, ownerIn(dir));
    const listed = await owner.call(controlApi.listOperations, { query: { mandate } });
    const ids = listed.ok ? listed.value.items.map(({ id }) => id) : [];
    expect(begun.length).toBeGreaterThan(3);
    expect(ids).toEqual(expect.arrayContaining(begun));
    expect(await owner.call(controlApi.verify)).toMatchObject({ ok: true, value: { ok: true } });
    await back.close();
    rmSync(dir, { recursive: true });
  });
});

describe('attack 52: a store that is gone', () => {
  it('permits nothing that needs its word, and goes on with what it had acknowledged once it is back', async () => {
    await using postgres = await PostgresServer.start();
    const dir = mkdtempSync(join(tmpdir(), 'writ-gone-'));
    writeFileSync(join(dir, 'store.json'), JSON.stringify({ store: postgres.url }), { mode: 0o600 });
    await using control = await startControlServer({ dir, log });
    using owner = caller(control.url, ownerIn(dir));
    const { mandate, token } = await approve(owner);
    using agent = caller(control.url, token);
    const begin = (idempotencyKey: string) => agent.call(controlApi.begin, { body: push(mandate), idempotencyKey });
    const before = await begin('before');
    expect(before.ok).toBe(true);
    await postgres.kill();
    const timeoutMs = 2_000;
    const answers = await Promise.all([
      agent.call(controlApi.begin, { body: push(mandate), idempotencyKey: 'during', timeoutMs }),
      agent.call(controlApi.check, { body: push(mandate), timeoutMs }),
    ]);
    for (const answer of answers) expect(answer).toMatchObject({ ok: false, problem: { status: 503 } });
    // A permit from before is not taken either: nobody could write down that it was.
    const permit = before.ok ? before.value.permit : '';
    using sink = caller(control.url, readFileSync(join(dir, 'control', 'points', 'sink.token'), 'utf8').trim());
    const redeem = () =>
      sink.call(controlApi.redeem, {
        body: { permit, action: 'git.push', resource: 'git://p/refs/heads/writ/x' },
        idempotencyKey: 'r',
        timeoutMs,
      });
    expect(await redeem()).not.toMatchObject({ ok: true, value: { current: true } });
    await postgres.resume();
    await expect.poll(async () => (await begin('after')).ok, { timeout: 20_000 }).toBe(true);
    expect(await redeem()).toMatchObject({ ok: true });
    const listed = await owner.call(controlApi.listOperations, { query: { mandate } });
    expect(listed.ok && listed.value.items.map(({ id }) => id)).toContain(before.ok && before.value.operation.id);
    rmSync(dir, { recursive: true });
  });
});

describe('attack 52: a store that turns read-only in the middle of a run', () => {
  // A limit on files that is set from outside while control runs is what only Linux has.
  it.runIf(process.platform === 'linux')(
    'permits nothing more, what a point holds ends at its bound, and a stop that could not be written is not said to be',
    async () => {
      let pid = 0;
      await using world = await pointAndControl(undefined, async (dir) => {
        const process = await controlOnSmallDisk(dir, 1_000_000);
        pid = process.pid ?? 0;
        return { url: process.url, close: () => process[Symbol.asyncDispose]() };
      });
      const details = [
        { type: 'mission_resource_access', resource: 'workspace://p/', resource_match: 'prefix', actions: ['file.*'] },
        { type: 'mission_resource_access', resource: 'git://p/', resource_match: 'prefix', actions: ['git.push'] },
      ];
      const run = await world.run({ authorization_details: details });
      const { token, body } = { token: run.credential, body: push(run.mandate) };
      const begin = (idempotencyKey: string) => world.point.call(controlApi.begin, { token, idempotencyKey, body });
      const { operation, permit } = await world.must(begin('before'));
      await world.artifacts.hold(run);
      // Another run that asks nothing: its point has nothing to report that could not be written.
      const idle = await world.run();
      await using elsewhere = world.stranger();
      await elsewhere.hold(idle);
      const asked = { mandate: run.mandate, action: 'file.write', resource: 'workspace://p/a' };
      const check = () => world.point.call(controlApi.check, { token, body: asked });
      expect(await check()).toMatchObject({ ok: true, value: { decision: 'permit' } });

      // No file of it takes another byte.
      execFileSync('prlimit', ['--pid', String(pid), '--fsize=0:unlimited']);
      const failed = { ok: false, problem: { status: 503, code: 'store_failed' } };
      expect(await begin('during')).toMatchObject(failed);
      const renewal = { params: { id: operation.id }, body: {} };
      expect(await world.point.call(controlApi.renew, { token, ...renewal })).toMatchObject(failed);
      const redemption = { permit, action: body.action, resource: body.resource, parameters: {} };
      const redeem = () => world.point.call(controlApi.redeem, { token: world.sinkToken, body: redemption });
      expect(await redeem()).toMatchObject(failed);
      const revocation = { params: { id: run.mandate }, body: {} };
      expect(await world.person.call(controlApi.revoke, revocation)).toMatchObject(failed);
      // Nothing is answered that could not be stopped: not by control, and by a point no longer than the yes it has is good for.
      expect(await check()).toMatchObject(failed);
      expect(said(await world.ask(run))).toBe('permit from artifact');
      world.wait(4_999);
      await world.artifacts.renew();
      expect(said(await world.ask(run))).toBe('permit from artifact');
      world.wait(1);
      await elsewhere.renew();
      expect((await world.ask(run)).decision).toBe('refuse');
      expect((await world.ask(idle, {}, world.answersOf(elsewhere))).decision).toBe('refuse');

      execFileSync('prlimit', ['--pid', String(pid), '--fsize=unlimited:unlimited']);
      await until('control says yes again', async () => (await check()).ok);
      // It is on record that nothing was permitted; what was refused did not happen, and what was acknowledged is there.
      expect(await world.recorded('attempt.refused')).toMatchObject([{ data: { code: 'store_failed' } }]);
      expect(await world.recorded('mandate.revoked')).toEqual([]);
      const ids = (await world.recorded('operation.begun')).map(({ stream }) => stream);
      expect(ids).toEqual([`operation-${operation.id}`]);
      expect(await redeem()).toMatchObject({ ok: true, value: { current: true } });
      expect(await world.person.call(controlApi.verify)).toMatchObject({ ok: true, value: { ok: true } });
    },
  );
});

describe('attack 52: a page that was damaged', () => {
  it('is found before anything is served from it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'writ-damaged-'));
    const first = await startControlServer({ dir });
    {
      using owner = caller(first.url, ownerIn(dir));
      for (let n = 0; n < 20; n += 1) await approve(owner);
    }
    await first.close();
    const path = join(dir, 'control', 'control.db');
    expect(readdirSync(join(dir, 'control'))).not.toContain('control.db-wal');
    const pageBytes = 4_096;
    const pages = Math.floor(statSync(path).size / pageBytes);
    const file = openSync(path, 'r+');
    for (let page = 2; page < pages; page += 1)
      writeSync(file, Buffer.alloc(64, 0xff), 0, 64, page * pageBytes + 2_000);
    await expect(startControlServer({ dir }).then(async (server) => server.close())).rejects.toThrow();
    rmSync(dir, { recursive: true });
  });
});
