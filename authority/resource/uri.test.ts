import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resourceUri } from './build.ts';
import { containsResource, normaliseResource, normaliseSlowly, type ResourceReach } from './uri.ts';

const normal = (uri: string): string | undefined => {
  const result = normaliseResource(uri);
  return result.ok ? result.uri : undefined;
};
const prefix = (resource: string) => ({ resource, resourceMatch: 'prefix' as const });
const exact = (resource: string) => ({ resource, resourceMatch: 'exact' as const });

describe('the vectors of the draft, "Resource Boundary Canonicalization"', () => {
  test.each([
    ['https://api.example/orders', true],
    ['https://api.example/orders/123', true],
    ['https://API.EXAMPLE/orders/123', true],
    ['https://api.example:443/orders/123', true],
    ['https://api.example/Orders/123', false],
    ['https://api.example/orders%2F123', false],
    ['https://api.example/orders%2f123', false],
    ['https://api.example/ordersX', false],
    ['https://api.example/orders/%2e%2e/admin', false],
  ])('%s within https://api.example/orders: %s', (uri, within) => {
    expect(containsResource(prefix('https://api.example/orders'), exact(uri))).toBe(within);
  });

  test('an empty path and `/` are the same base', () => {
    expect(containsResource(prefix('https://a.example'), exact('https://a.example/x'))).toBe(true);
    expect(containsResource(prefix('https://a.example/'), exact('https://a.example/x'))).toBe(true);
    expect(containsResource(prefix('https://a.example/'), prefix('https://a.example'))).toBe(true);
  });

  test('network paths keep `//` and a trailing slash apart', () => {
    expect(normal('https://a.example/x/')).not.toBe(normal('https://a.example/x'));
    expect(normal('https://a.example//x')).toBe('https://a.example//x');
    expect(containsResource(prefix('https://a.example/x'), exact('https://a.example/x//y'))).toBe(true);
    expect(containsResource(prefix('https://a.example/x/'), exact('https://a.example/x/y'))).toBe(false);
  });
});

describe('normal form', () => {
  test.each([
    ['HTTPS://Example.COM:443/%7Ea/%e2%82%ac/./b/../c', 'https://example.com/~a/%E2%82%AC/c'],
    ['https://example.com', 'https://example.com/'],
    ['https://example.com:/a', 'https://example.com/a'],
    ['http://example.com:8080/a?x=%7e%2f', 'http://example.com:8080/a?x=~%2F'],
    ['https://[2001:DB8:0:0:0:0:0:1]/', 'https://[2001:db8::1]/'],
    ['https://127.0.0.1/', 'https://127.0.0.1/'],
    ['workspace://Passkey/src/%41.ts', 'workspace://passkey/src/A.ts'],
    ['workspace://passkey', 'workspace://passkey/'],
    ['workspace://passkey/src/', 'workspace://passkey/src'],
    ['workspace://passkey/.github/a..b/.env', 'workspace://passkey/.github/a..b/.env'],
    ['workspace://passkey/café.txt', 'workspace://passkey/caf%C3%A9.txt'],
    ['git://passkey/refs/heads/feat/x#1'.replace('#', '%23'), 'git://passkey/refs/heads/feat/x%231'],
    ['mcp://github/issues%2Fcreate', 'mcp://github/issues%2Fcreate'],
    ['agent://reviewer', 'agent://reviewer/'],
  ])('%s is %s', (raw, expected) => {
    expect(normaliseResource(raw)).toEqual({ ok: true, uri: expected });
  });

  // Attacks 23 and 25 of the speed-and-safety list: one effect under two names.
  test.each([
    ['climbs above the root', 'workspace://p/../etc/passwd'],
    ['climbs above the root, encoded', 'workspace://p/a/%2e%2E/%2e./etc'],
    ['climbs above the root of a site', 'https://a.example/../x'],
    ['encoded twice', 'workspace://p/%252e%252e/etc'],
    ['encoded twice, slash', 'https://a.example/x%252Fy'],
    ['encoded slash in a file name', 'workspace://p/src%2F..%2F..%2Fetc'],
    ['encoded slash in a ref', 'git://p/refs/heads/writ%2F..%2Fmain'],
    ['backslash', 'workspace://p/..\\..\\etc'],
    ['encoded backslash', 'workspace://p/..%5C..%5Cetc'],
    ['NUL', 'workspace://p/a\u0000b'],
    ['encoded NUL', 'workspace://p/a.ts%00.png'],
    ['line break', 'workspace://p/a\nb'],
    ['segment of dots and a space', 'workspace://p/a/..%20/b'],
    ['segment ending in a dot', 'workspace://p/secret./x'],
    ['drive letter', 'workspace://p/C:/Windows'],
    ['user information', 'https://github.com@evil.example/'],
    ['user information with password', 'https://a:b@evil.example/'],
    ['fragment', 'https://a.example/x#y'],
    ['trailing-dot host', 'https://github.com./x'],
    ['decimal host', 'http://2130706433/'],
    ['octal host', 'http://0177.0.0.1/'],
    ['hexadecimal host', 'http://0x7f.1/'],
    ['short host', 'http://127.1/'],
    ['encoded decimal host', 'http://%32130706433/'],
    ['Unicode host', 'https://gıthub.com/'],
    ['Kelvin sign in a host', 'https://\u212a.example/'],
    ['fullwidth host', 'https://ｇithub.com/'],
    ['no host', 'https:///x'],
    ['port out of range', 'https://a.example:70000/'],
    ['IPv6 zone', 'http://[fe80::1%25eth0]/'],
    ['NFD', 'workspace://p/cafe\u0301.txt'],
    ['NFD, encoded', 'workspace://p/cafe%CC%81.txt'],
    ['fullwidth slash', 'workspace://p/src\uff0f..\uff0fetc'],
    ['fullwidth slash, encoded', 'workspace://p/src%EF%BC%8Fx'],
    ['fullwidth dots', 'workspace://p/\uff0e\uff0e/x'],
    ['zero width space', 'workspace://p/sr\u200bc'],
    ['zero width space, encoded', 'workspace://p/sr%E2%80%8Bc'],
    ['right-to-left override', 'workspace://p/a\u202etxt.exe'],
    ['not UTF-8', 'workspace://p/%FF'],
    ['half a surrogate pair', 'workspace://p/\ud800'],
    ['lone percent', 'workspace://p/100%'],
    ['empty segment', 'workspace://p/a//b'],
    ['query on a file', 'workspace://p/a?b'],
    ['no project', 'workspace:///etc/passwd'],
    ['port on a project', 'workspace://p:80/'],
    ['other scheme', 'file:///etc/passwd'],
    ['scheme from a prototype', 'constructor://p/x'],
    ['scheme from a prototype', '__proto__://p/x'],
    ['not a URI', 'src/a.ts'],
    ['nothing', ''],
    ['too long', `workspace://p/${'a'.repeat(9000)}`],
  ])('%s: refused', (_what, raw) => {
    expect(normaliseResource(raw)).toMatchObject({ ok: false });
  });

  test('text that is not text is refused, not thrown on', () => {
    // @ts-expect-error a caller without types
    expect(normaliseResource({ toString: 1 })).toMatchObject({ ok: false });
  });

  test('a refusal shows what it refuses without letting it act', () => {
    const result = normaliseResource('workspace://p/a\u202e\u001b[2Jb');
    expect(result).toMatchObject({ ok: false, why: expect.stringContaining('\\u{202e}\\u{1b}[2J') });
  });
});

describe('containment', () => {
  test.each([
    ['workspace://p/srv/app', 'workspace://p/srv/app-evil', false],
    ['workspace://p/srv/app', 'workspace://p/srv/app/x', true],
    ['workspace://p/srv/app/', 'workspace://p/srv/app/x', true],
    ['workspace://p/srv/app', 'workspace://p/srv/app/../app-evil', false],
    ['workspace://p/', 'workspace://p-evil/x', false],
    ['workspace://p', 'workspace://p.evil/x', false],
    ['https://a.example', 'https://a.example.evil/', false],
    ['https://a.example', 'https://a.example:8443/', false],
    ['https://a.example', 'http://a.example/', false],
    ['https://a.example/x', 'https://a.example/x/y?q=1', true],
    ['https://a.example/x', 'https://a.example/x?q=1', false],
    ['https://a.example/', 'https://a.example/?q=1', false],
    ['git://p/refs/heads/writ', 'git://p/refs/heads/writ/a', true],
    ['git://p/refs/heads/writ', 'git://p/refs/heads/writable', false],
    ['git://p/refs/heads/writ', 'git://p/refs/heads/writ/../main', false],
  ])('prefix %s holds %s: %s', (outer, inner, within) => {
    expect(containsResource(prefix(outer), exact(inner))).toBe(within);
  });

  test('a prefix is never within an exact resource, an exact one is within itself', () => {
    expect(containsResource(exact('workspace://p/a'), prefix('workspace://p/a'))).toBe(false);
    expect(containsResource(exact('workspace://p/a'), exact('WORKSPACE://p/%61'))).toBe(true);
  });

  test('a prefix with a query, or a match nobody knows, contains nothing', () => {
    expect(containsResource(prefix('https://a.example/x?q'), exact('https://a.example/x/y'))).toBe(false);
    // @ts-expect-error a value from outside the two that are defined
    const suffix: ResourceReach = { resource: 'https://a.example/', resourceMatch: 'suffix' };
    expect(containsResource(suffix, exact('https://a.example/'))).toBe(false);
  });
});

const pieces = [
  'a',
  'A',
  '.',
  '..',
  '/',
  '//',
  '%2F',
  '%2e',
  '%2E',
  '%41',
  '%',
  '%25',
  '-',
  '_',
  '~',
  ':',
  '@',
  '?',
  '#',
  'é',
  '\u200b',
  ' ',
  '%20',
  '\\',
];
const starts = [
  'workspace://p',
  'git://p.q/',
  'https://a.b/',
  'HTTPS://A.b:443',
  'https://a-b.c/',
  'http://1.2.3.4/',
  'mcp://s/',
  'workspace://',
  'shell://x_y',
];
const uriText = fc
  .tuple(fc.constantFrom(...starts), fc.array(fc.constantFrom(...pieces), { maxLength: 8 }))
  .map(([start, rest]) => start + rest.join(''));

// One seed, so that the counts below are the same on every run.
fc.configureGlobal({ seed: 20260704 });

describe('laws of the normal form', () => {
  test('the shortcut and the long way agree', () => {
    fc.assert(
      fc.property(uriText, (uri) => {
        expect(normaliseResource(uri)).toEqual(normaliseSlowly(uri));
      }),
      { numRuns: 3000 },
    );
  });

  test('a normal form is its own normal form', () => {
    let seen = 0;
    fc.assert(
      fc.property(uriText, (uri) => {
        const first = normal(uri);
        if (first === undefined) return;
        seen += 1;
        expect(normaliseSlowly(first)).toEqual({ ok: true, uri: first });
      }),
      { numRuns: 3000 },
    );
    expect(seen).toBeGreaterThan(500);
  });

  test('what is within a prefix, decoded and resolved as a file system would, stays beneath it', () => {
    let within = 0;
    const path = fc.array(fc.constantFrom('/', 'src', 'x', '..', '.', '%2e', '%2F', '-evil', '%5c', '%20'), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(path, (parts) => {
        const uri = `workspace://p/src${parts.join('')}`;
        if (!containsResource(prefix('workspace://p/src'), exact(uri))) return;
        within += 1;
        const resolved = new URL(`file:///${decodeURIComponent(uri.slice('workspace://p/'.length))}`).pathname;
        expect(resolved === '/src' || resolved.startsWith('/src/')).toBe(true);
      }),
      { numRuns: 3000 },
    );
    expect(within).toBeGreaterThan(100);
  });
});

describe('building a resource from names', () => {
  test('names are encoded, never interpreted', () => {
    expect(resourceUri('workspace', 'Passkey', '/src/a b#1?.ts')).toEqual({
      ok: true,
      uri: 'workspace://passkey/src/a%20b%231%3F.ts',
    });
    expect(resourceUri('workspace', 'passkey')).toEqual({ ok: true, uri: 'workspace://passkey/' });
    expect(resourceUri('workspace', 'passkey', 'src/../../etc')).toMatchObject({ ok: false });
    expect(resourceUri('workspace', 'passkey', 'src/%2e%2e/x')).toMatchObject({ ok: false });
    expect(resourceUri('workspace', 'a/b', 'x')).toEqual({ ok: true, uri: 'workspace://a%2Fb/x' });
  });
});
