/** What a launcher that stands by takes, and what it leaves to whoever asked. A start at a real terminal is in `standby.faults.test.ts`. */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isOwnSocket } from './front.ts';
import type { Standing, Taken } from './stand-by.ts';
import { standBy } from './stand-by.ts';
import type { FromLauncher } from './wire.ts';
import { hearLauncher, tell } from './wire.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'writ-standby-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (): string => join(folder, 'launcher', 'standby.sock');

type Waiting = { readonly taken: Promise<Taken | null>; readonly end: () => void };

async function waiting(changes: Partial<Standing>): Promise<Waiting> {
  const over = new AbortController();
  const taken = standBy({
    ...{ path: path(), program: ['v1', '/here/writ.js'], isCurrent: () => true },
    ...{ signal: over.signal, onTaken: () => undefined },
    ...changes,
  });
  while (!existsSync(path())) await new Promise(setImmediate);
  return { taken, end: () => over.abort() };
}

/** The first word it has for a start. */
async function answerTo(program: readonly [string, string]): Promise<FromLauncher> {
  const socket: Socket = connect(path());
  await once(socket, 'connect');
  const heard = new Promise<FromLauncher>((resolve) => hearLauncher(socket, resolve));
  const env = { HOME: '/nowhere' };
  tell(socket, { type: 'start', pid: process.pid, parent: process.ppid, argv: ['exec'], cwd: folder, env, program });
  const said = await heard;
  // Its close is a hang-up to whoever waits: that is for a process of its own, and this one only asks.
  process.once('SIGHUP', () => undefined);
  socket.destroy();
  return said;
}

test.each([
  ['another version of Node', { program: ['v2', '/here/writ.js'] }],
  ['another checkout', { program: ['v1', '/there/writ.js'] }],
] as const)('a start by %s is its own', async (_, { program }) => {
  const { taken } = await waiting({});
  expect(await answerTo([program[0], program[1]])).toEqual({ type: 'declined' });
  expect(await taken).toBeNull();
});

test('what was changed since it was loaded is not run any more', async () => {
  const { taken } = await waiting({ isCurrent: () => false });
  expect(await answerTo(['v1', '/here/writ.js'])).toEqual({ type: 'declined' });
  expect(await taken).toBeNull();
});

/** Loads two files in a process of its own, does `change` to the first, or the second, and says whether all is as it was loaded. */
const seen = (change: string): string => {
  const script = `
    import { rmSync, utimesSync } from 'node:fs';
    const { rememberSources } = await import(process.argv[1]);
    const sources = rememberSources();
    const [one, two] = process.argv.slice(2);
    for (const file of [one, two]) await import(file);
    ${change};
    console.log(sources.areCurrent() ? 'current' : 'changed');`;
  const files = ['one.mjs', 'two.mjs'].map((name) => join(folder, name));
  for (const file of files) writeFileSync(file, 'export default 1;\n');
  const words = ['--input-type=module', '-e', script, join(import.meta.dirname, 'sources.ts'), ...files];
  return execFileSync(process.execPath, words, { encoding: 'utf8' }).trim();
};

test.each([
  ['nothing', '', 'current'],
  ['a file that was changed', 'utimesSync(one, 1, 1)', 'changed'],
  ['a file that is gone', 'rmSync(two)', 'changed'],
])('of what it was loaded from, %s is seen', (_, change, expected) => {
  expect(seen(change)).toBe(expected);
});

test('it waits where only its user comes, takes one, and is gone when its wait is ended', async () => {
  const { taken, end } = await waiting({});
  expect(isOwnSocket(path())).toBe(true);
  end();
  expect(await taken).toBeNull();
  expect(existsSync(path())).toBe(false);
});

test('nobody is listened to but the user it runs as', async () => {
  const server = createServer();
  const socket = join(folder, 'socket');
  server.listen(socket);
  await once(server, 'listening');
  chmodSync(socket, 0o600);
  const own = process.geteuid?.() ?? 0;
  expect([isOwnSocket(socket, own), isOwnSocket(socket, own + 1)]).toEqual([true, false]);
  expect([isOwnSocket(join(folder, 'none'), own), isOwnSocket(folder, own)]).toEqual([false, false]);
  server.close();
});
