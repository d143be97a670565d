/**
 * Agents outside every sandbox, at an MCP server behind the enforcer, over Streamable HTTP: the official client as it comes, and the attacks of MCP 2026-07-28, Security
 * Considerations. The server's own notes are the judge of what was done.
 */

import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, DpopSession, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import type { OAuthClientProvider } from '@modelcontextprotocol/client';
import { controlApi, enforcerApi } from '@writ/protocol';
import { SignJWT, calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { House } from './testing.ts';
import type { ModernHttpServer } from '../../../test/kit/mcp/modern-http-server.ts';
import { startModernHttpServer } from '../../../test/kit/mcp/modern-http-server.ts';
import { must, openHouse, until } from './testing.ts';

const program = fileURLToPath(new URL('../../../test/kit/mcp/both-revisions.mjs', import.meta.url));

let house: House;
let modern: ModernHttpServer;
let owner: string;
let mandate: string;
const notes = (): string =>
  existsSync(join(house.work, 'notes')) ? readFileSync(join(house.work, 'notes'), 'utf8') : '';
beforeAll(async () => {
  house = await openHouse();
  owner = readFileSync(join(house.dir, 'enforcer', 'local.token'), 'utf8').trim();
  const env = { NOTES: join(house.work, 'notes') };
  const launch = { kind: 'stdio' as const, argv: [process.execPath, program], cwd: house.work, env };
  modern = await startModernHttpServer();
  const launches = {
    notes: launch,
    other: launch,
    // These speak 2026-07-28 and nothing before.
    pipes: { ...launch, env: { ...env, BEFORE: 'reject' } },
    modern: { kind: 'http' as const, url: modern.url },
  };
  for (const [name, server] of Object.entries(launches))
    must(
      await house.enforcer.call(enforcerApi.addMcpServer, {
        token: owner,
        timeoutMs: 30_000,
        body: { name, project: 'p', launch: server },
      }),
    );
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await modern[Symbol.asyncDispose]();
});
beforeEach(async () => {
  mandate = await house.mandate([
    { resource: 'mcp://notes/look', actions: ['mcp.read'] },
    { resource: 'mcp://notes/wait', actions: ['mcp.write'] },
  ]);
});

type Given = { readonly url: string; readonly token: string | null };

type Wish = { readonly word?: string; readonly ms?: number; readonly server?: string; readonly key?: string };

async function give(more: Wish = {}) {
  const run = `mcp-${randomUUID()}`;
  const expires = new Date(Date.now() + (more.ms ?? 600_000)).toISOString();
  return must(
    await house.enforcer.call(enforcerApi.giveMcpPass, {
      token: owner,
      params: { id: more.server ?? 'notes' },
      body: {
        ...{ mandate, run, credential: await house.credential(mandate, run), name: 'an agent' },
        ...{ expires_at: expires, word: more.word ?? null, key: more.key ?? null },
      },
    }),
  );
}
const bearer = (token: string | null) => ({ authorization: `Bearer ${token ?? ''}` });

/** The official client: of 2026-07-28 alone, or of what came before. */
async function connected({ url, token }: Given, revision: 'modern' | 'earlier') {
  const mode = revision === 'modern' ? { pin: '2026-07-28' } : ('legacy' as const);
  const client = new Client({ name: 'agent', version: '1.0.0' }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: bearer(token) } }));
  return client;
}
const said = (result: object): string => JSON.stringify(result);

/** A request as a stranger makes it. */
const ask = (url: string, headers: Readonly<Record<string, string>>, body: unknown = initialize) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: JSON.stringify(body),
  });
const initialize = {
  ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'stranger', version: '1' } },
};
const call = (name: string) => ({
  ...{ jsonrpc: '2.0', id: 7, method: 'tools/call' },
  params: {
    name,
    arguments: { line: 'a line' },
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'stranger', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
});
const headersOf = (name: string) => ({
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': name,
});

test.each(['earlier', 'modern'] as const)(
  'an agent outside sees and uses what its mandate names, and no more (%s)',
  async (revision) => {
    const client = await connected(await give(), revision);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['look', 'wait']);
    expect(said(await client.callTool({ name: 'look' }))).toContain('nothing');
    expect(said(await client.callTool({ name: 'put', arguments: { line: 'x' } }))).toContain('Refused by the mandate');
    await client.close();
    expect(notes()).not.toContain('x');
  },
);

test('a mandate that was revoked refuses at the next call, tells the server under way to stop, and its pass is gone', async () => {
  const pass = await give();
  const client = await connected(pass, 'modern');
  const waiting = client.callTool({ name: 'wait' }).catch((error: unknown) => error);
  await until('the call is under way', () => notes().endsWith('waiting\n'));
  must(await house.owner.call(controlApi.revoke, { params: { id: mandate }, body: {} }));
  const refused = await ask(pass.url, bearer(pass.token));
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
  await waiting;
  await until('the server was told', () => notes().endsWith('told to stop\n'));
  expect(must(await house.enforcer.call(enforcerApi.listMcpPasses, { token: owner })).items).not.toContainEqual(
    pass.pass,
  );
  await client.close();
});

test('a mandate whose work was accepted lets nobody in any more', async () => {
  const pass = await give();
  expect((await ask(pass.url, bearer(pass.token))).status).toBe(200);
  must(await house.owner.call(controlApi.complete, { params: { id: mandate }, body: {} }));
  expect((await ask(pass.url, bearer(pass.token))).status).toBe(401);
});

test('a suspended mandate holds its agents, and a reinstated one lets them go on', async () => {
  const pass = await give();
  must(await house.owner.call(controlApi.suspend, { params: { id: mandate }, body: {} }));
  expect((await ask(pass.url, bearer(pass.token))).status).toBe(403);
  must(await house.owner.call(controlApi.reinstate, { params: { id: mandate }, body: {} }));
  expect((await ask(pass.url, bearer(pass.token))).status).toBe(200);
});

test('a token counts at its own server, from here, and in its header alone', async () => {
  const pass = await give();
  const { url, token } = pass;
  const [head, , signature] = (token ?? '').split('.');
  const claims = decodeJwt(token ?? '');
  const { privateKey } = await generateKeyPair('Ed25519');
  const forged = await new SignJWT({ ...claims })
    .setProtectedHeader({ ...decodeProtectedHeader(token ?? ''), alg: 'EdDSA' })
    .sign(privateKey);
  const wider = Buffer.from(JSON.stringify({ ...claims, aud: url.replace('/notes', '/other') })).toString('base64url');
  expect(claims).toMatchObject({ aud: url, iss: new URL(url).origin, sub: mandate, mandate_id: mandate });
  const strangers: readonly (readonly [string, string, Readonly<Record<string, string>>, number])[] = [
    ['no token', url, {}, 401],
    ['another audience', url.replace('/notes', '/other'), bearer(token), 401],
    [
      'a changed audience',
      url.replace('/notes', '/other'),
      bearer(`${String(head)}.${wider}.${String(signature)}`),
      401,
    ],
    ['another key', url, bearer(forged), 401],
    ['what control takes', url, bearer(await house.credential(mandate, 'r-1')), 401],
    ['in the address', `${url}?access_token=${token ?? ''}`, {}, 400],
    ['in the address too', `${url}?access_token=${token ?? ''}`, bearer(token), 400],
    ['from a page of the web', url, { ...bearer(token), origin: 'https://evil.example' }, 403],
    ['by its own', url, bearer(token), 200],
  ];
  for (const [what, at, headers, status] of strangers)
    expect({ what, status: (await ask(at, headers)).status }).toEqual({ what, status });
  // A name of the web that leads to this machine (DNS rebinding); `fetch` sets no `Host`.
  const rebound = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { ...bearer(token), host: 'evil.example', 'content-type': 'application/json' };
    request(url, { method: 'POST', headers }, ({ statusCode }) => resolve(statusCode))
      .once('error', reject)
      .end('{}');
  });
  expect(rebound).toBe(403);
  expect(existsSync(join(house.dir, 'enforcer', 'mcp-passes.json'))).toBe(true);
  for (const file of ['mcp-passes.json', 'mcp-passes.key'])
    expect(statSync(join(house.dir, 'enforcer', file)).mode & 0o077).toBe(0);
});

test('a session of one pass is nobody’s under another, and a pass that ended or expired lets nobody in', async () => {
  const [mine, theirs] = [await give(), await give()];
  const id = (await ask(mine.url, bearer(mine.token))).headers.get('mcp-session-id') ?? '';
  const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' };
  expect((await ask(mine.url, { ...bearer(theirs.token), 'mcp-session-id': id }, list)).status).toBe(404);
  expect((await ask(mine.url, { ...bearer(mine.token), 'mcp-session-id': id }, list)).status).toBe(200);
  must(await house.enforcer.call(enforcerApi.endMcpPass, { token: owner, params: { id: mine.pass.id } }));
  expect((await ask(mine.url, { ...bearer(mine.token), 'mcp-session-id': id }, list)).status).toBe(401);
  const short = await give({ ms: 1 });
  expect((await ask(short.url, bearer(short.token))).status).toBe(401);
});

test('headers that say something else than the message are refused, and a closed stream cancels its call', async () => {
  const { url, token } = await give();
  const asked = { ...bearer(token), ...headersOf('wait') };
  for (const wrong of [
    { 'mcp-name': 'look' },
    { 'mcp-method': 'tools/list' },
    { 'mcp-protocol-version': '2026-12-01' },
  ])
    expect(await (await ask(url, { ...asked, ...wrong }, call('wait'))).json()).toMatchObject({
      error: { code: -32_020 },
    });
  const before = notes().length;
  const gone = new AbortController();
  const headers = { ...asked, 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const leaving = fetch(url, { method: 'POST', headers, body: JSON.stringify(call('wait')), signal: gone.signal });
  await until('the call is under way', () => notes().slice(before).includes('waiting'));
  gone.abort();
  await expect(leaving).rejects.toThrow();
  await until('the server was told', () => notes().slice(before).includes('told to stop'));
});

test('what is no call of a tool goes through as it came, a call with its lineage, and an answer that is too long is left out', async () => {
  mandate = await house.mandate([
    { resource: 'mcp://notes/meta', actions: ['mcp.read'] },
    { resource: 'mcp://notes/long', actions: ['mcp.read'] },
  ]);
  const { url, token, pass } = await give();
  const id = (await ask(url, bearer(token))).headers.get('mcp-session-id') ?? '';
  const said = async (method: string, params: object): Promise<unknown> =>
    (await ask(url, { ...bearer(token), 'mcp-session-id': id }, { jsonrpc: '2.0', id: 3, method, params })).json();
  expect(await said('acme/echo', { say: 'odd' })).toMatchObject({ id: 3, result: { said: 'odd' } });
  // A method that the server has not is its own to refuse.
  expect(await said('acme/none', {})).toMatchObject({ error: { code: -32_601 } });
  const forged = { 'writ/mandate': 'm-other', 'writ/permit': 'theirs', 'acme/own': 'kept' };
  const meta = await said('tools/call', { name: 'meta', arguments: {}, _meta: forged });
  expect(JSON.stringify(meta)).toContain(`\\"writ/mandate\\":\\"${mandate}\\"`);
  expect(JSON.stringify(meta)).toContain(`\\"writ/run\\":\\"${pass.id}\\"`);
  expect(JSON.stringify(meta)).toContain('acme/own');
  expect(JSON.stringify(meta)).not.toContain('theirs');
  const long = JSON.stringify(await said('tools/call', { name: 'long', arguments: {} }));
  expect(long).toContain('more than 1,000,000, and is left out');
  expect(long.length).toBeLessThan(1_000);
});

/** What an agent that was given nothing does by itself: the client library's own sign-in. `dpop`: with a key of its own. */
function stranger(dpop: DpopSession | undefined) {
  const kept: {
    at?: string;
    verifier?: string;
    client?: { readonly client_id: string };
    tokens?: object;
    discovery?: object;
  } = {};
  const provider = {
    redirectUrl: 'http://127.0.0.1:1/callback',
    clientMetadata: { client_name: '<b>stranger</b>', redirect_uris: ['http://127.0.0.1:1/callback'] },
    state: () => 'its-state',
    clientInformation: () => kept.client,
    saveClientInformation: (client: { readonly client_id: string }) => void (kept.client = client),
    tokens: () => kept.tokens,
    saveTokens: (tokens: object) => void (kept.tokens = tokens),
    redirectToAuthorization: ({ href }: URL) => void (kept.at = href),
    saveCodeVerifier: (verifier: string) => void (kept.verifier = verifier),
    codeVerifier: () => kept.verifier ?? '',
    discoveryState: () => kept.discovery,
    saveDiscoveryState: (found: object) => void (kept.discovery = found),
    dpop: () => dpop,
    // The library's own values, as it gave them.
  } as unknown as OAuthClientProvider;
  return { kept, provider };
}

test.each(['no key', 'a key'])(
  'an agent that was given nothing finds where to ask, a person answers at a terminal, and the code counts once (%s)',
  async (has) => {
    const dpop = has === 'a key' ? await DpopSession.create() : undefined;
    const { url } = must(await house.enforcer.call(enforcerApi.mcpAddress, { token: owner, params: { id: 'notes' } }));
    const { kept, provider } = stranger(dpop);
    const transport = () => new StreamableHTTPClientTransport(new URL(url), { authProvider: provider });
    const client = () => new Client({ name: 'stranger', version: '1.0.0' });
    const first = transport();
    await expect(client().connect(first)).rejects.toBeInstanceOf(UnauthorizedError);
    const page = await fetch(kept.at ?? '');
    const shown = await page.text();
    expect(shown).toContain('&#60;b&#62;stranger');
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    const word = /--for (\S+)</.exec(shown)?.[1] ?? '';
    // Nothing happens by looking, and only a person answers.
    expect((await fetch(page.url, { redirect: 'manual' })).status).toBe(200);
    const given = await give({ word });
    expect(given.token).toBeNull();
    const back = new URL((await fetch(page.url, { redirect: 'manual' })).headers.get('location') ?? '');
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ state: 'its-state', iss: new URL(url).origin });
    const code = back.searchParams.get('code') ?? '';
    await first.finishAuth(back.searchParams);
    const agent = client();
    await agent.connect(transport());
    expect(said(await agent.callTool({ name: 'look' }))).toContain('nothing');
    await agent.close();
    const { items } = must(await house.enforcer.call(enforcerApi.listMcpPasses, { token: owner }));
    expect(items.find(({ id }) => id === given.pass.id)?.key).toBe(dpop?.thumbprint ?? null);
    const form = {
      ...{ grant_type: 'authorization_code', code, code_verifier: kept.verifier ?? '', resource: url },
      ...{ client_id: kept.client?.client_id ?? '', redirect_uri: 'http://127.0.0.1:1/callback' },
    };
    const again = await fetch(`${new URL(url).origin}/token`, { method: 'POST', body: new URLSearchParams(form) });
    expect(await again.json()).toEqual({ error: 'invalid_grant' });
  },
);

/** A client with a key of its own, as RFC 9449 has it: it comes again where it is told of a nonce. */
async function holder() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  let nonce: string | undefined;
  const proof = (htm: string, htu: string, token?: string): Promise<string> =>
    new SignJWT({
      ...{ htm, htu, nonce },
      ...(token !== undefined && { ath: createHash('sha256').update(token).digest('base64url') }),
    })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
      .setJti(randomUUID())
      .setIssuedAt()
      .sign(privateKey);
  const heard = (response: Response): Response => {
    nonce = response.headers.get('dpop-nonce') ?? nonce;
    return response;
  };
  return { jkt: await calculateJwkThumbprint(jwk), proof, heard };
}

/** A code for `notes`, given by a person. `jkt`: of the key that alone may bring it. */
async function codeFor(jkt?: string) {
  const { url } = must(await house.enforcer.call(enforcerApi.mcpAddress, { token: owner, params: { id: 'notes' } }));
  const { origin } = new URL(url);
  const redirect = 'http://127.0.0.1:1/callback';
  const body = JSON.stringify({ client_name: 'holder', redirect_uris: [redirect] });
  const registered = (await (await fetch(`${origin}/register`, { method: 'POST', body })).json()) as object;
  const { client_id: client } = registered as { readonly client_id: string };
  const verifier = randomUUID() + randomUUID();
  const asked = new URLSearchParams({
    ...{ response_type: 'code', client_id: client, redirect_uri: redirect, resource: url },
    ...{ code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' },
    ...(jkt !== undefined && { dpop_jkt: jkt }),
  });
  const page = await fetch(`${origin}/authorize?${asked.toString()}`);
  const { pass } = await give({ word: /--for (\S+)</.exec(await page.text())?.[1] ?? '' });
  const back = new URL((await fetch(page.url, { redirect: 'manual' })).headers.get('location') ?? '');
  const form = {
    ...{ grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '', code_verifier: verifier },
    ...{ resource: url, client_id: client, redirect_uri: redirect },
  };
  const bring = async (proof?: string) =>
    fetch(`${origin}/token`, {
      ...{ method: 'POST', body: new URLSearchParams(form) },
      ...(proof !== undefined && { headers: { dpop: proof } }),
    });
  return { url, pass, bring, tokenUrl: `${origin}/token` };
}

test('the token of a client that proves to hold a key counts with that key alone, each proof once', async () => {
  const [client, thief] = [await holder(), await holder()];
  const { url, pass, bring, tokenUrl } = await codeFor(client.jkt);
  const first = client.heard(await bring(await client.proof('POST', tokenUrl)));
  expect(await first.json()).toMatchObject({ error: 'use_dpop_nonce' });
  // Told of the nonce it comes again, with the code that counts still.
  const answered = await bring(await client.proof('POST', tokenUrl));
  const given = (await answered.json()) as { readonly access_token: string; readonly token_type: string };
  expect({ status: answered.status, type: given.token_type }).toEqual({ status: 200, type: 'DPoP' });
  const token = given.access_token;
  expect(decodeJwt(token)['cnf']).toEqual({ jkt: client.jkt });
  const dpop = (proof: string) => ({ authorization: `DPoP ${token}`, dpop: proof });
  const mine = await client.proof('POST', url, token);
  thief.heard(client.heard(await ask(url, dpop(mine))));
  const status = async (headers: Readonly<Record<string, string>>): Promise<number> => (await ask(url, headers)).status;
  expect(await status(dpop(mine))).toBe(401);
  const refused = await ask(url, bearer(token));
  expect(refused.headers.get('www-authenticate')).toMatch(/^DPoP .*algs="[^"]*ES256/);
  expect(refused.status).toBe(401);
  expect(await status({ authorization: `DPoP ${token}` })).toBe(401);
  expect(await status(dpop(await thief.proof('POST', url, token)))).toBe(401);
  expect(await status(dpop(await client.proof('POST', tokenUrl, token)))).toBe(401);
  expect(await status(dpop(await client.proof('POST', url, 'another')))).toBe(401);
  expect(await status(dpop(await client.proof('POST', url, token)))).toBe(200);
  const { items } = must(await house.enforcer.call(enforcerApi.listMcpPasses, { token: owner }));
  expect(items).toContainEqual({ ...pass, key: client.jkt });
  // A token that is bound to no key is not taken for one that is.
  const plain = await give();
  expect(
    await status({
      authorization: `DPoP ${plain.token ?? ''}`,
      dpop: await client.proof('POST', url, plain.token ?? ''),
    }),
  ).toBe(401);
});

test('a code, or a pass, that is for one key is for no other, and for nobody without one', async () => {
  const [client, thief] = [await holder(), await holder()];
  for (const proofOf of [() => undefined, (url: string) => thief.proof('POST', url)]) {
    const { bring, tokenUrl } = await codeFor(client.jkt);
    const first = thief.heard(await bring(await proofOf(tokenUrl)));
    const last = first.headers.has('dpop-nonce') ? await bring(await proofOf(tokenUrl)) : first;
    expect(await last.json()).toEqual({ error: 'invalid_grant' });
  }
  const { url, token, pass } = await give({ key: client.jkt });
  expect(pass.key).toBe(client.jkt);
  expect((await ask(url, bearer(token))).status).toBe(401);
  const dpop = async () => ({
    authorization: `DPoP ${token ?? ''}`,
    dpop: await client.proof('POST', url, token ?? ''),
  });
  client.heard(await ask(url, await dpop()));
  expect((await ask(url, await dpop())).status).toBe(200);
});

test.each(['earlier', 'modern'] as const)(
  'a server that speaks only 2026-07-28 is used by an agent of any revision (%s)',
  async (revision) => {
    mandate = await house.mandate([
      ...['look', 'meta'].map((tool) => ({ resource: `mcp://pipes/${tool}`, actions: ['mcp.read'] })),
      { resource: 'mcp://modern/where', actions: ['mcp.read'] },
      { resource: 'mcp://modern/wait', actions: ['mcp.write'] },
    ]);
    const pipes = await connected(await give({ server: 'pipes' }), revision);
    expect((await pipes.listTools()).tools.map(({ name }) => name)).toEqual(['look', 'meta']);
    expect(said(await pipes.callTool({ name: 'look' }))).toContain('nothing');
    expect(said(await pipes.callTool({ name: 'meta' }))).toContain(`writ/mandate\\":\\"${mandate}`);
    await pipes.close();

    const agent = await connected(await give({ server: 'modern' }), revision);
    expect((await agent.listTools()).tools.map(({ name }) => name)).toEqual(['where', 'wait']);
    expect(said(await agent.callTool({ name: 'where', arguments: { region: 'München' } }))).toContain('in München');
    // What the server wants said in a header stands there, whoever made the call.
    const region = `=?base64?${Buffer.from('München').toString('base64')}?=`;
    expect(modern.calls.at(-1)).toMatchObject({ 'mcp-name': 'where', 'mcp-param-region': region });
    // Who wants an answer no more says so in its own way; its request is over, and nothing else.
    const [gone, first] = [new AbortController(), modern.notes.length];
    const left = agent.callTool({ name: 'wait' }, { signal: gone.signal }).catch((error: unknown) => error);
    await until('the call is under way', () => modern.notes.slice(first).includes('waiting'));
    gone.abort();
    await left;
    await until('the server was told', () => modern.notes.slice(first).includes('cancelled'));
    expect(said(await agent.callTool({ name: 'where', arguments: { region: 'b' } }))).toContain('in b');
    const before = modern.notes.length;
    const waiting = agent.callTool({ name: 'wait' }).catch((error: unknown) => error);
    await until('the call is under way', () => modern.notes.slice(before).includes('waiting'));
    must(await house.owner.call(controlApi.revoke, { params: { id: mandate }, body: {} }));
    await waiting;
    await until('the server was told', () => modern.notes.slice(before).includes('cancelled'));
    await agent.close();
  },
);

test('an argument that its server wants said in a header, too, is the same in both', async () => {
  mandate = await house.mandate([{ resource: 'mcp://modern/where', actions: ['mcp.read'] }]);
  const { url, token } = await give({ server: 'modern' });
  const asked = (more: Readonly<Record<string, string>>) => {
    const message = call('where');
    const params = { ...message.params, arguments: { region: 'us-west1' } };
    return ask(url, { ...bearer(token), ...headersOf('where'), ...more }, { ...message, params });
  };
  const before = modern.calls.length;
  const wrong: readonly Readonly<Record<string, string>>[] = [
    {},
    { 'mcp-param-region': 'us-east1' },
    { 'mcp-param-region': '=?base64?dXM=?=' },
  ];
  for (const headers of wrong) {
    const refused = await asked(headers);
    expect({ headers, status: refused.status }).toEqual({ headers, status: 400 });
    expect(await refused.json()).toMatchObject({ id: 7, error: { code: -32_020 } });
  }
  expect(modern.calls).toHaveLength(before);
  const encoded = `=?base64?${Buffer.from('us-west1').toString('base64')}?=`;
  for (const region of ['us-west1', encoded])
    expect(await (await asked({ 'mcp-param-region': region })).text()).toContain('in us-west1');
  // A request of this revision that says so in its body alone is none.
  const { 'mcp-protocol-version': _, ...nameless } = headersOf('where');
  expect(await (await ask(url, { ...bearer(token), ...nameless }, call('where'))).json()).toMatchObject({
    error: { code: -32_020 },
  });
});

test('the door is where it was after the enforcer restarted: a pass counts still, and nothing that was open under it', async () => {
  const client = await holder();
  const [plain, bound, ended] = [await give(), await give({ key: client.jkt }), await give()];
  const gone = await give();
  const session = (await ask(plain.url, bearer(plain.token))).headers.get('mcp-session-id') ?? '';
  const dpop = async () => ({
    ...{ authorization: `DPoP ${bound.token ?? ''}`, dpop: await client.proof('POST', bound.url, bound.token ?? '') },
  });
  client.heard(await ask(bound.url, await dpop()));
  must(await house.enforcer.call(enforcerApi.endMcpPass, { token: owner, params: { id: ended.pass.id } }));
  await house.restartEnforcer();
  expect((await ask(plain.url, bearer(plain.token))).status).toBe(200);
  const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' };
  expect((await ask(plain.url, { ...bearer(plain.token), 'mcp-session-id': session }, list)).status).toBe(404);
  // Whoever kept a proof of before has nothing: its nonce was the other process's.
  const late = await ask(bound.url, await dpop());
  expect(late.headers.get('www-authenticate')).toContain('use_dpop_nonce');
  client.heard(late);
  expect((await ask(bound.url, await dpop())).status).toBe(200);
  expect((await ask(ended.url, bearer(ended.token))).status).toBe(401);
  must(await house.owner.call(controlApi.revoke, { params: { id: mandate }, body: {} }));
  expect((await ask(gone.url, bearer(gone.token))).status).toBe(401);
  mandate = await house.mandate([{ resource: 'mcp://notes/look', actions: ['mcp.read'] }]);
  const agent = await connected(await give(), 'modern');
  expect(said(await agent.callTool({ name: 'look' }))).toContain('nothing');
  await agent.close();
});
