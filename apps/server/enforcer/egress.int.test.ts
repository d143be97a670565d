/** The way out of a run, with real programs inside and real servers outside: the servers' own logs say what arrived. */

import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { controlApi, enforcerApi } from '@writ/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DnsServer } from '../../../test/kit/dns/dns-server.ts';
import { startDnsServer } from '../../../test/kit/dns/dns-server.ts';
import type { House, Started } from './testing.ts';
import { must, openHouse, until, work } from './testing.ts';

let house: House;
let open: AsyncDisposableStack;
let dns: DnsServer;
let site: Site;

beforeEach(async () => {
  open = new AsyncDisposableStack();
  dns = open.use(await startDnsServer());
  house = open.use(await openHouse(undefined, (name) => dns.resolve(name)));
  site = open.use(await startSite('127.0.0.2', 0));
  dns.answer('site.example', ['127.0.0.2']);
  dns.answer('other.example', ['127.0.0.2']);
  allow(`127.0.0.2:${String(site.port)}`);
});
afterEach(() => open.disposeAsync());

type Site = AsyncDisposable & { readonly port: number; readonly seen: string[]; readonly sockets: Set<Socket> };

/** A web server that says what it was asked; `/drip` never ends. */
async function startSite(address: string, port: number): Promise<Site> {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((request, response) => {
    seen.push(`${request.method ?? ''} ${request.url ?? ''} ${request.headers.host ?? ''}`);
    request.resume();
    if (request.url !== '/drip') {
      response.end(`from ${address}: ${JSON.stringify(request.headers)}`);
      return;
    }
    const timer = setInterval(() => response.write('drop\n'), 20);
    response.on('close', () => {
      clearInterval(timer);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(port, address);
  await once(server, 'listening');
  return {
    // A server that listens on TCP has an address with a port.
    port: (server.address() as AddressInfo).port,
    seen,
    sockets,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

const allow = (...addresses: readonly string[]): void => {
  writeFileSync(join(house.dir, 'enforcer', 'egress.json'), JSON.stringify({ addresses }));
};
const entry = (resource: string, actions: string[], match: 'exact' | 'prefix' = 'prefix') => ({
  resource,
  resource_match: match,
  actions,
});
const start = (mandate: string, script: string): Promise<Started> =>
  house.start(mandate, script, { sandbox: { kind: 'contain', writable: [house.work], network: 'gated' } });
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
const operationsOf = async (mandate: string) =>
  must(await house.owner.call(controlApi.listOperations, { query: { mandate } })).items;
const at = (host: string): string => `${host}:${String(site.port)}`;
const file = (name: string): string => join(house.work, name);
const has = (name: string): boolean => existsSync(file(name)) && readFileSync(file(name), 'utf8') !== '';

test('what the mandate names is reached, by curl and by a program of Node, and nothing else is', async () => {
  const m = await house.mandate([
    ...work(),
    entry(`http://${at('site.example')}/open`, ['http.get']),
    entry(`https://${at('site.example')}/`, ['network.connect']),
  ]);
  const fetching = `fetch('http://${at('site.example')}/open/node').then(async (r) => console.log('node', r.status))`;
  const run = await start(
    m,
    [
      `say() { echo "$1 $(curl -s -o /dev/null -m 10 -w '%{http_code}' "$2" $3 $4)"; }`,
      `say clear http://${at('site.example')}/open/a?q=1`,
      `say tunnel http://${at('site.example')}/in -p`,
      `'${process.execPath}' -e "${fetching}"`,
      `say path http://${at('site.example')}/shut`,
      `say climbing http://${at('site.example')}/open/%2e%2e/shut --path-as-is`,
      `say sending http://${at('site.example')}/open/a -d x=1`,
      `say elsewhere http://${at('other.example')}/open/a`,
      `curl -s -p -m 10 http://${at('other.example')}/open/a || echo "tunnel elsewhere refused"`,
      `curl -s http://${at('site.example')}/shut`,
    ].join('\n'),
  );
  const said = await outputOf(run);
  expect(said.split('\n').slice(0, 8)).toEqual([
    'clear 200',
    'tunnel 200',
    'node 200',
    'path 403',
    'climbing 403',
    'sending 403',
    'elsewhere 403',
    'tunnel elsewhere refused',
  ]);
  expect(said).toMatch(/writ: refused: .*do not retry as it is/);
  expect(site.seen).toEqual([
    `GET /open/a?q=1 ${at('site.example')}`,
    `GET /in ${at('site.example')}`,
    `GET /open/node ${at('site.example')}`,
  ]);
  // A name nothing is permitted at is not even looked up.
  expect(dns.asked('other.example')).toBe(0);
  await until('it is settled', async () =>
    (await operationsOf(m)).some(({ action, state }) => action === 'network.connect' && state === 'done'),
  );
  const [tunnel] = (await operationsOf(m)).filter(({ action }) => action === 'network.connect');
  expect(tunnel).toMatchObject({ resource: `https://${at('site.example')}/`, action_class: 'consequential_write' });
  expect(tunnel?.evidence).toMatch(
    // Node's own `fetch` goes through a tunnel, also in the clear.
    /^2 connections to site\.example:\d+ \(127\.0\.0\.2\), [1-9]\d+ bytes sent, [1-9]\d+ received$/,
  );
});

test('there is no other way: no socket, no name server, nothing without the gate', async () => {
  const m = await house.mandate([...work(), entry(`https://${at('site.example')}/`, ['network.connect'])]);
  const raw = (port: number, host: string): string =>
    `require('net').connect(${String(port)}, '${host}').on('connect', () => console.log('${host} CONNECTED')).on('error', (e) => console.log('${host}', e.code))`;
  const run = await start(
    m,
    [
      `unset HTTP_PROXY HTTPS_PROXY http_proxy https_proxy NODE_USE_ENV_PROXY`,
      `'${process.execPath}' -e "${raw(site.port, '127.0.0.2')}"`,
      `'${process.execPath}' -e "${raw(443, '93.184.216.34')}"`,
      `'${process.execPath}' -e "require('dns').resolve4('site.example', (e) => console.log('name', e ? e.code : 'FOUND'))"`,
      `curl -s -m 5 http://${at('site.example')}/ || echo "curl alone $?"`,
    ].join('\n'),
  );
  const said = await outputOf(run);
  expect(said).not.toMatch(/CONNECTED|FOUND/);
  expect(said).toMatch(/^127\.0\.0\.2 ECONNREFUSED\n93\.184\.216\.34 ENETUNREACH\nname E\w+\ncurl alone 6\n$/);
  expect(site.seen).toEqual([]);
});

test('attack 27: a name or address that leads inside is refused as the connection is made, whatever it led to before', async () => {
  const inner = open.use(await startSite('127.0.0.1', site.port));
  const names = ['turns.example', 'both.example', 'inside.example', '127.0.0.1', '127.0.0.2', '169.254.169.254'];
  const m = await house.mandate([
    ...work(),
    ...[...names, '[::1]'].flatMap((name) => [
      entry(`http://${at(name)}/`, ['http.get']),
      entry(`https://${at(name)}/`, ['network.connect']),
    ]),
  ]);
  // It leads where it may at first, and inside a moment later.
  dns.answer('turns.example', ['127.0.0.2'], ['127.0.0.1']);
  dns.answer('both.example', ['127.0.0.2', '127.0.0.1']);
  dns.answer('inside.example', ['127.0.0.1']);
  const run = await start(
    m,
    [
      // Names that programs reach without a proxy are asked of the gate all the same.
      `say() { echo "$1 $(curl -s -g --noproxy '' -o /dev/null -m 10 -w '%{http_code}' http://$1/)"; }`,
      `say ${at('turns.example')}`,
      `say ${at('turns.example')}`,
      ...[...names.slice(1), '[::1]'].map((name) => `say '${at(name)}'`),
      `curl -s -p -m 10 http://${at('inside.example')}/ || echo tunnel refused`,
    ].join('\n'),
  );
  expect((await outputOf(run)).trim().split('\n')).toEqual([
    `${at('turns.example')} 200`,
    `${at('turns.example')} 403`,
    `${at('both.example')} 403`,
    `${at('inside.example')} 403`,
    `${at('127.0.0.1')} 403`,
    `${at('127.0.0.2')} 200`,
    `${at('169.254.169.254')} 403`,
    `${at('[::1]')} 403`,
    'tunnel refused',
  ]);
  expect(dns.asked('turns.example')).toBe(2);
  expect(inner.seen).toEqual([]);
  expect(site.seen).toHaveLength(2);
  await until('the refused tunnel is settled', async () =>
    (await operationsOf(m)).some(({ action, state }) => action === 'network.connect' && state === 'failed'),
  );
  const refused = (await operationsOf(m)).find(({ action }) => action === 'network.connect');
  expect(refused?.evidence).toBe(
    `nothing was connected to ${at('inside.example')}: \`${at('inside.example')}\` leads where nothing goes: 127.0.0.1 is not a public address`,
  );
});

test('a stop closes what is open, through the tunnel and in the clear, and the receipt says so', async () => {
  const m = await house.mandate([
    ...work(),
    entry(`https://${at('site.example')}/`, ['network.connect']),
    entry(`http://${at('site.example')}/`, ['http.get']),
  ]);
  const drip = `curl -sN http://${at('site.example')}/drip`;
  await start(m, `${drip} -p > tunnel & ${drip} > clear & sleep 60`);
  await until('both are open', () => has('tunnel') && has('clear'));
  expect(site.sockets.size).toBe(2);
  const stopped = must(await house.owner.call(controlApi.revoke, { params: { id: m }, body: {} }));
  await until('the server sees both closed', () => site.sockets.size === 0);
  await until('the operation is settled', async () =>
    (await operationsOf(m)).some(({ action, state }) => action === 'network.connect' && state === 'interrupted'),
  );
  const lines = async () =>
    must(await house.owner.call(controlApi.getReceipt, { params: { id: stopped.id } })).lines.filter(
      ({ kind, note }) => kind === 'operation' && note.includes('site.example'),
    );
  await until('the receipt has it', async () => (await lines()).length > 0);
  expect(await lines()).toMatchObject([{ outcome: 'interrupted', attested_by: 'os' }]);
});

test('a pause closes it and what was permitted can be reached again after; a narrowing closes what it takes away alone', async () => {
  dns.answer('kept.example', ['127.0.0.2']);
  const connecting = (name: string) => entry(`https://${at(name)}/`, ['network.connect']);
  const clear = entry(`http://${at('site.example')}/`, ['http.get']);
  const m = await house.mandate([...work(), clear, connecting('site.example'), connecting('kept.example')]);
  const dripping = (name: string, to: string, how = '-p'): string =>
    `(while :; do curl -sN ${how} http://${at(name)}/drip >> ${to}; sleep 0.1; done) &`;
  const run = await start(
    m,
    `${dripping('site.example', 'site')} ${dripping('kept.example', 'kept')} ${dripping('site.example', 'clear', '')} sleep 60`,
  );
  await until('all are open', () => has('site') && has('kept') && has('clear'));
  must(await house.owner.call(controlApi.suspend, { params: { id: m }, body: {} }));
  await until('all are closed', () => site.sockets.size === 0);
  await until('it stands still', async () => (await house.state(run.id)) === 'frozen');
  must(await house.owner.call(controlApi.reinstate, { params: { id: m }, body: {} }));
  await until('all are open again', () => site.sockets.size === 3);
  must(
    await house.owner.call(controlApi.narrow, {
      params: { id: m },
      body: {
        reason: 'enough of it',
        authorization_details: [...work(), connecting('kept.example')].map((one) => ({
          type: 'mission_resource_access' as const,
          ...one,
        })),
      },
    }),
  );
  await until('what it takes away is closed', () => site.sockets.size === 1);
  expect(await house.state(run.id)).toBe('running');
  const before = readFileSync(file('kept'), 'utf8').length;
  await until('the other goes on', () => readFileSync(file('kept'), 'utf8').length > before);
});

test('without a sandbox the gate is an offer: it judges whoever brings its credential, and holds nobody who goes around it', async () => {
  const m = await house.mandate([...work(), entry(`http://${at('site.example')}/open`, ['http.get'])]);
  const script = [
    `say() { echo "$1 $(curl -s -o /dev/null -m 10 -w '%{http_code}' $2 $3 $4)"; }`,
    `say permitted http://${at('site.example')}/open/a`,
    `say refused http://${at('site.example')}/shut`,
    `say nobody http://${at('site.example')}/open/a -x "$(echo "$http_proxy" | sed 's/writ:[^@]*@//')"`,
    `say around http://127.0.0.2:${String(site.port)}/shut --noproxy '*'`,
  ].join('\n');
  const run = await house.start(m, script, { sandbox: { kind: 'none', network: 'gated' } });
  expect((await outputOf(run)).trim().split('\n')).toEqual([
    'permitted 200',
    'refused 403',
    'nobody 407',
    'around 200',
  ]);
});
