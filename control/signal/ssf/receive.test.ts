import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { audience, caep, claims, issuer, risc, signed, signer, ssf } from '../../testing/transmitter.ts';
import type { Signer } from '../../testing/transmitter.ts';
import { notFrozen } from '../../testing/scenario.ts';
import { codeOf, got, person, testControl } from '../../testing/test-control.ts';

const ada = { format: 'iss_sub', iss: issuer, sub: 'ada@example.com' };
const laptop = { format: 'iss_sub', iss: issuer, sub: 'e9297990' };
const session = { format: 'opaque', id: 'dMTlD|16008.16' };
const adaName = 'https://idp.example.com/123456789/#ada@example.com';

async function receiver(subjects: readonly string[] = ['person:', 'device:', 'session:']) {
  const kit = await testControl();
  const key = await signer('k1');
  const settings = { kind: 'ssf', issuer, audience, keys: { kind: 'given', jwks: { keys: [key.jwk] } } } as const;
  got(await kit.control.addSource({ id: 'idp', subjects, settings }, { by: person }));
  const hear = async (payload: object | string, header: object = {}, by: Signer = key) =>
    kit.control.hearSet('idp', await signed(by, payload, header));
  return {
    kit,
    key,
    hear,
    tell: (event: string, subId: object, body: object = {}, more: object = {}) =>
      hear(claims(kit.clock.now, event, subId, body, more)),
    err: async (payload: object | string, header: object = {}, by: Signer = key) => {
      const answer = await hear(payload, header, by);
      return answer.kind === 'refused' ? answer.err : answer.kind;
    },
    values: () =>
      Object.fromEntries([...kit.control.state.subjects].map(([subject, { reading }]) => [subject, reading.value])),
    [Symbol.asyncDispose]: () => kit[Symbol.asyncDispose](),
  };
}

describe('a security event', () => {
  it.each<readonly [string, object, object, Record<string, string>]>([
    [`${caep}session-revoked`, session, {}, { 'session:dMTlD%7C16008.16': 'revoked' }],
    [
      `${caep}session-revoked`,
      { format: 'complex', session, user: ada, tenant: { format: 'opaque', id: '1' } },
      { initiating_entity: 'policy', reason_admin: { en: 'Landspeed Policy Violation' } },
      { 'session:dMTlD%7C16008.16': 'revoked' },
    ],
    [
      `${caep}session-revoked`,
      { format: 'complex', user: ada, device: laptop },
      {},
      {
        [`person:${adaName}/sessions`]: 'revoked',
        'device:https://idp.example.com/123456789/#e9297990/sessions': 'revoked',
      },
    ],
    [
      `${caep}session-established`,
      { format: 'email', email: 'Ada@Example.COM' },
      {},
      { 'person:ada@example.com/sessions': 'established' },
    ],
    [
      `${caep}credential-change`,
      ada,
      { credential_type: 'fido2-roaming', change_type: 'revoke' },
      { [`person:${adaName}/credentials`]: 'revoke' },
    ],
    [
      `${caep}assurance-level-change`,
      ada,
      { namespace: 'NIST-AAL', current_level: 'nist-aal1', previous_level: 'nist-aal2', change_direction: 'decrease' },
      { [`person:${adaName}/assurance`]: 'nist-aal1' },
    ],
    [
      `${caep}device-compliance-change`,
      { format: 'complex', device: laptop, tenant: { format: 'opaque', id: '1' } },
      { current_status: 'not-compliant', previous_status: 'compliant' },
      { 'device:https://idp.example.com/123456789/#e9297990/compliance': 'not-compliant' },
    ],
    [
      `${caep}risk-level-change`,
      ada,
      { principal: 'USER', current_level: 'HIGH', risk_reason: 'PASSWORD_FOUND_IN_DATA_BREACH' },
      { [`person:${adaName}/risk`]: 'HIGH' },
    ],
    [
      `${risc}account-disabled`,
      { format: 'phone_number', phone_number: '+12065550100' },
      { reason: 'hijacking' },
      { 'person:+12065550100/account': 'disabled' },
    ],
    [
      `${risc}account-disabled`,
      {
        format: 'aliases',
        identifiers: [
          { format: 'email', email: 'a@b.c' },
          { format: 'account', uri: 'acct:a@b.c' },
        ],
      },
      {},
      { 'person:a@b.c/account': 'disabled', 'person:acct:a@b.c/account': 'disabled' },
    ],
    [`${ssf}stream-updated`, { format: 'opaque', id: 'stream' }, { status: 'paused' }, { 'stream:idp': 'paused' }],
  ])('%s of %j leaves its readings', async (event, subId, body, readings) => {
    await using idp = await receiver();
    expect(await idp.tell(event, subId, body)).toEqual({ kind: 'accepted', subjects: Object.keys(readings) });
    expect(idp.values()).toEqual(readings);
  });

  it('that nobody depends on, or that says nothing that can be used, is acknowledged and recorded as such', async () => {
    await using idp = await receiver(['person:']);
    for (const [event, subId, body] of [
      [`${caep}token-claims-change`, { format: 'jwt_id', iss: issuer, jti: 'x' }, { claims: { role: 'ro' } }],
      [`${caep}credential-change`, ada, { change_type: 'eaten' }],
      [`${caep}risk-level-change`, ada, { principal: 'TENANT', current_level: 'LOW' }],
      [`${caep}risk-level-change`, ada, { principal: 'toString', current_level: 'LOW' }],
      [`${caep}session-revoked`, { format: 'ip-addresses', 'ip-addresses': ['10.0.0.1'] }, {}],
      [`${caep}device-compliance-change`, { format: 'complex', user: ada }, { current_status: 'compliant' }],
      [`${ssf}verification`, { format: 'opaque', id: 'stream' }, { state: 'VGhpcw' }],
      // Not for this source to say.
      [`${caep}session-revoked`, session, {}],
    ] as const)
      expect(await idp.tell(event, subId, body)).toEqual({ kind: 'accepted', subjects: [] });
    expect(idp.values()).toEqual({});
    expect((await idp.kit.types()).filter((type) => type === 'delivery.received')).toHaveLength(8);
    expect(idp.kit.control.state.deliveries.get('idp')?.last?.note).toBe(
      '`session:dMTlD%7C16008.16` is not for it to report',
    );
  });

  it('is ordered by when it happened, not by when it came', async () => {
    await using idp = await receiver();
    const at = (ms: number) => ({ event_timestamp: Math.floor((idp.kit.clock.now + ms) / 1_000) });
    await idp.tell(`${risc}account-disabled`, ada, at(-10_000));
    await idp.tell(`${risc}account-enabled`, ada, at(-60_000));
    expect(idp.values()).toEqual({ [`person:${adaName}/account`]: 'disabled' });
    // Of the same second, what came later.
    await idp.tell(`${risc}account-enabled`, ada, at(-10_000));
    expect(idp.values()).toEqual({ [`person:${adaName}/account`]: 'enabled' });
    expect(idp.kit.control.state.subjects.get(`person:${adaName}/account`)?.reading.at).toBe(
      idp.kit.clock.now - 10_000,
    );
  });

  it('suspends the work its approver’s revoked session stood behind, and says in the record whose word it was', async () => {
    await using idp = await receiver();
    const m0 = await idp.kit.approved({
      conditions: [notFrozen({ subject: `person:${adaName}/sessions`, value: 'revoked' })],
    });
    const { operation, permit } = await idp.kit.begun(m0);
    await idp.tell(`${caep}session-revoked`, { format: 'complex', user: ada });
    expect(idp.kit.control.answering(m0)?.mandate.state).toMatchObject({
      name: 'suspended',
      cause: { reading: 'revoked' },
    });
    expect(idp.kit.control.state.operations.get(operation.begun.id)?.state).toMatchObject({
      interrupt: { how: 'interrupt' },
    });
    expect(await idp.kit.redeem(permit)).toMatchObject({ current: false });
    const said = (await idp.kit.journal.readAll()).find(({ type }) => type === 'signal.reported');
    expect(said).toMatchObject({ actor: 'source:idp', data: { source: 'idp', by: 'source:idp' } });
    await idp.tell(`${caep}session-established`, { format: 'complex', user: ada });
    expect(idp.kit.control.answering(m0)?.mandate.state.name).toBe('suspended');
  });

  it('is taken once and acknowledged each time, also after a restart', async () => {
    await using idp = await receiver();
    const token = await signed(idp.key, claims(idp.kit.clock.now, `${risc}account-disabled`, ada));
    const answers = await Promise.all([idp.kit.control.hearSet('idp', token), idp.kit.control.hearSet('idp', token)]);
    expect(answers.map((answer) => answer.kind === 'accepted' && answer.subjects.length).sort()).toEqual([0, 1]);
    await idp.tell(`${risc}account-enabled`, ada);
    await idp.kit.restart();
    expect(await idp.kit.control.hearSet('idp', token)).toEqual({ kind: 'accepted', subjects: [] });
    expect(idp.values()).toEqual({ [`person:${adaName}/account`]: 'enabled' });
  });

  it('is forgotten when it is too old to be taken, and not before', async () => {
    await using idp = await receiver();
    const day = 24 * 3_600_000;
    const token = await signed(idp.key, claims(idp.kit.clock.now, `${risc}account-disabled`, ada));
    await idp.kit.control.hearSet('idp', token);
    idp.kit.clock.now += day;
    expect(await idp.kit.control.hearSet('idp', token)).toEqual({ kind: 'accepted', subjects: [] });
    expect(idp.kit.control.state.deliveries.get('idp')?.seen.size).toBe(1);
    idp.kit.clock.now += 1_000;
    expect(await idp.kit.control.hearSet('idp', token)).toMatchObject({ kind: 'refused', err: 'invalid_request' });
    idp.kit.clock.now += 400_000;
    await idp.tell(`${risc}account-enabled`, ada);
    expect(idp.kit.control.state.deliveries.get('idp')?.seen.size).toBe(1);
  });
});

describe('attacks 7 to 11: a token that is not what it says', () => {
  const revoked = (now: number, more: object = {}) => claims(now, `${caep}session-revoked`, session, {}, more);

  it('no algorithm but the key’s own verifies it', async () => {
    await using idp = await receiver();
    const { now } = idp.kit.clock;
    const other = await signer('k1');
    expect(await idp.err(revoked(now), {}, other)).toBe('invalid_key');
    expect(await idp.err(revoked(now), { kid: 'k2' }, other)).toBe('invalid_key');
    for (const alg of ['PS256', 'RS384', 'RS512'])
      expect(await idp.err(revoked(now), {}, { ...(await signer('k1', alg)), jwk: idp.key.jwk })).toBe('invalid_key');
    expect(await idp.err(revoked(now), {}, await signer('k1', 'ES256'))).toBe('invalid_key');
    const encode = (part: object | string) =>
      Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
    const none = `${encode({ alg: 'none', typ: 'secevent+jwt', kid: 'k1' })}.${encode(revoked(now))}.`;
    // HS256 with the public key as the secret.
    const head = `${encode({ alg: 'HS256', typ: 'secevent+jwt', kid: 'k1' })}.${encode(revoked(now))}`;
    const mac = createHmac('sha256', JSON.stringify(idp.key.jwk)).update(head).digest('base64url');
    for (const token of [none, `${none}AA`, `${head}.${mac}`, '', 'a.b.c', head]) {
      const answer = await idp.kit.control.hearSet('idp', token);
      expect([token.slice(0, 20), answer.kind]).toEqual([token.slice(0, 20), 'refused']);
    }
    expect(idp.values()).toEqual({});
  });

  it('it brings no key, and asks for nothing that is not understood', async () => {
    await using idp = await receiver();
    const { now } = idp.kit.clock;
    const thief = await signer('k9');
    for (const header of [
      { jwk: thief.jwk },
      { jku: 'http://169.254.169.254/jwks' },
      { x5u: 'http://127.0.0.1/x' },
      { kid: '../../keys/credential.key' },
      { kid: "' OR 1=1" },
    ])
      expect(await idp.err(revoked(now), header, thief)).toBe('invalid_key');
    const withCrit = await signed(idp.key, revoked(now));
    const [, body, tail] = withCrit.split('.');
    for (const crit of [['exp'], ['b64'], [], 'x', null]) {
      const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid: 'k1', typ: 'secevent+jwt', crit })).toString(
        'base64url',
      );
      expect(await idp.kit.control.hearSet('idp', `${header}.${body}.${tail}`)).toMatchObject({
        err: 'invalid_request',
        description: 'it asks for an extension with `crit`',
      });
    }
    const twice = Buffer.from('{"alg":"RS256","alg":"none","kid":"k1","typ":"secevent+jwt"}').toString('base64url');
    expect(await idp.kit.control.hearSet('idp', `${twice}.${body}.${tail}`)).toMatchObject({ err: 'invalid_request' });
  });

  it('it is of this issuer, for this audience, and of no other type', async () => {
    await using idp = await receiver();
    const { now } = idp.kit.clock;
    for (const typ of ['JWT', 'at+jwt', 'writ-permit+jwt', 'secevent', undefined])
      expect(await idp.err(revoked(now), { typ })).toBe('invalid_request');
    for (const iss of ['https://evil.example/', issuer.slice(0, -1), undefined, [issuer]])
      expect(await idp.err(revoked(now, { iss }))).toBe('invalid_issuer');
    for (const aud of ['https://other.example/', undefined, [], { [audience]: true }, `${audience}/`])
      expect(await idp.err(revoked(now, { aud }))).toBe('invalid_audience');
    expect(await idp.err(revoked(now, { aud: ['x', audience] }))).toBe('accepted');
    expect(await idp.err(revoked(now), { typ: 'application/secevent+jwt' })).toBe('accepted');
  });

  it('it is one event of about now, and could be no other kind of token', async () => {
    await using idp = await receiver();
    const { now } = idp.kit.clock;
    const s = (ms: number) => Math.floor((now + ms) / 1_000);
    for (const more of [
      { exp: s(60_000) },
      { sub: 'ada' },
      { jti: undefined },
      { jti: '' },
      { jti: 7 },
      { iat: undefined },
      { iat: String(s(0)) },
      { iat: s(301_000) },
      { iat: s(-24 * 3_600_000 - 1_000) },
      { iat: 1e309 },
      { events: undefined },
      { events: {} },
      { events: [] },
      { events: { [`${caep}session-revoked`]: null } },
      { events: { [`${caep}session-revoked`]: {}, [`${caep}credential-change`]: {} } },
      { events: { [`${caep}session-revoked`]: { event_timestamp: s(301_000) } } },
    ])
      expect([more, await idp.err(revoked(now, more))]).toEqual([more, 'invalid_request']);
    expect(await idp.err('{"iss":"x","iss":"y"}')).toBe('invalid_request');
    expect(await idp.err('not json')).toBe('invalid_request');
    expect(idp.values()).toEqual({});
    expect(await idp.err(revoked(now, { iat: s(299_000) }))).toBe('accepted');
  });

  it('a stranger is told nothing of which transmitters there are, and cannot fill the record', async () => {
    await using idp = await receiver();
    const token = await signed(idp.key, revoked(idp.kit.clock.now));
    got(await idp.kit.control.addSource({ id: 'ci', subjects: ['ci:'], settings: { kind: 'api' } }, { by: person }));
    const answers = await Promise.all(['none', 'ci', '', '__proto__'].map((id) => idp.kit.control.hearSet(id, token)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    const before = (await idp.kit.types()).length;
    for (let index = 0; index < 20; index++) await idp.hear('{}');
    expect((await idp.kit.types()).slice(before)).toEqual(['attempt.refused']);
    got(await idp.kit.control.removeSource('idp', { by: person }));
    expect(await idp.kit.control.hearSet('idp', token)).toMatchObject({ err: 'authentication_failed' });
  });
});

describe('a transmitter', () => {
  it('is not added with keys that are private, symmetric, weak, or for nothing', async () => {
    await using kit = await testControl();
    const good = await signer('k1');
    const { alg: _, ...unnamed } = good.jwk;
    const add = (keys: readonly object[], id = 'x') => {
      const jwks = { keys: keys as readonly Record<string, unknown>[] };
      const settings = { kind: 'ssf', issuer, audience, keys: { kind: 'given', jwks } } as const;
      return kit.control.addSource({ id, subjects: ['person:'], settings }, { by: person });
    };
    for (const keys of [
      [],
      [{ kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' }],
      [{ ...good.jwk, d: 'x' }],
      [{ ...good.jwk, use: 'enc' }],
      [{ ...good.jwk, alg: 'RS512' }],
      [{ ...good.jwk, n: 'AQAB' }],
      [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', alg: 'ES384' }],
      [good.jwk, { kty: 'OKP', crv: 'X25519', x: 'x' }],
      [{}],
    ])
      expect([keys, codeOf(await add(keys))]).toEqual([keys, 'malformed_request']);
    got(await add([unnamed, { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }], 'ok'));
  });
});
