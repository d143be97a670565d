import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { controlWorld, send } from '../testing/control-world.ts';
import type { Mandate } from '../testing/control-world.ts';
import { answerOf } from '../../../test/kit/http/answer-of.ts';

type Added = { readonly source: { readonly path: string }; readonly credential: string };
type Answer = { readonly code?: string; readonly outcome?: string; readonly subjects?: readonly string[] };

const frozen = (subject: string) => ({
  conditions: [
    {
      id: 'c',
      subject,
      test: 'not_equals',
      value: 'frozen',
      on_failure: 'suspend',
      returns: 'automatically',
      max_age_ms: null,
      when_unreported: 'holds',
    },
  ],
});

const rule = (level: string, updatedAt: string) =>
  JSON.stringify({
    action: 'edited',
    rule: { id: 1, name: 'release/2.4', updated_at: updatedAt, lock_branch_enforcement_level: level },
    repository: { full_name: 'acme/app', default_branch: 'main' },
    sender: { login: 'jörg' },
  });

describe('a webhook of GitHub over HTTP', () => {
  it('is believed for its signature over the bytes that came, and takes effect before it is answered', async () => {
    await using world = await controlWorld();
    const { json: added, status } = await world.call<Added>('POST', '/v1/sources', {
      id: 'gh',
      kind: 'github',
      subjects: ['branch:'],
      names: { 'acme/app': 'passkey' },
    });
    expect({ status, path: added.source.path }).toEqual({ status: 201, path: '/v1/sources/gh/github' });
    const mandate = await world.approved(frozen('branch:passkey/release/2.4'));
    const begun = await world.begin(mandate.id, await world.credential(mandate.id), 'k');
    let number = 0;
    const deliver = (body: string, more: Readonly<Record<string, string>> = {}) =>
      send<Answer>(world.url, 'POST', added.source.path, undefined, {
        raw: body,
        headers: {
          'content-type': 'application/json',
          'x-github-event': 'branch_protection_rule',
          'x-github-delivery': `d-${String(number++)}`,
          'x-hub-signature-256': `sha256=${createHmac('sha256', added.credential).update(body).digest('hex')}`,
          ...more,
        },
      });
    const state = async () => (await world.call<Mandate>('GET', `/v1/mandates/${mandate.id}`)).json.state;

    const lock = rule('everyone', '2029-12-01T10:00:00Z');
    for (const [body, more] of [
      [lock, { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }],
      [
        `${lock} `,
        { 'x-hub-signature-256': `sha256=${createHmac('sha256', added.credential).update(lock).digest('hex')}` },
      ],
    ] as const)
      expect(await deliver(body, more)).toMatchObject({ status: 401, json: { code: 'not_authentic' } });
    expect(await state()).toBe('active');

    const first = await deliver(lock, { 'x-github-delivery': 'first' });
    expect(first).toMatchObject({
      status: 202,
      json: { outcome: 'applied', subjects: ['branch:passkey/release/2.4'] },
    });
    expect(await state()).toBe('suspended');
    expect(await world.redeem(begun.json.permit)).toMatchObject({ current: false });
    expect(await deliver(lock, { 'x-github-delivery': 'first' })).toMatchObject({ status: 202, json: first.json });
    await world.restart();
    expect(await deliver(lock)).toMatchObject({ status: 202, json: first.json });
    expect(await deliver(`${lock} `, { 'x-github-delivery': 'first' })).toMatchObject({
      status: 409,
      json: { code: 'already_delivered' },
    });
    expect(await deliver(rule('off', '2029-12-01T10:00:01Z'))).toMatchObject({ status: 202 });
    expect(await state()).toBe('active');

    const { json } = await world.call<{ items: readonly { id: string; last: unknown }[] }>('GET', '/v1/sources');
    expect(json.items).toMatchObject([{ id: 'gh', last: { type: 'branch_protection_rule', outcome: 'applied' } }]);
    const audit = JSON.stringify((await world.call('GET', '/v1/audit?limit=1000')).json);
    expect(audit).not.toContain(added.credential);
  });

  it('is not another way in: other types, hosts, methods and sizes are refused before anything is read', async () => {
    await using world = await controlWorld();
    const path = '/v1/sources/gh/github';
    const push = (headers: Readonly<Record<string, string>>, raw = '{}') =>
      send<Answer>(world.url, 'POST', path, undefined, { raw, headers });
    expect((await push({ 'content-type': 'application/x-www-form-urlencoded' }, 'payload=%7B%7D')).status).toBe(415);
    expect((await push({ 'content-type': 'text/plain' })).status).toBe(415);
    expect((await push({ host: 'evil.example' })).status).toBe(403);
    expect((await push({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await push({ 'content-length': '4300000' })).status).toBe(413);
    expect((await push({})).json.code).toBe('not_authentic');
    expect((await send(world.url, 'GET', path)).status).toBe(404);
    expect((await send<Answer>(world.url, 'POST', '/v1/sources/%2e%2e%2fx/github', {})).json.code).toBe(
      'not_authentic',
    );
  });
});

/** Pushes one token as RFC 8935 says, and gives the answer as it is. */
async function push(url: string, token: string, type = 'application/secevent+jwt') {
  const sent = request(url, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': type, accept: 'application/json', 'content-length': Buffer.byteLength(token) },
  });
  sent.end(token);
  const response = await answerOf(sent);
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(parts).toString('utf8') };
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** An identity provider: its keys on a server of its own, and tokens signed by them without any library of ours. */
async function identityProvider() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'idp-1', alg: 'RS256', use: 'sig' };
  const server = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] })));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  let tokens = 0;
  const claims = (event: string, subId: object, more: object = {}) => ({
    iss: 'https://idp.example.com/',
    jti: `token-${String(tokens++)}`,
    iat: Math.floor(Date.now() / 1_000),
    aud: 'https://writ.example.com/',
    sub_id: subId,
    events: { [`https://schemas.openid.net/secevent/${event}`]: {} },
    ...more,
  });
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/jwks`,
    claims,
    token: (payload: object, header: object = {}) => {
      const head = `${encode({ alg: 'RS256', typ: 'secevent+jwt', kid: 'idp-1', ...header })}.${encode(payload)}`;
      return `${head}.${sign('sha256', Buffer.from(head), privateKey).toString('base64url')}`;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

describe('a transmitter of Shared Signals over HTTP', () => {
  it('ends the session its approver had: what was approved in it pauses, and nothing of it goes on', async () => {
    await using world = await controlWorld();
    await using idp = await identityProvider();
    const { status } = await world.call('POST', '/v1/sources', {
      id: 'idp',
      kind: 'ssf',
      subjects: ['session:', 'person:'],
      issuer: 'https://idp.example.com/',
      audience: 'https://writ.example.com/',
      keys: { url: idp.url, addresses: ['127.0.0.1'] },
    });
    expect(status).toBe(201);
    const [condition] = frozen('session:ada-7').conditions;
    const mandate = await world.approved({
      conditions: [{ ...condition, value: 'revoked', returns: 'by_reinstatement' }],
    });
    const token = await world.credential(mandate.id);
    const begun = await world.begin(mandate.id, token, 'k');
    const state = async () => (await world.call<Mandate>('GET', `/v1/mandates/${mandate.id}`)).json;
    const url = `${world.url}/v1/sources/idp/events`;

    const verification = idp.token(idp.claims('ssf/event-type/verification', { format: 'opaque', id: 'stream-1' }));
    expect(await push(url, verification)).toMatchObject({ status: 202, body: '' });
    const revoked = idp.token(idp.claims('caep/event-type/session-revoked', { format: 'opaque', id: 'ada-7' }));
    expect(await push(url, revoked)).toMatchObject({ status: 202, body: '' });
    expect(await state()).toMatchObject({ state: 'suspended', state_detail: '`session:ada-7` became revoked' });
    expect(await world.redeem(begun.json.permit)).toMatchObject({ current: false });
    expect((await world.begin(mandate.id, token, 'k2')).status).toBe(403);

    // The same token again, as a transmitter that heard no answer sends it, also after a restart: acknowledged, and nothing more.
    await world.call('POST', `/v1/mandates/${mandate.id}/reinstate`, {});
    expect(await state()).toMatchObject({ state: 'suspended' });
    const back = idp.claims('caep/event-type/session-established', { format: 'opaque', id: 'ada-7' });
    expect((await push(url, idp.token(back))).status).toBe(202);
    expect((await world.call('POST', `/v1/mandates/${mandate.id}/reinstate`, {})).status).toBe(200);
    await world.restart();
    expect((await push(`${world.url}/v1/sources/idp/events`, revoked)).status).toBe(202);
    expect(await state()).toMatchObject({ state: 'active' });
  });

  it('is told what is wrong in the words of RFC 8935', async () => {
    await using world = await controlWorld();
    await using idp = await identityProvider();
    await world.call('POST', '/v1/sources', {
      id: 'idp',
      kind: 'ssf',
      subjects: ['session:'],
      issuer: 'https://idp.example.com/',
      audience: 'https://writ.example.com/',
      keys: { url: idp.url, addresses: ['127.0.0.1'] },
    });
    const url = `${world.url}/v1/sources/idp/events`;
    const revoked = (more: object = {}) =>
      idp.claims('caep/event-type/session-revoked', { format: 'opaque', id: 'x' }, more);
    const good = idp.token(revoked());
    const wrong: readonly (readonly [string, string])[] = [
      ['invalid_request', 'not a token'],
      ['invalid_request', idp.token(revoked(), { typ: 'JWT' })],
      ['invalid_request', idp.token(revoked({ exp: 1 }))],
      // Not the last character of the signature: some of its bits stand for nothing.
      ['invalid_key', good.replace(/\.([^.])(?=[^.]*$)/, (_, first) => (first === 'A' ? '.B' : '.A'))],
      ['invalid_key', idp.token(revoked(), { kid: 'other' })],
      ['invalid_issuer', idp.token(revoked({ iss: 'https://evil.example/' }))],
      ['invalid_audience', idp.token(revoked({ aud: 'somebody else' }))],
    ];
    for (const [err, token] of wrong) {
      const answer = await push(url, token);
      expect([err, answer.status, JSON.parse(answer.body)]).toEqual([
        err,
        400,
        { err, description: expect.any(String) },
      ]);
      expect(answer.headers).toMatchObject({
        'content-type': expect.stringContaining('application/json'),
        'content-language': 'en',
      });
    }
    const stranger = await push(`${world.url}/v1/sources/none/events`, good);
    expect(JSON.parse(stranger.body)).toMatchObject({ err: 'authentication_failed' });
    expect((await push(url, good, 'application/json')).status).toBe(415);
    expect((await push(url, good, 'application/jwt')).status).toBe(415);
    const { json } = await world.call<{ items: readonly { last: unknown }[] }>('GET', '/v1/sources');
    expect(json.items).toMatchObject([{ last: null }]);
  });
});
