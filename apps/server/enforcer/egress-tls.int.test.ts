/** TLS upstream of the gate, with a certificate of an authority that was made for the test: through a tunnel, and where the gate itself is the client. */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { controlApi, enforcerApi } from '@writ/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { House } from './testing.ts';
import { must, openHouse, until, work } from './testing.ts';

const usual = getCACertificates('default');
let house: House;
let open: AsyncDisposableStack;
beforeEach(async () => {
  open = new AsyncDisposableStack();
  house = open.use(await openHouse(undefined, () => Promise.resolve(['127.0.0.2'])));
});
afterEach(async () => {
  setDefaultCACertificates(usual);
  await open.disposeAsync();
});

const openssl = (...argv: readonly string[]): Buffer =>
  execFileSync('openssl', argv, { cwd: house.work, stdio: 'pipe' });

/** A web server for `site.example` over TLS, by an authority of its own. */
async function startSite() {
  const days = ['-days', '2'];
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    ...days,
    '-subj',
    '/CN=test',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=site.example',
    '-keyout',
    'site.key',
    '-out',
    'site.csr',
  );
  writeFileSync(join(house.work, 'names'), 'subjectAltName=DNS:site.example');
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
  openssl('x509', '-req', '-in', 'site.csr', ...by, ...days, '-extfile', 'names', '-out', 'site.pem');
  const text = (name: string): string => readFileSync(join(house.work, name), 'utf8');
  const seen: string[] = [];
  const server = createServer({ key: text('site.key'), cert: text('site.pem') }, (request, response) => {
    seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.end('hello');
  });
  server.listen(0, '127.0.0.2');
  await once(server, 'listening');
  // It listens on TCP.
  const { port } = server.address() as AddressInfo;
  open.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  writeFileSync(
    join(house.dir, 'enforcer', 'egress.json'),
    JSON.stringify({ addresses: [`127.0.0.2:${String(port)}`] }),
  );
  return { seen, port, authority: text('ca.pem') };
}

test('a tunnel carries TLS to its end, and where the gate is the client it believes no authority that this machine does not', async () => {
  const { seen, port, authority } = await startSite();
  const site = `site.example:${String(port)}`;
  const m = await house.mandate([
    ...work(),
    { resource: `https://${site}/`, resource_match: 'prefix' as const, actions: ['network.connect', 'http.get'] },
  ]);
  const fetched = async (line: string): Promise<string> => {
    const run = await house.start(m, `${line}; echo`, {
      sandbox: { kind: 'contain', writable: [house.work], network: 'gated' },
    });
    const query = { wait_ms: 15_000 };
    must(await house.enforcer.call(enforcerApi.getRun, { params: { id: run.id }, query, timeoutMs: 20_000 }));
    return must(await house.enforcer.call(enforcerApi.output, { params: { id: run.id } })).text;
  };
  const through = `curl -s -m 10 -w ' %{http_code}' "$HTTP_PROXY/to/https/${site}`;
  expect(await fetched(`curl -s -m 10 --cacert ca.pem https://${site}/tunnel`)).toContain('hello');
  expect(await fetched(`${through}/unknown-authority"`)).toContain(' 502');
  setDefaultCACertificates([...usual, authority]);
  expect(await fetched(`${through}/gate"`)).toContain('hello 200');
  // The name in the certificate counts, not the address.
  expect(await fetched(`curl -s -m 10 --cacert ca.pem https://other.example:${String(port)}/ || echo no`)).toContain(
    'no',
  );
  // Another site that the same server has: it is not what was permitted.
  const fronted = `curl -s -k -m 10 -w '%{errormsg}' --connect-to other.example:${String(port)}:${site} https://other.example:${String(port)}/fronted`;
  expect(await fetched(fronted)).toContain('unrecognized name');
  expect(seen).toEqual(['GET /tunnel', 'GET /gate']);
  const tunnel = async () =>
    must(await house.owner.call(controlApi.listOperations, { query: { mandate: m } })).items.findLast(
      ({ action }) => action === 'network.connect',
    );
  await until('the tunnel is settled', async () => (await tunnel())?.state !== 'begun');
  // Its program ended first, or the tunnel: what went through it is told either way.
  expect((await tunnel())?.evidence).toMatch(/1 connection to .* \d{3,} bytes sent, \d{3,} received/);
});
