/** Attacks 7, 8 and 9 on the one function that verifies what control signed. The places that use it are attacked in conformance/attacks/signatures.test.ts. */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { compactVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { signCompactJws, verifyCompactJws } from './compact-jws.ts';

const ours = generateKeyPairSync('ed25519');
const theirs = generateKeyPairSync('ed25519');
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const base64url = (value: string | Uint8Array) => Buffer.from(value).toString('base64url');
const claims = { iss: 'i', iat: 1_000, jti: 'op-1' };

/** Signs whatever it is given. */
function token(
  header: string | object = {},
  payload: string | object = claims,
  seal: (signed: Buffer) => Uint8Array = (signed) => sign(null, signed, ours.privateKey),
): string {
  const text = (value: string | object) => (typeof value === 'string' ? value : JSON.stringify(value));
  const whole = typeof header === 'string' ? header : { alg: 'EdDSA', typ: 't', kid: 'k', ...header };
  const signed = `${base64url(text(whole))}.${base64url(text(payload))}`;
  return `${signed}.${base64url(seal(Buffer.from(signed)))}`;
}

const keys = (more: Readonly<Record<string, KeyObject>> = {}, signedUntil: number | null = null) => {
  const known = new Map(Object.entries({ k: ours.publicKey, ...more }));
  return (kid: string) => {
    const key = known.get(kid);
    return key === undefined ? undefined : { key, signedUntil };
  };
};
const problemOf = (text: string, keyOf = keys()) => {
  const verified = verifyCompactJws(text, { type: 't', maxLength: 4_096, keyOf });
  return verified.ok ? 'none' : verified.problem;
};

describe('verifyCompactJws', () => {
  it('takes what we signed and gives its claims', () => {
    expect(verifyCompactJws(token(), { type: 't', maxLength: 4_096, keyOf: keys() })).toEqual({
      ok: true,
      kid: 'k',
      claims,
      issuedAt: 1_000,
    });
  });

  it('refuses every one-character change', () => {
    const good = token();
    fc.assert(
      fc.property(
        fc.nat({ max: good.length - 1 }),
        fc.constantFrom('A', 'a', '0', '9', '_', '-', '.', '=', '+', ' ', '\n'),
        (at, character) => {
          fc.pre(good[at] !== character);
          expect(problemOf(good.slice(0, at) + character + good.slice(at + 1))).not.toBe('none');
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ['alg none, unsigned', token({ alg: 'none' }, claims, () => new Uint8Array()), 'malformed'],
    ['alg none, signed all the same', token({ alg: 'none' }), 'malformed'],
    [
      'HS256 with the public key as the secret',
      token({ alg: 'HS256' }, claims, (signed) =>
        createHmac('sha256', ours.publicKey.export({ format: 'der', type: 'spki' }))
          .update(signed)
          .digest(),
      ),
      'malformed',
    ],
    [
      'ES256 in the place of EdDSA',
      token({}, claims, (signed) => sign('sha256', signed, { key: curve.privateKey, dsaEncoding: 'ieee-p1363' })),
      'bad_signature',
    ],
    ['another key', token({}, claims, (signed) => sign(null, signed, theirs.privateKey)), 'bad_signature'],
    ['no algorithm', token('{"typ":"t","kid":"k"}'), 'malformed'],
    ['another kind', token({ typ: 'u' }), 'other_type'],
    ['no kind', token('{"alg":"EdDSA","kid":"k"}'), 'malformed'],
    ['no key', token('{"alg":"EdDSA","typ":"t"}'), 'malformed'],
    ['crit', token({ crit: ['exp'] }), 'malformed'],
    ['b64', token({ b64: false, crit: ['b64'] }), 'malformed'],
    ['its own key', token({ jwk: theirs.publicKey.export({ format: 'jwk' }) }), 'malformed'],
    ['where to find its key', token({ jku: 'https://evil.example/jwks' }), 'malformed'],
    ['a certificate', token({ x5u: 'https://evil.example/cert' }), 'malformed'],
    ['a member given twice in the header', token('{"alg":"none","alg":"EdDSA","typ":"t","kid":"k"}'), 'malformed'],
    ['a member given twice in the payload', token({}, '{"iat":1,"jti":"op-1","jti":"op-2"}'), 'malformed'],
    ['a payload that is a list', token({}, '[]'), 'malformed'],
    ['a header that is a list', token('["EdDSA"]'), 'malformed'],
    ['no time of issue', token({}, { iss: 'i' }), 'malformed'],
    ['a time of issue in words', token({}, { iat: '1000' }), 'malformed'],
    ['two parts', token().split('.').slice(0, 2).join('.'), 'malformed'],
    ['four parts', `${token()}.x`, 'malformed'],
    ['padding', `${token()}==`, 'malformed'],
    ['nothing', '', 'malformed'],
    ['the flattened JSON form', JSON.stringify({ payload: 'e30', signature: 'AA' }), 'malformed'],
    ['something endless', 'a'.repeat(5_000), 'malformed'],
  ])('refuses %s', (_, text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });

  it.each(['../k', "k' OR '1'='1", 'https://evil.example/k', 'k\0', '__proto__', 'constructor', 'K', ' k', ''])(
    'takes the id `%s` for an id and nothing else',
    (kid) => {
      expect(problemOf(token({ kid }))).toBe('unknown_key');
    },
  );

  it('refuses a second spelling of the same bytes', () => {
    const good = token();
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(good.at(-1) ?? '');
    // 64 bytes end in a character of which four bits are used.
    const spelled = alphabet.slice(last - (last % 16), last - (last % 16) + 16).split('');
    const others = spelled.filter((character) => character !== good.at(-1)).map((end) => good.slice(0, -1) + end);
    expect(others.map((text) => Buffer.from(text.split('.')[2] ?? '', 'base64url').toString('base64url'))).toEqual(
      others.map(() => good.split('.')[2]),
    );
    expect(others.map((text) => problemOf(text))).toEqual(others.map(() => 'malformed'));
  });

  it('verifies with a key of its own algorithm only, whatever the ring holds', () => {
    const sealed = token({ kid: 'p' }, claims, (signed) =>
      sign('sha256', signed, { key: curve.privateKey, dsaEncoding: 'ieee-p1363' }),
    );
    expect(problemOf(sealed, keys({ p: curve.publicKey }))).toBe('unknown_key');
    expect(problemOf(token(), keys({ k: ours.privateKey }))).toBe('unknown_key');
  });

  it('believes nothing that a key signed after its successor took over', () => {
    expect(problemOf(token({}, { ...claims, iat: 1_000 }), keys({}, 1_000))).toBe('none');
    expect(problemOf(token({}, { ...claims, iat: 1_001 }), keys({}, 1_000))).toBe('key_over');
  });
});

describe('signCompactJws', () => {
  const key = { type: 't', kid: 'k', key: ours.privateKey };

  it('writes what is verified here, and by others', async () => {
    const said = { ...claims, sub: 'Zoë \u{1f511}', list: [1, null, 'a.b'] };
    const text = await signCompactJws(said, key);
    expect(verifyCompactJws(text, { type: 't', maxLength: 4_096, keyOf: keys() })).toMatchObject({
      ok: true,
      claims: said,
    });
    const { payload, protectedHeader } = await compactVerify(text, ours.publicKey, { algorithms: ['EdDSA'] });
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual(said);
    expect(protectedHeader).toEqual({ alg: 'EdDSA', typ: 't', kid: 'k' });
  });

  it('writes the same statement the same, so that a lost reply can be given again', async () => {
    expect(await signCompactJws(claims, key)).toBe(await signCompactJws({ ...claims }, key));
  });
});
