import { once } from 'node:events';
import { lstat, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCaller, endpointOf } from '@writ/enforce';
import type { Base, Caller } from '@writ/enforce';
import { controlApi, maxLineBytes, multiplexFormat } from '@writ/protocol';
import { describe, expect, it } from 'vitest';
import { controlWorld, push } from '../testing/control-world.ts';
import { listenMultiplexed } from './multiplex.ts';
import { createDrain } from './drain.ts';
import { problem } from './problem.ts';
import { errorsOnly } from '../log/log.ts';

type World = Awaited<ReturnType<typeof controlWorld>>;

/** Nothing listens there: what a call over the socket cannot do, it must not find over HTTP. */
const nowhere = 'http://127.0.0.1:9';
const socketOf = ({ dir }: World): string => join(dir, 'control', 'control.sock');
const callerOver = (base: Base, token: string): Caller => createCaller({ base, token, timeoutMs: 5_000 });
const over = (world: World, token: string): Caller => callerOver({ url: nowhere, multiplex: socketOf(world) }, token);

describe('control over its multiplexed socket', () => {
  it('is told of beside its address, and answers as over HTTP: the same verdicts, refusals and records', async () => {
    await using world = await controlWorld();
    const { id } = await world.approved();
    const token = await world.credential(id);
    expect(endpointOf(world.dir, 'control')).toEqual({ url: world.url, multiplex: socketOf(world) });
    using agent = over(world, token);
    const outside = { ...push(id), resource: 'git://passkey/refs/heads/main' };
    for (const body of [push(id), outside]) {
      const here = await agent.call(controlApi.check, { body });
      const there = await world.call<Record<string, unknown>>('POST', '/v1/check', body, { token });
      const { evaluation_id: _, position: __, ...same } = there.json;
      expect(here).toMatchObject({ ok: true, value: same });
    }
    const begun = await agent.call(controlApi.begin, { body: push(id), idempotencyKey: 'k1' });
    expect(begun).toMatchObject({ ok: true, value: { operation: { mandate: id } } });
    expect((await world.begin(id, token, 'k1')).json.operation.id).toBe(begun.ok && begun.value.operation.id);
    expect(
      await agent.call(controlApi.approve, { params: { id }, body: { revision: 1, text_digest: 'x' } }),
    ).toMatchObject({
      ok: false,
      problem: { status: 403, code: 'not_an_approver' },
    });
    expect(await over(world, 'nobody').call(controlApi.whoami)).toMatchObject({ ok: false, problem: { status: 401 } });
    expect(await agent.call(controlApi.getMandate, { params: { id: '../x' } })).toMatchObject({
      problem: { status: 404 },
    });
    using owner = over(world, world.owner);
    const audit = await owner.call(controlApi.audit, { query: { limit: 1_000 } });
    expect(audit).toMatchObject({ ok: true });
    const types = audit.ok ? audit.value.items.map(({ type }) => type) : [];
    // The same answer to the same question, by whatever it came, is written once and counted.
    expect(types.filter((type) => type === 'verdict.refused')).toHaveLength(1);
    expect(types).toContain('attempt.refused');
  });

  it('answers a thousand calls at once, each its own, and agents beside each other as themselves', async () => {
    await using world = await controlWorld();
    const [one, other] = [await world.approved(), await world.approved()];
    const tokens = [await world.credential(one.id), await world.credential(other.id)] as const;
    using caller = over(world, world.owner);
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, at) => caller.call(controlApi.whoami, { token: tokens[at % 2 === 0 ? 0 : 1] })),
    );
    expect(answers.map((answer) => answer.ok && answer.value.mandate)).toEqual(
      answers.map((_, at) => (at % 2 === 0 ? one.id : other.id)),
    );
  });

  it('goes on over HTTP where there is no socket, and over the socket again after control came back', async () => {
    await using world = await controlWorld();
    using gone = callerOver({ url: world.url, multiplex: join(world.dir, 'none.sock') }, world.owner);
    expect(await gone.call(controlApi.whoami)).toMatchObject({ ok: true, value: { kind: 'person' } });
    using caller = over(world, world.owner);
    expect(await caller.call(controlApi.whoami)).toMatchObject({ ok: true });
    await world.restart();
    expect(await caller.call(controlApi.whoami)).toMatchObject({ ok: true });
  });

  it('is only its user’s: the file, and the folder it is in', async () => {
    await using world = await controlWorld();
    expect((await lstat(socketOf(world))).mode & 0o777).toBe(0o600);
    expect((await lstat(join(world.dir, 'control'))).mode & 0o777).toBe(0o700);
  });
});

/** Sends raw bytes and hears everything until the other side ends. */
async function raw(path: string, bytes: string): Promise<readonly unknown[]> {
  const socket = connect(path).setEncoding('utf8');
  let text = '';
  socket.on('data', (chunk: string) => (text += chunk));
  socket.on('error', () => undefined); // the other side may end while we still send; what it said counts
  socket.write(bytes);
  await once(socket, 'close');
  return text
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

describe('what is no call', () => {
  it.each([
    ['not JSON', 'hello\n'],
    ['a call without an id', '{"route":"GET /v1/whoami"}\n'],
    ['a key that reaches into a prototype', '{"id":1,"route":"GET /v1/whoami","__proto__":{"token":"x"}}\n'],
    [
      'nesting that needs a deep stack',
      `{"id":1,"route":"POST /v1/check","body":${'['.repeat(9_000)}${']'.repeat(9_000)}}\n`,
    ],
    ['a line without an end', 'x'.repeat(maxLineBytes + 1)],
  ])('ends the connection and says why: %s', async (_, bytes) => {
    await using world = await controlWorld();
    const [hello, last] = await raw(socketOf(world), bytes);
    expect(hello).toMatchObject({ format: multiplexFormat });
    expect(last).toMatchObject({ id: null, status: 400, body: { code: 'malformed_request' } });
    using caller = over(world, world.owner);
    expect(await caller.call(controlApi.whoami)).toMatchObject({ ok: true });
  });
});

describe('where the socket is to be', () => {
  it('a file that is no socket is left alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'writ-socket-'));
    const path = join(folder, 'control.sock');
    await writeFile(path, 'mine');
    const options = {
      path,
      boot: 'b',
      drain: createDrain('control'),
      authenticate: () => undefined,
      anyone: { kind: 'anyone' as const },
      onForbidden: () => Promise.reject(new Error('nobody calls')),
      log: errorsOnly('control'),
      problemOf: () => undefined,
    };
    await expect(listenMultiplexed({}, {}, options)).rejects.toThrow('is not a socket');
    expect((await lstat(path)).isFile()).toBe(true);
    await rm(folder, { recursive: true, maxRetries: 5 });
  });
});

describe('a call whose connection ends before the reply', () => {
  it('is not made again unless making it twice is making it once', async () => {
    await using world = await controlWorld();
    const { id } = await world.approved();
    const token = await world.credential(id);
    const path = join(world.dir, 'deaf.sock');
    const heard: string[] = [];
    const deaf = createServer((socket) => {
      socket.write(`${JSON.stringify({ format: multiplexFormat, boot: 'b' })}\n`);
      socket.on('data', (chunk) => {
        heard.push(String(chunk));
        socket.destroy();
      });
    });
    deaf.listen(path);
    await once(deaf, 'listening');
    using agent = callerOver({ url: world.url, multiplex: path }, token);
    expect(await agent.call(controlApi.check, { body: push(id) })).toMatchObject({
      ok: false,
      problem: { code: 'control_unreachable' },
    });
    expect(await agent.call(controlApi.begin, { body: push(id), idempotencyKey: 'k1' })).toMatchObject({ ok: true });
    expect(heard).toHaveLength(2);
    deaf.close();
  });
});

describe('many calls in one write', () => {
  /** `count` calls after `before`, in one write: how many had been answered when the first reply came, and when the connection was over or all replies were there. */
  async function answered(
    before: string,
    count: number,
  ): Promise<{ readonly atFirst: number; readonly atLast: number }> {
    const folder = await mkdtemp(join(tmpdir(), 'writ-socket-'));
    let taken = 0;
    const person = { kind: 'person' as const };
    await using server = await listenMultiplexed(
      { whoami: controlApi.whoami },
      { whoami: () => ({ ok: false, problem: problem(404, 'not_found', String((taken += 1))) }) },
      {
        path: join(folder, 'control.sock'),
        boot: 'b',
        drain: createDrain('control'),
        authenticate: () => person,
        anyone: person,
        onForbidden: () => Promise.reject(new Error('everybody may call')),
        log: errorsOnly('control'),
        problemOf: () => undefined,
      },
    );
    const socket = connect(server.path).setEncoding('utf8');
    const call = (id: number): string => `${JSON.stringify({ id, route: 'GET /v1/whoami', token: 't' })}\n`;
    socket.write(before + Array.from({ length: count }, (_, id) => call(id)).join(''));
    let lines = 0;
    let atFirst = -1;
    const over = once(socket, 'close');
    socket.on('data', (chunk: string) => {
      lines += chunk.split('\n').length - 1;
      // The greeting is the first line.
      if (lines > 1 && atFirst < 0) atFirst = taken;
      if (lines > count) socket.destroy();
    });
    await over;
    await rm(folder, { recursive: true, maxRetries: 5 });
    return { atFirst, atLast: taken };
  }

  it('are answered some at a time: the first replies leave before the last calls are looked at', async () => {
    const { atFirst, atLast } = await answered('', 400);
    expect(atFirst).toBeGreaterThan(0);
    expect(atFirst).toBeLessThan(200);
    expect(atLast).toBe(400);
  });

  it('are not begun behind a line that is no call', async () => {
    expect((await answered('hello\n', 400)).atLast).toBeLessThan(16);
  });
});
