/** Signing in to MCP servers over real HTTP, against servers that are honest and servers that are not. Cites MCP 2026-07-28, Authorization. */

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OAuthMcpServer, OAuthTwist } from '../../../test/kit/mcp/oauth-server.ts';
import { startOAuthMcpServer } from '../../../test/kit/mcp/oauth-server.ts';
import { checkedFetch } from './checked-fetch.ts';
import { readSignIns } from './sign-in-file.ts';
import type { SignIns } from './sign-ins.ts';
import { createSignIns } from './sign-ins.ts';
import { answerOf } from '../../../test/kit/http/answer-of.ts';

let dir: string;
let signIns: SignIns;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'writ-sign-in-'));
  signIns = createSignIns(dir, () => Promise.resolve(['127.0.0.1']));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Begins, and goes where the person is sent. */
async function signIn({ url }: OAuthMcpServer) {
  const begun = await signIns.begin(url, null);
  if (!begun.ok) return { state: 'failed', why: begun.problem.detail };
  await (await fetch(begun.value.authorizationUrl)).text();
  const now = await signIns.state(begun.value.id, 5_000);
  return now.ok ? now.value : { state: 'failed', why: now.problem.detail };
}
const ask = ({ url }: OAuthMcpServer): Promise<Response> =>
  fetch(url, { method: 'POST', headers: { authorization: `Bearer ${signIns.token(url) ?? ''}` } });

test('a person signs in once; the token is for that server, kept for its user alone, and renewed by itself', async () => {
  await using server = await startOAuthMcpServer();
  expect(await signIn(server)).toEqual({ state: 'signed_in', issuer: server.issuer });
  expect((await ask(server)).status).not.toBe(401);
  expect(statSync(join(dir, 'enforcer', 'sign-ins.json')).mode & 0o077).toBe(0);
  const first = signIns.token(server.url);
  server.expire();
  expect((await ask(server)).status).toBe(401);
  // Two at once, and one in another process: a refresh token is used once, or the server ends the sign-in.
  const another = createSignIns(dir, () => Promise.resolve(['127.0.0.1']));
  await Promise.all([signIns.renew(server.url), signIns.renew(server.url), another.renew(server.url)]);
  expect(server.asked.filter((one) => one === 'POST /token')).toHaveLength(2);
  expect(signIns.token(server.url)).not.toBe(first);
  expect((await ask(server)).status).not.toBe(401);
  server.endSignIns();
  await expect(signIns.renew(server.url)).rejects.toThrow('wants a person to sign in');
  expect(readSignIns(dir)).toEqual([]);
});

test('whoever else comes where the answer is waited for is told that nothing is there, and the answer still counts', async () => {
  await using server = await startOAuthMcpServer();
  const begun = await signIns.begin(server.url, null);
  if (!begun.ok) throw new Error(begun.problem.detail);
  const { authorizationUrl, id } = begun.value;
  const { port } = new URL(new URL(authorizationUrl).searchParams.get('redirect_uri') ?? '');
  const sent = request({ host: '127.0.0.1', port, path: '//', agent: false });
  sent.end();
  const answer = await answerOf(sent);
  expect(answer.statusCode).toBe(404);
  answer.resume();
  await (await fetch(authorizationUrl)).text();
  expect(await signIns.state(id, 5_000)).toMatchObject({ ok: true, value: { state: 'signed_in' } });
});

test.each<readonly [string, OAuthTwist, string]>([
  ['names another issuer in its answer (RFC 9207, mix-up)', { iss: 'https://honest.example' }, 'Issuer mismatch'],
  ['leaves its issuer out of its answer although it says it does not', { iss: null }, 'received undefined'],
  [
    'says it is another issuer than the one asked (RFC 8414 §3.3)',
    { issuer: { issuer: 'https://honest.example' } },
    'Issuer mismatch',
  ],
  ['does no PKCE', { issuer: { code_challenge_methods_supported: undefined } }, 'PKCE'],
  [
    'wants tokens for another server (RFC 8707)',
    { resource: { resource: 'https://honest.example/mcp' } },
    'which it is not',
  ],
  [
    'does not say what its tokens are for',
    { resource: { resource: undefined } },
    'does not say what its tokens are for',
  ],
  [
    'takes the token request to another place in the clear',
    { issuer: { token_endpoint: 'http://honest.example/token' } },
    'non-https token endpoint',
  ],
])('nobody is signed in to a server that %s', async (_, twist, why) => {
  await using server = await startOAuthMcpServer(twist);
  const came = await signIn(server);
  expect(came).toMatchObject({ state: 'failed', why: expect.stringContaining(why) });
  expect(signIns.token(server.url)).toBeUndefined();
});

test('an answer that does not carry this sign-in’s state changes nothing', async () => {
  await using server = await startOAuthMcpServer();
  const begun = await signIns.begin(server.url, null);
  if (!begun.ok) throw new Error(begun.problem.detail);
  const redirect = new URL(begun.value.authorizationUrl).searchParams.get('redirect_uri') ?? '';
  expect((await fetch(`${redirect}?code=theirs&state=theirs`)).status).toBe(400);
  await (await fetch(begun.value.authorizationUrl)).text();
  expect(await signIns.state(begun.value.id, 5_000)).toMatchObject({ value: { state: 'signed_in' } });
});

test('discovery goes to public addresses alone, over TLS, and follows nobody', async () => {
  const at = (addresses: readonly string[], server = 'https://mcp.example/') =>
    checkedFetch(new URL(server), {
      resolve: () => Promise.resolve(addresses),
      allowances: () => ({ holds: () => false }),
    });
  await expect(at(['93.184.215.14'])('http://as.example/.well-known/x')).rejects.toThrow('in the clear');
  await expect(at(['169.254.169.254'])('https://as.example/latest/meta-data')).rejects.toThrow('not a public address');
  await expect(at(['93.184.215.14', '10.0.0.1'])('https://as.example/')).rejects.toThrow('10.0.0.1');
  await expect(at([])('https://127.0.0.1:1/')).rejects.toThrow('not a public address');
  await using server = await startOAuthMcpServer();
  const authorize = `${server.issuer}/authorize?client_id=x`;
  // A server of this machine may have its authorization server here; one elsewhere may not.
  expect((await at([], server.url)(authorize)).status).toBe(400);
  await expect(at([])(authorize)).rejects.toThrow('in the clear');
  const asked = await at([], server.url)(`${server.issuer}/register`, {
    method: 'POST',
    body: JSON.stringify({ redirect_uris: ['http://127.0.0.1/there'] }),
  });
  const { client_id: id } = (await asked.json()) as { readonly client_id: string };
  const away = `${server.issuer}/authorize?client_id=${id}&redirect_uri=${encodeURIComponent('http://127.0.0.1/there')}`;
  await expect(at([], server.url)(away)).rejects.toThrow('leads elsewhere');
});
