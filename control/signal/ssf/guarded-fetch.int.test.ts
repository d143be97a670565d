import { describe, expect, it } from 'vitest';
import { audience, caep, claims, issuer, serving, signed, signer } from '../../testing/transmitter.ts';
import { got, person, testControl } from '../../testing/test-control.ts';
import type { Resolve } from './guarded-fetch.ts';
import { guardedFetch } from './guarded-fetch.ts';
import { createTransmitterKeys } from './transmitter-keys.ts';

const signal = new AbortController().signal;
const to =
  (...addresses: readonly string[]): Resolve =>
  (_name, _options, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

describe('attack 27: keys fetched from where a name leads', () => {
  it('reach this machine by no name and no address that was not allowed', async () => {
    let asked = 0;
    await using server = await serving((_, response) => {
      asked += 1;
      response.end('{"keys":[]}');
    });
    const port = String(server.port);
    const fetchFrom = (url: string, resolve?: Resolve, addresses: readonly string[] = []) =>
      guardedFetch(url, { addresses, signal, ...(resolve && { resolve }) });
    await expect(fetchFrom(`https://keys.example:${port}/`, to('127.0.0.1'))).rejects.toThrow('not a public address');
    await expect(fetchFrom(`https://keys.example:${port}/`, to('::ffff:127.0.0.1'))).rejects.toThrow(
      'not a public address',
    );
    // One good address does not make up for a bad one beside it.
    await expect(fetchFrom(`https://keys.example:${port}/`, to('1.1.1.1', '127.0.0.1'))).rejects.toThrow(
      'not a public',
    );
    await expect(fetchFrom(`https://localhost:${port}/`)).rejects.toThrow('not a public address');
    await expect(fetchFrom(`https://keys.example:${port}/`, to())).rejects.toThrow('no address');
    for (const url of [`http://127.0.0.1:${port}/`, `https://127.0.0.1:${port}/`, `http://localhost:${port}/`])
      await expect(fetchFrom(url)).rejects.toThrow();
    expect(asked).toBe(0);
    expect(await fetchFrom(server.url, undefined, ['127.0.0.1'])).toBe('{"keys":[]}');
    expect(asked).toBe(1);
  });

  it('are looked up once, and the address that was looked at is the one that is connected to', async () => {
    let connections = 0;
    await using server = await serving(() => undefined);
    server.onConnection(() => (connections += 1));
    let lookups = 0;
    // Allowed when it is looked at, and somewhere else a moment later.
    const rebinding: Resolve = (name, options, done) =>
      to(lookups++ === 0 ? '127.0.0.1' : '10.9.8.7')(name, options, done);
    const url = `https://keys.example:${String(server.port)}/`;
    // The server speaks no TLS: that it was reached is all that is asked.
    await expect(guardedFetch(url, { addresses: ['127.0.0.1'], signal, resolve: rebinding })).rejects.toThrow();
    expect({ lookups, connections }).toEqual({ lookups: 1, connections: 1 });
    await expect(guardedFetch(url, { addresses: ['127.0.0.1'], signal, resolve: rebinding })).rejects.toThrow(
      'not a public',
    );
    expect(connections).toBe(1);
  });

  it.each([
    ['a redirect', 302, { location: 'http://169.254.169.254/latest/meta-data' }, ''],
    ['an error', 500, {}, ''],
    ['no content', 204, {}, ''],
    ['more than keys take', 200, {}, 'x'.repeat(70_000)],
  ])('with %s are not taken', async (_, status, headers, body) => {
    const seen: (string | undefined)[] = [];
    await using server = await serving((request, response) => {
      seen.push(request.url);
      response.writeHead(status, headers).end(body);
    });
    await expect(guardedFetch(server.url, { addresses: ['127.0.0.1'], signal })).rejects.toThrow('it ');
    expect(seen).toEqual(['/']);
  });
});

describe('keys that a transmitter publishes', () => {
  it('are fetched when they are needed, again for a key that is new, and not for every stranger', async () => {
    const [old, next, stranger] = [await signer('old'), await signer('next'), await signer('stranger')];
    let published: readonly object[] = [old.jwk];
    let status = 200;
    let asked = 0;
    await using server = await serving((_, response) => {
      asked += 1;
      response
        .writeHead(status)
        .end(JSON.stringify({ keys: [...published, { kty: 'oct', k: 'c2VjcmV0', kid: 'secret', alg: 'HS256' }] }));
    });
    await using kit = await testControl();
    const keys = { kind: 'fetched', url: `${server.url}/jwks`, addresses: ['127.0.0.1'] } as const;
    const settings = { kind: 'ssf', issuer, audience, keys } as const;
    got(await kit.control.addSource({ id: 'idp', subjects: ['session:'], settings }, { by: person }));
    expect(asked).toBe(0);
    const hear = async (by: typeof old) =>
      kit.control.hearSet(
        'idp',
        await signed(by, claims(kit.clock.now, `${caep}session-revoked`, { format: 'opaque', id: 'x' })),
      );
    status = 503;
    expect((await hear(old)).kind).toBe('unavailable');
    status = 200;
    expect((await hear(old)).kind).toBe('accepted');
    expect(await hear(stranger)).toMatchObject({ err: 'invalid_key' });
    const soFar = asked;
    for (let index = 0; index < 5; index++) await hear(stranger);
    expect(asked).toBe(soFar);
    published = [next.jwk];
    // Until the pause between two fetches is over, the old ones count.
    expect((await hear(old)).kind).toBe('accepted');
  });

  it('are not fetched over a redirect, or from where their name leads after it was allowed', async () => {
    const key = await signer('k1');
    await using server = await serving((_, response) => response.end(JSON.stringify({ keys: [key.jwk] })));
    await using redirecting = await serving((_, response) =>
      response.writeHead(307, { location: `${server.url}/` }).end(),
    );
    await using kit = await testControl();
    const add = async (id: string, url: string, addresses: readonly string[]) => {
      const settings = { kind: 'ssf', issuer, audience, keys: { kind: 'fetched', url, addresses } } as const;
      return kit.control.addSource({ id, subjects: ['session:'], settings }, { by: person });
    };
    got(await add('redirecting', redirecting.url, ['127.0.0.1']));
    const token = await signed(key, claims(kit.clock.now, `${caep}session-revoked`, { format: 'opaque', id: 'x' }));
    expect(await kit.control.hearSet('redirecting', token)).toMatchObject({
      kind: 'unavailable',
      why: expect.stringContaining('307'),
    });
    for (const url of ['http://idp.example/', 'https://127.0.0.1/', `${server.url}/`])
      expect((await add('x', url, [])).ok).toBe(false);
    expect((await add('x', `${server.url}/`, ['127.0.0.1 '])).ok).toBe(false);
    // A name is judged by where it leads when it is asked.
    const keyOf = createTransmitterKeys(to('10.0.0.1'));
    got(await add('named', 'https://idp.example/jwks', []));
    const source = kit.control.state.sources.get('named')!;
    const keys = source.settings.kind === 'ssf' ? source.settings.keys : undefined;
    await expect(keyOf(source, keys!)({ alg: 'RS256', kid: 'k1' }, { payload: '', signature: '' })).rejects.toThrow(
      'not a public',
    );
  });
});
