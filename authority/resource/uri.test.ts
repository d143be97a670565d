import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resourceUri } from './build.ts';
import { encodeSegment } from './percent.ts';
import { compileReach, containsResource, normaliseResource, normaliseSlowly, type ResourceReach } from './uri.ts';

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
    ['https://a.example/group%2Fproject/..a/a..;v=1/x%2F..y', 'https://a.example/group%2Fproject/..a/a..;v=1/x%2F..y'],
    ['shell://p/.%2Frun.sh', 'shell://p/.%2Frun.sh'],
    ['agent://reviewer', 'agent://reviewer/'],
    ['workspace://passkey/😀', 'workspace://passkey/%F0%9F%98%80'],
    ['https://srv.x1/', 'https://srv.x1/'],
  ])('%s is %s', (raw, expected) => {
    expect(normaliseResource(raw)).toEqual({ ok: true, uri: expected });
  });

  // Attacks 23, 25 and 26 of the speed-and-safety list: one effect under two names. Each is refused for the reason that a person can mend.
  test.each<[why: string, refused: readonly string[]]>([
    [
      'its `..` climbs above the root',
      ['workspace://p/../etc', 'workspace://p/a/%2e%2E/%2e./etc', 'https://a.example/../x'],
    ],
    [
      'it is percent-encoded twice',
      ['workspace://p/%252e%252e/etc', 'https://a.example/x%252Fy', 'workspace://p/a%252f'],
    ],
    [
      'it holds an encoded slash, and no file or ref name can hold a slash',
      ['workspace://p/src%2F..%2F..%2Fetc', 'git://p/refs/heads/writ%2F..%2Fmain', 'workspace://p/a%2Fb/../../c'],
    ],
    [
      'its `..` takes away a segment that not every server reads alike: an empty one, one that begins with `;`, or one with an encoded slash',
      [
        'https://a.example/x//../y',
        'https://a.example/x//./../y',
        'https://a.example/x//z/../%2e%2e/y',
        'https://a.example//..',
        'https://a.example/x%2Fz/../y',
        'https://a.example/x/;v/../y',
        'https://a.example/x/%3bv=1/./%2e%2e/y',
        'https://a.example/x/y%2Fz/./%2e%2e/..',
      ],
    ],
    [
      'it holds a `..` or `.` that only some servers take for a segment',
      [
        'https://a.example/x/..%2f..%2fy',
        'https://a.example/x%2F..',
        'https://a.example/x%2F%2e%2E/y',
        'https://a.example/x%2F./y',
        'https://a.example/..%2Fx',
        'https://a.example/x/..;/y',
        'https://a.example/x/..;v=1/y',
        'https://a.example/x/.;/y',
        'https://a.example/x/%2e%2e%3b/y',
        'https://a.example/a%2Fb%2F../../c',
      ],
    ],
    [
      'it holds a backslash; separate segments with `/`',
      ['workspace://p/..\\..\\etc', 'https://a.example\\@evil.example/'],
    ],
    ['it holds an encoded backslash', ['workspace://p/..%5C..%5Cetc', 'https://a.example/a%5cb']],
    [
      'it holds a character that must be percent-encoded',
      Array.from('\u0000\n\u001f "<>^`{|}\u007f', (one) => `workspace://p/a${one}b`),
    ],
    [
      'it holds an encoded control character',
      [
        'workspace://p/a.ts%00.png',
        'workspace://p/a%08b',
        'workspace://p/a%1Fb',
        'workspace://p/a%7fb',
        'https://a.example/%0a',
      ],
    ],
    [
      'a segment ends in a dot or a space, which some systems drop',
      ['workspace://p/a/..%20/b', 'workspace://p/secret./x', 'workspace://p/secret.', 'git://p/refs/heads/main%20'],
    ],
    [
      'it starts like a drive letter; write the path inside the project',
      ['workspace://p/C:/Windows', 'workspace://p/c%3A/Windows', 'git://p/z:'],
    ],
    [
      'it carries user information; leave out everything before the `@`',
      ['https://github.com@evil.example/', 'https://a:b@evil.example/'],
    ],
    [
      'it holds a `#`; a resource has no fragment, write `%23` in a name',
      ['https://a.example/x#y', 'workspace://p/a#b'],
    ],
    ['its host ends in a dot; leave the dot out', ['https://github.com./x', 'http://1.2.3.4./']],
    [
      'its host is an IPv4 address in an unusual form; write four decimal numbers',
      [
        'http://2130706433/',
        'http://0177.0.0.1/',
        'http://0x7f.1/',
        'http://127.1/',
        'http://0x7f/',
        'http://0x/',
        'http://a.0xff/',
        'http://256.1.1.1/',
        'http://1.2.3.299/',
        'http://1.2.3.4.5/',
        'http://1.2.3.04/',
        'http://%32130706433/',
        'http://%31%32%37.1/',
      ],
    ],
    ['its host is not ASCII; write the `xn--` form', ['https://gıthub.com/', 'https://größe.example/']],
    ['it names no host', ['https:///x', 'https://:80/', 'https://?x']],
    [
      'its port is not a number from 1 to 65535',
      [
        'https://a.example:70000/',
        'https://a.example:65536/',
        'https://a.example:0/',
        'https://a.example:080/',
        'https://a.example:123456/',
      ],
    ],
    [
      'its host and port cannot be told apart',
      ['https://a.example:8a/', 'https://a.example:1:2/', 'https://[::1]x/', 'https://[::1]:80x/'],
    ],
    [
      'its host is not an IPv6 address',
      ['https://[zz]/', 'https://[]/', 'http://[fe80::1%25eth0]/', 'https://[1.2.3.4]/'],
    ],
    [
      'its host is not a host name',
      [
        'https://-a.example/',
        'https://a-.example/',
        'https://a..example/',
        'https://.example/',
        'https://a!.example/',
        'https://good.a!/',
        'https://a%2Fb.example/',
        'https://a%zz.example/',
        'https://a%FF.example/',
      ],
    ],
    [
      'it is not in Unicode normal form NFC',
      ['workspace://p/cafe\u0301.txt', 'workspace://p/cafe%CC%81.txt', 'https://\u212a.example/'],
    ],
    [
      'it holds a character that can be taken for a separator',
      [
        'workspace://p/src\uff0f..\uff0fetc',
        'workspace://p/src%EF%BC%8Fx',
        'workspace://p/\uff0e\uff0e/x',
        'workspace://p/a%E2%81%84b',
        'workspace://p/a\u2215b',
        'workspace://p/ab\u2216',
        'https://ｇithub.com\uff0f/',
      ],
    ],
    [
      'it holds an invisible, control or text-reordering character',
      [
        'workspace://p/sr\u200bc',
        'workspace://p/sr%E2%80%8Bc',
        'workspace://p/a\u202etxt.exe',
        'workspace://p/a\u00a0b',
        'workspace://p/a%C2%A0b',
        'workspace://p/a\u2028b',
        'workspace://a%E2%80%8Bb/x',
        'workspace://%00/x',
      ],
    ],
    ['its percent-encoding is not UTF-8', ['workspace://p/%FF', 'https://a.example/%FF']],
    ['it holds half of a surrogate pair', ['workspace://p/\ud800', 'https://a.example/?\udc00']],
    [
      'a `%` in it is not followed by two hexadecimal digits; write `%25` for a percent sign',
      ['workspace://p/100%', 'workspace://p/%2', 'workspace://p/%2x', 'workspace://p/%x2'],
    ],
    ['it holds an empty segment (`//`)', ['workspace://p/a//b', 'workspace://p/a//..', 'git://p//refs']],
    ['only `http` and `https` resources have a query; write `%3F` in a name', ['workspace://p/a?b', 'mcp://s/t?']],
    ['it names no project, server or agent', ['workspace:///etc/passwd', 'agent://']],
    [
      'the name after `://` may hold letters, digits, `-`, `_`, `~` and inner dots; percent-encode the rest',
      ['workspace://p:80/', 'workspace://p!/x', 'workspace://.p/x', 'workspace://p./x', 'workspace://a@b/x'],
    ],
    ['the name after `://` holds an encoded backslash or percent sign', ['workspace://a%5Cb/x', 'workspace://a%25b/x']],
    ['its percent-encoding is broken', ['workspace://a%zz/x', 'workspace://a%FF/x']],
    [
      'its scheme is not one of https, http, workspace, git, shell, mcp, agent, package, secret, mission',
      ['file:///etc/passwd', 'constructor://p/x', 'gopher://a.example/'],
    ],
    [
      'it is not of the form `scheme://name/path`',
      ['__proto__://p/x', 'src/a.ts', '', 'workspace:/p/x', '1workspace://p/x', '_workspace://p/x'],
    ],
    [
      'a `%` in its query is not followed by two hexadecimal digits',
      ['https://a.example/?q=%', 'https://a.example/x?%zz'],
    ],
    ['it is longer than 8192 characters', [`workspace://p/${'a'.repeat(8_179)}`]],
  ])('%s', (why, refused) => {
    for (const raw of refused) {
      const said = normaliseResource(raw);
      expect([raw, said.ok ? said.uri : said.why.slice(said.why.indexOf('cannot be used: ') + 16)]).toEqual([raw, why]);
      expect(said.ok ? '' : said.why).toMatch(/^resource `/);
    }
  });

  test('what is refused for one thing is taken without it', () => {
    for (const taken of [
      'workspace://p/a%252',
      'workspace://p/a.b c'.replace(' ', '%20'),
      'workspace://p/ab:/x',
      'http://a.0xzz/',
      'http://0.0.0.0/',
      'http://255.250.249.199/',
      'http://10.20.99.100/',
      'https://a.example:65535/',
      'https://a.example:1/',
      'https://a_b.a-b.example/',
      'https://x/',
      'https://[::1]:8443/',
      'workspace://a.b..c/x',
      'workspace://a%2Fb/x',
      'workspace://a~_-1/x',
      'git://p/refs/x.y',
      'https://a.example/a/.',
      'https://a.example/a/b/..',
      'https://a.example/c:/x',
      `workspace://p/${'a'.repeat(8_178)}`,
      `workspace://p/%61${'a'.repeat(8_175)}`,
    ])
      expect([taken, normal(taken) === undefined]).toEqual([taken, false]);
    expect(normal('https://a.example/a/.')).toBe('https://a.example/a/');
    expect(normal('https://a.example/a/b/..')).toBe('https://a.example/a/');
    expect(normal('https://a.example/a/../b')).toBe('https://a.example/b');
    expect(normal('https://%41%2Dx.Example/')).toBe('https://a-x.example/');
    expect(normal('workspace://a%2fB/x')).toBe('workspace://a%2Fb/x');
    expect(normal('workspace://a.b..c/x')).toBe('workspace://a.b..c/x');
    expect(normal('workspace://a.bc%2Fd%2fe.f/x')).toBe('workspace://a.bc%2Fd%2Fe.f/x');
    expect(normal('workspace://p/é€')).toBe('workspace://p/%C3%A9%E2%82%AC');
  });

  test('text that is not text is refused, not thrown on', () => {
    // @ts-expect-error a caller without types
    expect(normaliseResource({ toString: 1 })).toEqual({
      ok: false,
      why: 'a resource is text, a URI such as `workspace://project/file`',
    });
    // @ts-expect-error a caller without types: long enough, and as text it would do
    expect(normaliseResource({ length: 1, toString: () => 'workspace://p/a' })).toMatchObject({ ok: false });
    // @ts-expect-error a caller without types: a list of one
    expect(normaliseResource(['workspace://p/a'])).toMatchObject({ ok: false });
  });

  test.each(['/', '/src/a.ts', 'src/a.ts', '//p/src', 'workspace:/p/src', 'workspace:p', ' workspace://p/a', '://p/a'])(
    '`%s` alone is no resource',
    (text) => {
      expect(normal(text)).toBeUndefined();
    },
  );

  test('a name is made of its characters from its first to its last', () => {
    const why = (uri: string) => {
      const result = normaliseResource(uri);
      return result.ok ? result.uri : result.why.replace(/^.*cannot be used: /, '');
    };
    const letters =
      'the name after `://` may hold letters, digits, `-`, `_`, `~` and inner dots; percent-encode the rest';
    for (const name of ['a!b', '!ab', 'ab!', '.ab', 'ab.', '..', "a'b", '(a)', 'a+b', 'a,b;c'])
      expect([name, why(`workspace://${name}/x`)]).toEqual([name, letters]);
    for (const port of ['0', '080', '65536', '100000'])
      expect([port, why(`https://a.example:${port}/`)]).toEqual([port, 'its port is not a number from 1 to 65535']);
    expect(why('https://[::zz]/')).toBe('its host is not an IPv6 address');
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
    ['https://a.example/x', 'https://a.example/x/?q=1', true],
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

  test('a reach says why it cannot be one', () => {
    expect(compileReach(prefix('https://a.example/x?q'))).toEqual({
      ok: false,
      why: 'prefix resource `https://a.example/x?q` has a query; leave the query out or match exactly',
    });
    // @ts-expect-error a value from outside the two that are defined
    expect(compileReach({ resource: 'https://a.example/', resourceMatch: 'suffix' })).toEqual({
      ok: false,
      why: 'resource match `suffix` is neither `exact` nor `prefix`',
    });
    expect(compileReach(exact('nowhere'))).toMatchObject({ ok: false });
    expect(compileReach(exact('https://a.example/x?q'))).toEqual({
      ok: true,
      reach: { uri: 'https://a.example/x?q', stem: undefined },
    });
    expect(compileReach(prefix('https://A.example'))).toEqual({
      ok: true,
      reach: { uri: 'https://a.example/', stem: 'https://a.example/' },
    });
    expect(compileReach(prefix('https://a.example/x'))).toEqual({
      ok: true,
      reach: { uri: 'https://a.example/x', stem: 'https://a.example/x/' },
    });
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

  test('slashes at either end say nothing, and what is between them does', () => {
    const path = (text: string) => {
      const built = resourceUri('workspace', 'p', text);
      return built.ok ? built.uri : built.why;
    };
    for (const text of ['a/b', '/a/b', 'a/b/', '///a/b///']) expect(path(text)).toBe('workspace://p/a/b');
    for (const text of ['', '/', '////']) expect(path(text)).toBe('workspace://p/');
    expect(path('a')).toBe('workspace://p/a');
    expect(path('a//b')).toContain('it holds an empty segment');
    expect(path("it's (new)!*")).toBe('workspace://p/it%27s%20%28new%29%21%2A');
    expect(encodeSegment("it's/(new)!*~")).toBe('it%27s%2F%28new%29%21%2A~');
  });

  test('half of a surrogate pair is refused in a name as in a path', () => {
    const why = 'the name holds half of a surrogate pair';
    expect(resourceUri('workspace', 'p\ud800', 'x')).toEqual({ ok: false, why });
    expect(resourceUri('workspace', 'p', 'x\ud800')).toEqual({ ok: false, why });
  });
});
