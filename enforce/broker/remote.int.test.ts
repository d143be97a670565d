/** What the broker's Git, with a person's password, shows to whom: judged by what servers were sent and what the machine's list of processes had in it. */

import { readFileSync, readdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { addressWith } from './addresses.ts';
import { remoteRefs } from './remote.ts';

type Seen = { readonly path: string; readonly authorization: string | undefined };

/** A server that keeps what it was asked. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    seen.push({ path: request.url ?? '', authorization: request.headers.authorization });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an address with a port.
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${String(port)}/app.git`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const password = 'p@ss word/with:signs';
const userinfo = `ada:${encodeURIComponent(password)}`;
const basic = `Basic ${Buffer.from(`ada:${password}`).toString('base64')}`;

const commandLines = (): string =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return ''; // it is over
      }
    })
    .join('\n');

test.runIf(process.platform === 'linux')('a password is used, and stands in no list of processes', async () => {
  const refs = `${'1'.repeat(40)}\trefs/heads/main\n`;
  let lines = '';
  await using remote = await serve(({ headers }, response) => {
    if (headers.authorization === undefined) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    lines += commandLines();
    response.writeHead(200, { 'content-type': 'text/plain' }).end(refs);
  });
  const shown = await remoteRefs(addressWith(remote.url, userinfo), 10_000);
  expect(shown).toEqual({ ok: true, refs: new Map([['refs/heads/main', '1'.repeat(40)]]) });
  expect(remote.seen.at(-1)?.authorization).toBe(basic);
  expect(lines).toContain('remote-http');
  expect(lines).not.toContain('word/with');
  expect(lines).not.toContain(encodeURIComponent(password));
});

test('a remote that leads elsewhere leads the broker nowhere, and its password neither', async () => {
  await using elsewhere = await serve((_, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
  });
  await using remote = await serve(({ url }, response) => {
    response.writeHead(302, { location: `${elsewhere.url}${(url ?? '').replace('/app.git', '')}` }).end();
  });
  expect(await remoteRefs(addressWith(remote.url, userinfo), 10_000)).toMatchObject({ ok: false });
  expect(remote.seen).toHaveLength(1);
  expect(elsewhere.seen).toEqual([]);
});
