/**
 * Attacks 7 to 11, 29 and 53, at every place that believes what control signs: a sink and control itself take permits, an enforcement point takes artifacts.
 *
 * The attacker has everything but what the attack is about: the real statement, the real keys where the attack is not the signature, and the line to the point.
 */
import { createSink } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PointWorld, Run } from './point.ts';
import { pointAndControl } from './point.ts';
import { minute, t0 } from './support.ts';

type Json = Readonly<Record<string, unknown>>;
type Use = 'permit' | 'artifact' | 'evidence';
type Genuine = { readonly header: Json; readonly claims: Json };
type Keys = Readonly<Record<Use, { readonly kid: string; readonly key: KeyObject; readonly x: string }>>;

/** Makes another statement of the genuine one. */
type Forge = (genuine: Genuine, keys: Keys, use: Use) => string;

/** Whether the place believes what is made of a genuine statement. */
type Place = {
  readonly name: string;
  readonly use: Use;
  readonly believes: (forge: (genuine: Genuine) => string) => Promise<boolean>;
};

const base64url = (value: string | Uint8Array): string => Buffer.from(value).toString('base64url');
const decoded = (part: string | undefined): Json => JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Json;
const genuineIn = (token: string): Genuine => ({
  header: decoded(token.split('.')[0]),
  claims: decoded(token.split('.')[1]),
});

/** A compact JWS of exactly these texts. */
function jws(header: Json | string, claims: Json | string, seal: (signed: Buffer) => Uint8Array): string {
  const text = (value: Json | string): string => (typeof value === 'string' ? value : JSON.stringify(value));
  const signed = `${base64url(text(header))}.${base64url(text(claims))}`;
  return `${signed}.${base64url(seal(Buffer.from(signed)))}`;
}
const by =
  (key: KeyObject) =>
  (signed: Buffer): Uint8Array =>
    sign(null, signed, key);
const theirs = generateKeyPairSync('ed25519');
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** The keys that sign now, private halves and all. */
async function keysOf(world: PointWorld): Promise<Keys> {
  const { items } = await world.must(world.person.call(controlApi.listKeys));
  const entries = items
    .filter(({ state }) => state === 'signing')
    .map(async ({ id, use }) => {
      const jwk = JSON.parse(await readFile(join(world.dir, 'control', 'keys', `${id}.jwk`), 'utf8')) as { x: string };
      return [
        use,
        { kid: id, x: jwk.x, key: createPrivateKey({ key: { ...jwk, kty: 'OKP', crv: 'Ed25519' }, format: 'jwk' }) },
      ];
    });
  return Object.fromEntries(await Promise.all(entries)) as Keys;
}

const wanted = { action: 'file.write', resource: 'workspace://p/a', parameters: { tree: 'abc' } };

function placesOf(world: PointWorld, run: Run): readonly Place[] {
  const permit = async (): Promise<string> =>
    (
      await world.must(
        world.point.call(controlApi.begin, {
          token: run.credential,
          idempotencyKey: randomUUID(),
          body: { mandate: run.mandate, ...wanted },
        }),
      )
    ).permit;
  return [
    {
      name: 'a permit at a sink',
      use: 'permit',
      async believes(forge) {
        // A sink of its own, so that none has seen the keys of another test.
        using sink = createSink({
          control: { url: world.url },
          token: world.sinkToken,
          timeoutMs: 5_000,
          clock: world.rightClock,
        });
        return (await sink.redeem({ ...wanted, permit: forge(genuineIn(await permit())) })).ok;
      },
    },
    {
      name: 'a permit at control',
      use: 'permit',
      async believes(forge) {
        const body = { ...wanted, permit: forge(genuineIn(await permit())) };
        return (await world.must(world.point.call(controlApi.redeem, { token: world.sinkToken, body }))).current;
      },
    },
    {
      name: 'an artifact at a point',
      use: 'artifact',
      async believes(forge) {
        world.artifacts.release(run.credential);
        world.tap.onVouched = (reply) => {
          const { items } = reply as { items: { mandate: string; artifact: string }[] };
          return {
            items: items.map(({ mandate, artifact: text }) => {
              // The mandates it discloses stay as they are; forged on their own below.
              const [statement = '', ...disclosures] = text.split('~');
              return { mandate, artifact: [forge(genuineIn(statement)), ...disclosures].join('~') };
            }),
          };
        };
        await world.artifacts.hold(run);
        world.tap.onVouched = null;
        return world.artifacts.get(run) !== null;
      },
    },
  ];
}

/** Tells the point what control tells of its keys. */
function keysChanged({ artifacts }: PointWorld, type: 'key.activated' | 'key.retired'): void {
  artifacts.changed({ type, stream: 'keys', position: 0, at: '', project: '_', actor: '', lineage: {}, data: null });
}

const again: Forge = ({ header, claims }, keys, use) => jws(header, claims, by(keys[use].key));
const withHeader =
  (more: Json, key?: KeyObject): Forge =>
  ({ header, claims }, keys, use) =>
    jws({ ...header, ...more }, claims, by(key ?? keys[use].key));
const withClaims =
  (more: Json): Forge =>
  ({ header, claims }, keys, use) =>
    jws(header, { ...claims, ...more }, by(keys[use].key));
const withMac =
  (secretOf: (x: string) => Uint8Array | string): Forge =>
  ({ header, claims }, keys, use) =>
    jws({ ...header, alg: 'HS256' }, claims, (signed) =>
      createHmac('sha256', secretOf(keys[use].x)).update(signed).digest(),
    );
const spki = (x: string, format: 'der' | 'pem') =>
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }).export({
    format,
    type: 'spki',
  } as never) as unknown as Uint8Array | string;

const attacks: readonly (readonly [string, Forge])[] = [
  ['7: alg none, unsigned', ({ header, claims }) => jws({ ...header, alg: 'none' }, claims, () => new Uint8Array())],
  ['7: alg none, and signed all the same', withHeader({ alg: 'none' })],
  ['7: alg nOnE', withHeader({ alg: 'nOnE' })],
  ['7: HS256 with the public key, as bytes', withMac((x) => Buffer.from(x, 'base64url'))],
  ['7: HS256 with the public key, as DER', withMac((x) => spki(x, 'der'))],
  ['7: HS256 with the public key, as PEM', withMac((x) => spki(x, 'pem'))],
  [
    '7: an ES256 signature in the place of an EdDSA one',
    ({ header, claims }) =>
      jws(header, claims, (signed) => sign('sha256', signed, { key: curve.privateKey, dsaEncoding: 'ieee-p1363' })),
  ],
  ['7: somebody else’s EdDSA signature', withHeader({}, theirs.privateKey)],
  ...['../../etc/passwd', "' OR 1=1 --", 'https://evil.example/key', '__proto__', ''].map(
    (kid) => [`8: kid \`${kid}\``, withHeader({ kid })] as const,
  ),
  [
    '8: no kid',
    ({ header, claims }, keys, use) => jws({ alg: header['alg'], typ: header['typ'] }, claims, by(keys[use].key)),
  ],
  ['8: its own key in the header', withHeader({ jwk: theirs.publicKey.export({ format: 'jwk' }) }, theirs.privateKey)],
  ['8: where to find its key', withHeader({ jku: 'http://127.0.0.1:9/keys' }, theirs.privateKey)],
  ['8: where to find its certificate', withHeader({ x5u: 'http://127.0.0.1:9/cert' }, theirs.privateKey)],
  ['9: an extension that must be understood', withHeader({ crit: ['urn:example:exp'], 'urn:example:exp': 1 })],
  ['9: an extension nobody names', withHeader({ zip: 'DEF' })],
  [
    '9: the algorithm given twice',
    ({ header, claims }, keys, use) =>
      jws(
        `{"alg":"none","alg":"EdDSA","typ":"${String(header['typ'])}","kid":"${keys[use].kid}"}`,
        claims,
        by(keys[use].key),
      ),
  ],
  [
    '29: a claim given twice',
    ({ header, claims }, keys, use) =>
      jws(header, `{"iss":"urn:writ:control",${JSON.stringify(claims).slice(1)}`, by(keys[use].key)),
  ],
  [
    '29: a claim given twice, once spelled with an escape',
    ({ header, claims }, keys, use) =>
      jws(header, String.raw`{"\u0069ss":"urn:writ:control",${JSON.stringify(claims).slice(1)}`, by(keys[use].key)),
  ],
  ['10: another issuer', withClaims({ iss: 'urn:writ:control:other' })],
  ['11: another kind', withHeader({ typ: 'JWT' })],
  ['11: the kind of a receipt', withHeader({ typ: 'writ-receipt+jwt' })],
  [
    '11: no kind',
    ({ header, claims }, keys, use) => jws({ alg: header['alg'], kid: header['kid'] }, claims, by(keys[use].key)),
  ],
  [
    '11: signed with the key for evidence',
    ({ header, claims }, keys) => jws({ ...header, kid: keys.evidence.kid }, claims, by(keys.evidence.key)),
  ],
  [
    '11: signed with the key for the other kind',
    ({ header, claims }, keys, use) => {
      const other = keys[use === 'permit' ? 'artifact' : 'permit'];
      return jws({ ...header, kid: other.kid }, claims, by(other.key));
    },
  ],
  [
    '11: signed with the key for evidence, under the id of the right one',
    ({ header, claims }, keys) => jws(header, claims, by(keys.evidence.key)),
  ],
];

describe('what control signed, forged', () => {
  let world: PointWorld;
  let other: PointWorld;
  let run: Run;
  let keys: Keys;
  let places: readonly Place[];

  beforeAll(async () => {
    [world, other] = await Promise.all([pointAndControl(), pointAndControl()]);
    run = await world.run();
    keys = await keysOf(world);
    places = placesOf(world, run);
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });
  const believing = async (forge: Forge): Promise<readonly string[]> => {
    const names: string[] = [];
    for (const { name, use, believes } of places)
      if (await believes((genuine) => forge(genuine, keys, use))) names.push(name);
    return names;
  };

  test('the forger’s tools are real: the same statement signed again with the right key is believed everywhere', async () => {
    expect(await believing(again)).toEqual(places.map(({ name }) => name));
  });

  test.each(attacks)('%s is believed nowhere', async (_, forge) => {
    expect(await believing(forge)).toEqual([]);
  });

  test('10: another installation’s statement is believed nowhere, although its issuer has the same name', async () => {
    const foreign = await keysOf(other);
    expect(await believing(({ header, claims }, _, use) => jws(header, claims, by(foreign[use].key)))).toEqual([]);
    expect(
      await believing(({ header, claims }, _, use) =>
        jws({ ...header, kid: foreign[use].kid }, claims, by(foreign[use].key)),
      ),
    ).toEqual([]);
  });

  test.each([
    ['another point', { aud: 'launcher-other' }],
    ['another question', { nonce: 'n'.repeat(36) }],
    ['another mandate', { answers_for: 'm-other' }],
    ['other rules', { versions: { evaluator: 'evaluator-0', classes: 'classes-0' } }],
    ['another actor', { sub: 'somebody' }],
    ['a chain without its root', { chain: [] }],
    ['an earlier position', { position: -1 }],
  ])('10: an artifact for %s is not taken', async (_, more) => {
    const place = places.find(({ use }) => use === 'artifact');
    expect(await place?.believes((genuine) => withClaims(more)(genuine, keys, 'artifact'))).toBe(false);
  });

  const disclosed = (text: string): Json => JSON.parse(Buffer.from(text, 'base64url').toString()) as Json;
  const wider = (text: string): string => {
    const [salt, value] = disclosed(text) as unknown as [string, { authorization_details: { resource: string }[] }];
    const authorization_details = value.authorization_details.map((entry) => ({
      ...entry,
      resource: 'workspace://q/',
    }));
    return base64url(JSON.stringify([salt, { ...value, authorization_details }]));
  };
  test.each([
    ['one that reaches further', (one: string) => [wider(one)]],
    ['none', () => []],
    ['another one beside it', (one: string) => [one, wider(one)]],
    ['the same twice', (one: string) => [one, one]],
    ['it spelled otherwise', (one: string) => [`${one}=`]],
  ])('10: an artifact that discloses %s is not taken', async (_, change) => {
    world.artifacts.release(run.credential);
    world.tap.onVouched = (reply) => {
      const { items } = reply as { items: { mandate: string; artifact: string }[] };
      return {
        items: items.map(({ mandate, artifact }) => {
          const [statement = '', one = ''] = artifact.split('~');
          return { mandate, artifact: [statement, ...change(one), ''].join('~') };
        }),
      };
    };
    // A reader that never saw the mandate: what is known by its digest is not read again.
    await using stranger = world.stranger();
    await stranger.hold(run);
    expect(stranger.get(run)).toBeNull();
    world.tap.onVouched = null;
    await stranger.renew();
    expect(stranger.get(run)).not.toBeNull();
  });

  test('10, 11: a permit is no artifact and an artifact no permit', async () => {
    let artifact = '';
    for (const { use, believes } of places.filter((place) => place.use === 'artifact'))
      await believes((genuine) => (artifact = again(genuine, keys, use)));
    for (const { use, believes } of places.filter((place) => place.use === 'permit')) {
      expect(await believes(() => artifact)).toBe(false);
      const { claims } = genuineIn(artifact);
      expect(await believes(({ header }) => again({ header, claims }, keys, use))).toBe(false);
    }
  });
});

describe('attack 53: keys that had their time', () => {
  test('an old key is believed nowhere once it is retired, and signs nothing new once another took over', async () => {
    await using world = await pointAndControl();
    const run = await world.run();
    const old = await keysOf(world);
    const places = placesOf(world, run);
    const believing = async (forge: Forge): Promise<readonly string[]> => {
      const names: string[] = [];
      for (const { name, use, believes } of places)
        if (await believes((genuine) => forge(genuine, old, use))) names.push(name);
      return names;
    };
    const withOldKey: Forge = ({ header, claims }, keys, use) =>
      jws({ ...header, kid: keys[use].kid }, claims, by(keys[use].key));
    const backdated: Forge = (genuine, keys, use) =>
      withOldKey({ ...genuine, claims: { ...genuine.claims, iat: t0 / 1_000 } }, keys, use);
    expect(await believing(withOldKey)).toHaveLength(places.length);

    for (const use of ['permit', 'artifact'] as const)
      await world.must(world.person.call(controlApi.rotateKey, { body: { use, now: true } }));
    // Two that sign: the one that was rotated away goes on, as somebody who kept it would.
    world.control.now += minute;
    keysChanged(world, 'key.activated');
    expect(await believing(withOldKey)).toEqual([]);
    expect((await believing(backdated)).length).toBeGreaterThan(0);

    for (const use of ['permit', 'artifact'] as const)
      await world.must(world.person.call(controlApi.retireKey, { params: { id: old[use].kid }, body: {} }));
    keysChanged(world, 'key.retired');
    expect(await believing(backdated)).toEqual([]);
    const young = await keysOf(world);
    for (const { use, believes } of places) expect(await believes((genuine) => again(genuine, young, use))).toBe(true);
  });

  test('a retired key does not come back with an older set of keys', async () => {
    await using world = await pointAndControl();
    const run = await world.run();
    const [old, before] = [await keysOf(world), await world.must(world.point.call(controlApi.keys))];
    const place = placesOf(world, run).find(({ use }) => use === 'artifact');
    if (place === undefined) throw new Error('no place takes artifacts');
    const byOldKey = ({ header, claims }: Genuine): string =>
      jws({ ...header, kid: old.artifact.kid }, claims, by(old.artifact.key));
    expect(await place.believes(byOldKey)).toBe(true);
    await world.must(world.person.call(controlApi.rotateKey, { body: { use: 'artifact', now: true } }));
    await world.must(world.person.call(controlApi.retireKey, { params: { id: old.artifact.kid }, body: {} }));
    const young = await keysOf(world);
    keysChanged(world, 'key.activated');
    expect(await place.believes((genuine) => again(genuine, young, 'artifact'))).toBe(true);
    // Whoever is on the line has the key of before, and shows the set of before.
    world.tap.onKeys = () => before;
    keysChanged(world, 'key.activated');
    expect(await place.believes(byOldKey)).toBe(false);
  });
});
