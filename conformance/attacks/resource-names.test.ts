/** Attacks 23, 25 and 26: another name for something outside. Every case is asked for under a mandate over one folder, one branch prefix or one site. */
import { resourceUri } from '@writ/authority';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ask, beneath, mandate } from './support.ts';

const chain = [
  mandate('m0', [
    beneath('workspace://p/srv/app', ['file.*']),
    beneath('workspace://p/café', ['file.*']),
    beneath('workspace://p/title', ['file.*']),
    beneath('git://p/refs/heads/writ', ['git.push']),
    beneath('https://api.github.com/repos', ['http.get']),
    beneath('http://127.0.0.1/ok', ['http.get']),
  ]),
];
const decide = (action: string, resource: string) => ask(chain, { action, resource, parameters: {} }).decision;
const write = (path: string) => decide('file.write', `workspace://p/${path}`);
const get = (url: string) => decide('http.get', url);

describe('attack 23: paths that lead elsewhere', () => {
  test('the folder itself and what is in it are allowed, so that each refusal below has one cause', () => {
    expect([write('srv/app'), write('srv/app/a.ts'), write('srv/app/x/../a.ts'), write('srv/app/..a/.b')]).toEqual(
      Array(4).fill('permit'),
    );
  });

  test.each([
    '../etc/passwd',
    'srv/app/../../etc/passwd',
    'srv/app/../app-evil/x',
    'srv/app/..',
    'srv/app/../',
    'srv/app/..%2f..%2fetc',
    'srv/app/%2e%2e/%2E%2e/etc',
    'srv/app/%252e%252e/x',
    'srv/app/%25252e%25252e/x',
    'srv/app/..%252f..%252fetc',
    'srv/app%2f..%2fx',
    'srv/app\\..\\x',
    'srv/app/..\\..\\etc',
    'srv/app/%5c..%5c..%5cetc',
    'srv/app/x\0.ts',
    'srv/app/x%00.ts',
    'srv/app./x',
    'srv/app /x',
    'srv/app%20/x',
    'srv/app/x.',
    'srv/app/x%20',
    'srv/app/.. /x',
    'srv/app/... /x',
    'srv/app/..%20/x',
    'srv/app-evil/x',
    'srv/app.evil',
    'srv/application',
    'srv/ap',
    'srv',
    '',
    'srv//app/x',
    '/srv/app/x',
    'SRV/APP/x',
    'srv/app/x?../../y',
    'srv/app/x#/../y',
    'srv/app:stream',
    'C:/srv/app',
    'C%3A/srv/app',
  ])('`%s` is refused', (path) => {
    expect(write(path)).toBe('refuse');
  });

  test('no path of dots, slashes and their encodings is allowed, unless its plain name is inside', () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '/',
      '//',
      '%2e',
      '%2f',
      '%5c',
      '\\',
      '%252e',
      '%00',
      ' ',
      'srv',
      'app',
      'app-evil',
      '/srv/app/',
      'x',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.boolean(), (pieces, fromInside) => {
        const path = `${fromInside ? 'srv/app/' : ''}${pieces.join('')}`;
        if (write(path) !== 'permit') return;
        // Decoded as far as anybody would, and resolved as a file system does.
        const plain = decodeURIComponent(decodeURIComponent(path)).replaceAll('\\', '/');
        const kept: string[] = [];
        for (const name of plain.split('/')) {
          if (name === '..') kept.pop();
          else if (name !== '.' && name !== '') kept.push(name);
        }
        expect(kept.slice(0, 2)).toEqual(['srv', 'app']);
      }),
      { seed: 23, numRuns: 3_000 },
    );
  });

  test('a resource is built from a raw path without becoming another one', () => {
    const built = (path: string) => {
      const uri = resourceUri('workspace', 'p', path);
      return uri.ok ? decide('file.write', uri.uri) : 'refuse';
    };
    expect(['srv/app/100% done', 'srv/app/a?b#c', '//srv/app//'].map(built)).toEqual(['permit', 'permit', 'permit']);
    const attacks = [
      '../etc',
      'srv/app/../../etc',
      'srv/app/..\\..\\etc',
      'srv/app/x\0',
      'srv/app/a%2e',
      'srv/app-evil',
      'srv/app/x.',
      'srv/app/x ',
      'srv//app/x',
    ];
    expect(attacks.map(built)).toEqual(attacks.map(() => 'refuse'));
  });

  test('a branch is held to the same', () => {
    const push = (ref: string) => decide('git.push', `git://p/${ref}`);
    expect(push('refs/heads/writ/x')).toBe('permit');
    for (const ref of [
      'refs/heads/writ/../main',
      'refs/heads/writable',
      'refs/heads/writ%2f..%2fmain',
      'refs/heads/writ/%2e%2e/main',
      'refs/heads/main',
      'refs/tags/writ/x',
    ])
      expect(push(ref)).toBe('refuse');
  });
});

describe('attack 25: letters that look, vanish or fold alike', () => {
  test('the one canonical name is allowed', () => {
    expect([write('caf\u00e9/a'), write('caf%C3%A9/a'), write('title/a')]).toEqual(Array(3).fill('permit'));
  });

  test.each([
    ['NFD', 'cafe\u0301/a'],
    ['NFD, encoded', 'cafe%CC%81/a'],
    // Two spellings of one name: what is judged under the one could be written under the other.
    ['NFD, inside what is allowed', 'srv/app/cafe\u0301'],
    ['NFD, encoded, inside what is allowed', 'srv/app/cafe%CC%81'],
    ['a singleton that NFC folds, inside what is allowed', 'srv/app/\u212b'],
    ['a fullwidth slash', 'srv\uff0fapp/a'],
    ['a fullwidth slash within', 'srv/app/..\uff0f..\uff0fetc'],
    ['fullwidth dots', 'srv/app/\uff0e\uff0e/x'],
    ['a fraction slash', 'srv/app/..\u2044..\u2044etc'],
    ['one-dot leaders', 'srv/app/\u2024\u2024/x'],
    ['a two-dot leader', 'srv/app/\u2025/x'],
    ['a Cyrillic letter', 'srv/\u0430pp/a'],
    ['a Greek letter', 'srv/app/../\u03b1pp/a'],
    ['a zero width space', 'srv/app\u200b/a'],
    ['a zero width joiner', 'srv/a\u200dpp/a'],
    ['a byte order mark', '\ufeffsrv/app/a'],
    ['a soft hyphen', 'srv/a\u00adpp/a'],
    ['a word joiner, encoded', 'srv/app%E2%81%A0/a'],
    ['a variation selector', 'srv/app\ufe0f/a'],
    ['a right-to-left override', 'srv/app/a\u202etxt.exe'],
    ['an isolate', 'srv/app/\u2066a\u2069'],
    ['a tag character', 'srv/app/a\u{e0041}'],
    ['a dotless i', 't\u0131tle/a'],
    ['a dotted capital I', 'T\u0130TLE/a'],
    ['capital letters', 'TITLE/a'],
    ['a long s', 'srv/app/../\u017frv/x'],
    ['a no-break space', 'srv/app/a\u00a0'],
    ['half a pair', 'srv/app/\ud800'],
  ])('%s is refused', (_, path) => {
    expect(write(path)).toBe('refuse');
  });

  test('no name with a character that is not ASCII is allowed, unless it is NFC, visible and inside', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }), (name) => {
        const path = `srv/app/${name}`;
        if (write(path) !== 'permit' || /^[\x20-\x7e]*$/.test(name)) return;
        expect(name.normalize('NFC')).toBe(name);
        expect(name).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
        expect(name.normalize('NFKC').split(/[/\\]/).length).toBe(name.split('/').length);
      }),
      { seed: 25, numRuns: 2_000 },
    );
  });
});

describe('attack 26: hosts that are others', () => {
  test('the host in any spelling that means it is allowed', () => {
    const same = [
      'https://api.github.com/repos/x',
      'HTTPS://API.GitHub.com:443/repos/x',
      'https://%61pi.github.com/repos',
      'http://127.0.0.1/ok',
    ];
    expect(same.map(get)).toEqual(same.map(() => 'permit'));
  });

  test.each([
    'https://api.github.com.evil.io/repos',
    'https://api.github.community/repos',
    'https://evil.io/api.github.com/repos',
    'https://evil.io?api.github.com/repos',
    'https://evil.io/https://api.github.com/repos/x',
    'https://evil.io/api.github.com/repos/x',
    'https://evil.io/?https://api.github.com/repos/x',
    'https://api.github.com.evil.io/repos/x',
    'https://evil-api.github.com/repos/x',
    'https://api.github.com@evil.io/repos',
    'https://api.github.com:443@evil.io/repos',
    'https://evil.io\\@api.github.com/repos',
    'https://api.github.com%40evil.io/repos',
    'https://api.github.com%2eevil.io/repos',
    'https://api.github.com%00.evil.io/repos',
    'https://api.github.com%2f.evil.io/repos',
    'https://api.github.com./repos',
    'https://api.github.com:8443/repos',
    'http://api.github.com/repos',
    'https://github.com/repos',
    'https://x.api.github.com/repos',
    'https://api.gıthub.com/repos',
    'https://api.githuｂ.com/repos',
    'https://api。github.com/repos',
    'https://xn--api-github-com.evil/repos',
    'https://аpi.github.com/repos',
    'https:/api.github.com/repos',
    'https:api.github.com/repos',
    '//api.github.com/repos',
    ' https://api.github.com/repos',
    'https://api.github.com/repos ',
    'https://api.github.com\t/repos',
    'https://api.github.com\n.evil.io/repos',
    'javascript://api.github.com/repos',
    'https://[api.github.com]/repos',
  ])('`%s` is refused', (url) => {
    expect(get(url)).toBe('refuse');
  });

  test.each([
    'http://0x7f.1/ok',
    'http://0x7f000001/ok',
    'http://2130706433/ok',
    'http://0177.0.0.1/ok',
    'http://127.1/ok',
    'http://127.0.1/ok',
    'http://127.0.0.1./ok',
    'http://127.0.0.01/ok',
    'http://[::ffff:127.0.0.1]/ok',
    'http://[::1]/ok',
    'http://[::ffff:7f00:1]/ok',
    'http://[0:0:0:0:0:ffff:127.0.0.1]/ok',
    'http://[::127.0.0.1]/ok',
    'http://127.0.0.1:8080/ok',
    'http://localhost/ok',
    'http://127.0.0.1.nip.io/ok',
    'http://①②⑦.0.0.1/ok',
    'http://127。0。0。1/ok',
    'http://127.0.0.1%00/ok',
    'http://127.0.0.256/ok',
    'http://user@127.0.0.1/ok',
  ])('`%s` is not the loopback address that was approved', (url) => {
    expect(get(url)).toBe('refuse');
  });

  test.each([
    'http://0x7f.1/ok',
    'http://2130706433/ok',
    'http://0177.0.0.1/ok',
    'http://127.1/ok',
    'http://127.0.0.01/ok',
    'http://127.0.0.1./ok',
    'http://user@127.0.0.1/ok',
    'https://api.github.com./repos',
    'https://api.github.com@evil.io/repos',
    'https://api.githuｂ.com/repos',
  ])(
    'an approval that names `%s` permits nothing, not even that: whom it reaches is another program’s to say',
    (url) => {
      const odd = [mandate('m0', [beneath(url, ['http.get'])])];
      expect(ask(odd, { action: 'http.get', resource: url, parameters: {} }).decision).toBe('refuse');
    },
  );

  test('whatever is allowed is, for a WHATWG parser too, that host', () => {
    const piece = fc.constantFrom(
      'api',
      '.',
      'github',
      'com',
      'evil.io',
      '@',
      ':',
      '443',
      '/',
      '\\',
      '%40',
      '%2e',
      '#',
      '?',
      'repos',
      'API',
      '\t',
      '[',
      ']',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 9 }),
        fc.constantFrom('https://', 'https://api.github.com'),
        (pieces, start) => {
          const url = `${start}${pieces.join('')}`;
          if (get(url) !== 'permit') return;
          expect(URL.parse(url)?.origin).toBe('https://api.github.com');
        },
      ),
      { seed: 26, numRuns: 3_000 },
    );
  });
});
