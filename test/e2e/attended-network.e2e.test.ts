/**
 * The network of an attended session: through the gate, to what its approval names, and no other way. What a server of this machine was asked is read from the
 * server itself, never from what the program says.
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTerminal } from '../kit/terminal/terminal.ts';
import { stop } from './support/mission.ts';
import { createWorld, until } from './support/world.ts';

const main = join(import.meta.dirname, '../../apps/cli/writ.js');

/** A server of this machine, and what it was asked. It answers `/slow` never. */
async function startServer() {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    if (request.url !== '/slow') response.end('hello');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // It listens on TCP.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const script = (named: number, other: number): string => `
get() { curl -s -o /dev/null -m 5 -w "$1 %{http_code} %{errormsg}\\n" "$2" >> seen.txt 2>&1; }
get named http://127.0.0.1:${String(named)}/named
get other http://127.0.0.1:${String(other)}/other
get proxied http://127.0.0.1:${String(other)}/proxied --proxy "$HTTP_PROXY" --noproxy ''
curl -s -m 5 --noproxy '' --proxy "$HTTP_PROXY" http://127.0.0.1:${String(other)}/through >> seen.txt 2>&1
for host in new.example new.example yes.example kept.example; do
  echo "$host $(curl -s https://$host/ -v 2>&1 | grep -o 'response [0-9]*')" >> seen.txt
done
ls /run >> seen.txt
echo end >> seen.txt
[ -e wait ] && curl -s http://127.0.0.1:${String(named)}/slow
touch over.txt
`;

test('what an approval names is reached through the gate, nothing else is, and a stop closes what is open', async () => {
  await using world = await createWorld();
  await using named = await startServer();
  await using other = await startServer();
  const repository = join(world.place, 'app');
  mkdirSync(repository);
  execFileSync('git', ['init', '-q', '-b', 'main', repository]);
  writeFileSync(join(repository, 'work.sh'), script(named.port, other.port));
  const start = (...options: readonly string[]) =>
    openTerminal([process.execPath, main, 'exec', '--preset', 'worktree', ...options, '--', 'sh', 'work.sh'], {
      cwd: repository,
      env: world.env,
    });
  const origin = `http://127.0.0.1:${String(named.port)}`;

  // A place of this machine is nobody's before a person allowed it.
  await using early = start('--reach', origin);
  expect(await early.ended).not.toBe(0);
  expect(early.screen.replaceAll(/\s+/g, ' ')).toContain(`writ network allow 127.0.0.1:${String(named.port)}`);
  expect((await world.writ(['network', 'allow', `127.0.0.1:${String(named.port)}`])).code).toBe(0);

  await using first = start('--reach', origin);
  // A host that nothing names is a question, once.
  expect(await first.expect('(Esc: later, in the inbox)', 40_000)).toMatch(/at `https:\/\/new\.example`/);
  first.press('n');
  await first.expect('at `https://yes.example`');
  expect(await first.expect('(Esc: later, in the inbox)')).toContain('yes, for this session');
  first.press('y');
  // A yes that is remembered is one for the next start, too.
  expect(await first.expect('at `https://kept.example`')).toContain('[m] is also this:');
  await first.expect('(Esc: later, in the inbox)');
  first.press('m');
  await first.ended;
  const seen = readFileSync(join(repository, 'seen.txt'), 'utf8');
  expect(seen, first.screen).toMatch(/^named 200/m);
  expect(seen).toMatch(/^other 000/m);
  expect(seen).toContain('writ: refused:');
  // After the yes it is looked up, and nobody knows it.
  expect(seen).toContain(
    'new.example response 403\nnew.example response 403\nyes.example response 502\nkept.example response 502',
  );
  expect(seen).not.toContain('docker');
  expect(named.asked).toEqual(['GET /named']);
  expect(other.asked).toEqual([]);
  expect(first.screen).toContain('its network leads through the gate');

  type Remembered = { items: { id: string; resource: string; used: number }[] };
  const remembered = async () => (await world.json<Remembered>(['remembered', 'list'])).items;
  expect(await remembered()).toMatchObject([{ resource: 'https://kept.example/', used: 0 }]);

  // A stop in the middle of a request closes it.
  writeFileSync(join(repository, 'wait'), '');
  writeFileSync(
    join(repository, 'work.sh'),
    script(named.port, other.port).replace(/^for host.*$/m, 'for host in kept.example; do'),
  );
  await using second = start('--reach', origin);
  await until('the request is under way', () => named.asked.includes('GET /slow'));
  expect(readFileSync(join(repository, 'seen.txt'), 'utf8')).toMatch(/end\n[^]*kept\.example response 502/);
  expect(second.screen).not.toContain('(Esc: later');
  expect(await remembered()).toMatchObject([{ used: 1 }]);
  await stop(world, ['stop', '--all', '--reason', 'enough']);
  await second.ended;
  type Listed = { readonly items: readonly { readonly type: string; readonly data: object }[] };
  const { body } = await world.api<Listed>('control', 'GET', '/v1/audit?limit=1000');
  const refused = body.items.filter(({ type }) => type === 'verdict.refused');
  expect(refused).toMatchObject(
    expect.arrayContaining([
      expect.objectContaining({
        data: expect.objectContaining({ action: 'network.connect', resource: 'https://new.example/' }),
      }),
    ]),
  );
}, 120_000);
