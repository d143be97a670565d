/** Credentials that a run uses and never has: real Git and curl inside, servers outside that say what they were given. */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createCaller } from '@writ/enforce';
import type { Caller } from '@writ/enforce';
import { controlApi, enforcerApi } from '@writ/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPasswordRemote } from '../../../test/kit/remote/password-remote.ts';
import type { House, Started } from './testing.ts';
import { must, openHouse, until, work } from './testing.ts';

const secret = 'sesame-4711-do-not-tell';
let house: House;
let open: AsyncDisposableStack;
let person: Caller;

beforeEach(async () => {
  open = new AsyncDisposableStack();
  house = open.use(await openHouse());
  person = createCaller({
    base: { socketPath: house.server.socketPath },
    token: readFileSync(join(house.dir, 'enforcer', 'local.token'), 'utf8').trim(),
    timeoutMs: 5_000,
  });
  open.defer(() => {
    person[Symbol.dispose]();
  });
});
afterEach(() => open.disposeAsync());

/** A server that keeps the credential each request came with. */
async function startApi() {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(
      `${request.url ?? ''} ${request.headers.authorization ?? '-'} ${String(request.headers['x-key'] ?? '-')}`,
    );
    request.resume();
    response.end('hello');
  });
  server.listen(0, '127.0.0.2');
  await once(server, 'listening');
  open.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  // A server that listens on TCP has an address with a port.
  return { seen, origin: `http://127.0.0.2:${String((server.address() as AddressInfo).port)}` };
}

const allow = (...origins: readonly string[]): void => {
  const addresses = origins.map((origin) => new URL(origin).host);
  writeFileSync(join(house.dir, 'enforcer', 'egress.json'), JSON.stringify({ addresses }));
};
const keep = (
  name: string,
  origin: string,
  more: Partial<(typeof enforcerApi.addCredential)['body']['_zod']['input']>,
) =>
  person.call(enforcerApi.addCredential, {
    params: { project: 'p', name },
    body: {
      origin,
      path: '/',
      header: 'authorization',
      template: 'Bearer {secret}',
      env: null,
      base_url_env: null,
      git: false,
      secret,
      ...more,
    },
  });
const entry = (resource: string, ...actions: string[]) => ({ resource, resource_match: 'prefix' as const, actions });
const start = (mandate: string, script: string): Promise<Started> =>
  house.start(mandate, script, {
    sandbox: { kind: 'contain', writable: [house.work], network: 'gated' },
    repository: { path: house.work, project: 'p' },
  });
async function outputOf(run: Started): Promise<string> {
  must(
    await house.enforcer.call(enforcerApi.getRun, {
      params: { id: run.id },
      query: { wait_ms: 15_000 },
      timeoutMs: 20_000,
    }),
  );
  return must(await house.enforcer.call(enforcerApi.output, { params: { id: run.id } })).text;
}
/** Everything a file under Writ's state holds, but the one that is for secrets. */
function everythingKept(dir: string): string {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((found) => found.isFile() && found.name !== 'credentials.json')
    .map((found) => readFileSync(join(found.parentPath, found.name), 'latin1'))
    .join('\n');
}

test('a request carries it where it is for, in its header or where its placeholder stands, and nowhere else', async () => {
  const [api, other] = [await startApi(), await startApi()];
  allow(api.origin, other.origin);
  must(await keep('api', api.origin, { path: '/v1', env: 'API_KEY', base_url_env: 'API_URL' }));
  const m = await house.mandate([
    ...work(),
    entry(`${api.origin}/`, 'http.get'),
    entry(`${other.origin}/`, 'http.get'),
    entry('secret://p/', 'credential.use'),
  ]);
  const run = await start(
    m,
    [
      `echo "key $API_KEY"; env | grep -c '${secret}'`,
      `curl -s "$API_URL/plain"; echo`,
      `curl -s -H "X-Key: $API_KEY" "$API_URL/keyed"; echo`,
      `curl -s -u "me:$API_KEY" "$API_URL/basic"; echo`,
      `curl -s --noproxy '' ${api.origin}/v1/proxied; echo`,
      `curl -s --noproxy '' ${api.origin}/v2/elsewhere; echo`,
      `curl -s --noproxy '' -H "X-Key: $API_KEY" ${other.origin}/v1/other; echo`,
      `curl -s --noproxy '' -H "X-Key: $API_KEY" ${api.origin}/v1x/other; echo`,
      `cat ${house.dir}/enforcer/credentials.json /proc/*/environ 2>/dev/null | grep -c '${secret}'`,
    ].join('\n'),
  );
  const said = await outputOf(run);
  expect(said).toMatch(/^key writ_placeholder_api\n0\nhello\nhello\nhello\nhello\nhello\n/);
  expect(said.match(/what stands for the credential `api` was brought to/g)).toHaveLength(2);
  expect(said.trimEnd().endsWith('\n0')).toBe(true);
  expect(api.seen).toEqual([
    `/v1/plain Bearer ${secret} -`,
    `/v1/keyed - ${secret}`,
    `/v1/basic Basic ${Buffer.from(`me:${secret}`).toString('base64')} -`,
    `/v1/proxied Bearer ${secret} -`,
    '/v2/elsewhere - -',
  ]);
  expect(other.seen).toEqual([]);
});

test('a server that sends back what it was sent shows the run no credential', async () => {
  const echo = createServer((request, response) => {
    const said = JSON.stringify(request.headers);
    response.writeHead(200, { 'x-said': request.headers.authorization ?? '' });
    // In two parts, the secret across both, and plain text however it was asked for.
    const middle = said.indexOf(secret) < 0 ? 9 : said.indexOf(secret) + 5;
    response.write(said.slice(0, middle));
    setImmediate(() => response.end(`${said.slice(middle)}\n${encodeURIComponent(secret)} end`));
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  open.defer(() => void echo.close());
  // It listens on TCP.
  const origin = `http://127.0.0.1:${String((echo.address() as AddressInfo).port)}`;
  allow(origin);
  must(await keep('echo', origin, { env: 'ECHO_KEY', base_url_env: 'ECHO_URL' }));
  const m = await house.mandate([...work(), entry(`${origin}/`, 'http.get'), entry('secret://p/', 'credential.use')]);
  const run = await start(
    m,
    `curl -si --compressed "$ECHO_URL/own"; echo; curl -si -u "me:$ECHO_KEY" "$ECHO_URL/basic"; echo; echo over`,
  );
  const said = await outputOf(run);
  expect(said.match(/ end$/gm)).toHaveLength(2);
  expect(said).toContain('x-said: Bearer *');
  expect(said).toContain('over');
  expect(said).not.toContain(secret);
  expect(said).not.toContain(Buffer.from(`me:${secret}`).toString('base64'));
});

test('without a mandate that lets it be used it is not, and after a narrowing no more', async () => {
  const api = await startApi();
  allow(api.origin);
  must(await keep('api', api.origin, { env: 'API_KEY' }));
  const without = await house.mandate([...work(), entry(`${api.origin}/`, 'http.get')]);
  const refused = await outputOf(
    await start(
      without,
      `curl -s --noproxy '' ${api.origin}/bare; curl -s --noproxy '' -H "X-Key: $API_KEY" ${api.origin}/keyed`,
    ),
  );
  expect(refused).toMatch(/^hellowrit: refused: .*credential\.use/);
  expect(api.seen).toEqual(['/bare - -']);

  const all = [...work(), entry(`${api.origin}/`, 'http.get')];
  const m = await house.mandate([...all, entry('secret://p/api', 'credential.use')]);
  await start(m, `while :; do curl -s --noproxy '' ${api.origin}/again; sleep 0.1; done`);
  await until('it is used', () => api.seen.includes(`/again Bearer ${secret} -`));
  must(
    await house.owner.call(controlApi.narrow, {
      params: { id: m },
      body: {
        reason: 'no more of it',
        authorization_details: all.map((one) => ({ type: 'mission_resource_access' as const, ...one })),
      },
    }),
  );
  await until('it is used no more', () => api.seen.at(-1) === '/again - -');
});

test('Git reads what is behind a password that the run never sees, and cannot push around the broker', async () => {
  const remote = open.use(await startPasswordRemote(join(house.dir, '..', 'remote'), 'x-access-token', secret));
  const { origin } = new URL(remote.url);
  allow(origin);
  const seed = join(house.dir, '..', 'seed');
  mkdirSync(seed);
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: seed });
  };
  git('init', '-q', '-b', 'main');
  git('commit', '-q', '--allow-empty', '-m', 'what is behind it');
  git('push', '-q', remote.repository, 'main');
  must(await keep('git', origin, { template: 'basic:x-access-token', git: true }));
  const m = await house.mandate([
    ...work(),
    entry(`${origin}/`, 'http.get', 'http.post'),
    entry('secret://p/', 'credential.use'),
  ]);
  const run = await start(
    m,
    [
      `git clone -q -b main ${remote.url} copy && git -C copy log --format=%s`,
      `cd copy && echo x > x && git add x && git -c user.name=a -c user.email=a@b commit -q -m two`,
      `git push origin HEAD:main 2>&1 | tail -3`,
      `grep -r '${secret}' . /run/writ/gitconfig; git config --list | grep -c '${secret}'`,
    ].join('\n'),
  );
  const said = await outputOf(run);
  expect(said).toMatch(/^what is behind it\n/);
  expect(said).toContain('writ: commits leave by `git push` to a remote of the run alone');
  expect(said.trimEnd().endsWith('0')).toBe(true);
  const there = execFileSync('git', ['log', '--format=%s', 'main'], { cwd: remote.repository, encoding: 'utf8' });
  expect(there).toBe('what is behind it\n');
  expect(remote.refused()).toBe(0);
});

test('it is listed without its secret, written nowhere else, and believed from no file that others can read', async () => {
  const api = await startApi();
  allow(api.origin);
  must(await keep('api', api.origin, { env: 'API_KEY' }));
  const listed = must(await person.call(enforcerApi.listCredentials));
  expect(listed.items).toMatchObject([{ name: 'api', project: 'p', origin: api.origin }]);
  expect(JSON.stringify(listed)).not.toContain(secret);
  expect((await house.enforcer.call(enforcerApi.listCredentials)).ok).toBe(false);
  const refused = await keep('clear', 'http://api.example', {});
  expect(refused.ok ? '' : refused.problem.detail).toBe(
    '`http://api.example` would be sent a secret in the clear; write `https://`',
  );
  const m = await house.mandate([
    ...work(),
    entry(`${api.origin}/`, 'http.get'),
    entry('secret://p/', 'credential.use'),
  ]);
  await outputOf(await start(m, `curl -s --noproxy '' ${api.origin}/used`));
  expect(api.seen).toEqual([`/used Bearer ${secret} -`]);
  expect(everythingKept(house.dir)).not.toContain(secret);
  const file = join(house.dir, 'enforcer', 'credentials.json');
  expect(statSync(file).mode & 0o077).toBe(0);
  execFileSync('chmod', ['644', file]);
  await outputOf(await start(m, `curl -s --noproxy '' ${api.origin}/after`));
  expect(api.seen.at(-1)).toBe('/after - -');
  execFileSync('chmod', ['600', file]);
  must(await person.call(enforcerApi.removeCredential, { params: { project: 'p', name: 'api' } }));
  expect(readFileSync(file, 'utf8')).toBe('[]\n');
});
