/** Nobody is asked about what no yes would open: what this machine knows to lead to itself, or to no public place, is refused at the gate before control or a person hears of it. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../client/clock.ts';
import { createControlClient } from '../../client/control-client.ts';
import { createHeldArtifacts } from '../../client/held-artifacts.ts';
import { createVerdicts } from '../../client/verdicts.ts';
import { createSessionWays } from '../session-ways.ts';
import type { RefusedThere } from './ask-person.ts';

const asked: RefusedThere[] = [];
const refused: string[] = [];
let [dir, socketPath] = ['', ''];
let open: AsyncDisposableStack;
beforeEach(async () => {
  open = new AsyncDisposableStack();
  dir = mkdtempSync(join(tmpdir(), 'writ-nowhere-'));
  open.defer(() => rmSync(dir, { recursive: true, force: true }));
  socketPath = join(dir, 'gate.sock');
  [asked.length, refused.length] = [0, 0];
  // Control is away: what is asked about reaches the person with that.
  const control = createControlClient({ base: () => null, token: null, timeoutMs: 500 });
  open.defer(() => control[Symbol.dispose]());
  const artifacts = open.use(createHeldArtifacts({ control, point: 'p', clock: systemClock, timeoutMs: 500 }));
  const pointToken = (): null => null;
  const containment = { files: 'worktree', network: 'gated', credentials: 'none' } as const;
  const ways = open.use(
    createSessionWays({
      dir,
      holder: { run: 's-1', session: 's-1', mandate: 'm-1', project: 'app', credential: 'none', containment },
      ...{ control, pointToken, clock: systemClock },
      verdicts: createVerdicts({ control, artifacts, pointToken }),
      closedBecause: () => null,
      askPerson(one) {
        asked.push(one);
        return Promise.resolve(null);
      },
      onRefused: (_, sentence) => void refused.push(sentence),
      warn: () => undefined,
    }),
  );
  await ways.openGate(socketPath);
});
afterEach(() => open[Symbol.asyncDispose]());

/** What the gate answers to a `CONNECT`, or to a request in the clear. */
async function answered(method: 'CONNECT' | 'GET', path: string): Promise<string> {
  const sent = request({ socketPath, method, path });
  sent.end();
  if (method === 'CONNECT') {
    // The arguments of these events.
    const [{ statusCode }, , head] = (await once(sent, 'connect')) as [{ statusCode: number }, unknown, Buffer];
    return `${String(statusCode)} ${head.toString()}`;
  }
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  let text = `${String(response.statusCode)} `;
  for await (const chunk of response) text += String(chunk);
  return text;
}

test.each([
  [
    'CONNECT',
    'localhost:22',
    '`localhost:22` leads where nothing goes: 127.0.0.1 is not a public address',
    '127.0.0.1',
  ],
  ['CONNECT', 'db.localhost:22', '`db.localhost:22` leads where nothing goes: 127.0.0.1 is not', '127.0.0.1'],
  ['CONNECT', '10.0.0.8:22', 'writ: refused: 10.0.0.8 is not a public address', '10.0.0.8'],
  ['CONNECT', '[::1]:22', 'writ: refused: ::1 is not a public address', '[::1]'],
  ['GET', 'http://localhost:22/', '`localhost:22` leads where nothing goes: 127.0.0.1 is not', '127.0.0.1'],
  ['GET', 'http://169.254.169.254:22/', 'writ: refused: 169.254.169.254 is not a public address', '169.254.169.254'],
] as const)(
  '%s %s is refused with the reason and the way out, and nobody is asked',
  async (method, path, why, address) => {
    const text = await answered(method, path);
    expect(text).toMatch(/^403 /);
    expect(text).toContain(why);
    expect(text).toContain(`\`writ network allow ${address}:22\``);
    expect(asked).toEqual([]);
    expect(refused).toHaveLength(1);
  },
);

test('what a person lets be reached, and a name that only a name server knows, are asked about as ever', async () => {
  mkdirSync(join(dir, 'enforcer'));
  writeFileSync(join(dir, 'enforcer', 'egress.json'), '{"addresses":["127.0.0.1:22","[::1]:22"]}');
  for (const path of ['localhost:22', 'new.example:443']) expect(await answered('CONNECT', path)).toMatch(/^403 /);
  expect(asked.map(({ resource }) => resource)).toEqual(['https://localhost:22/', 'https://new.example/']);
});
