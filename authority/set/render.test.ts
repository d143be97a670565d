import { describe, expect, test } from 'vitest';
import type { AuthorityEntry, Constraints, EntryDelegation } from './authority-set.ts';
import { renderAuthority } from './render.ts';

type Match = AuthorityEntry['resourceMatch'];

const entry = (resource: string, actions: readonly string[], more: Partial<AuthorityEntry> = {}): AuthorityEntry => ({
  resource,
  resourceMatch: 'prefix',
  actions,
  constraints: {},
  ...more,
});
const line = (...of: Parameters<typeof entry>): string | undefined => renderAuthority([entry(...of)])[0];
const exact = { resourceMatch: 'exact' } as const;
const pinned = { catalogueDigest: 'sha-256:one' };

describe('what an approver reads: actions in the words of their place', () => {
  test.each([
    ['workspace://p/', 'file.read', 'read any file in `p`'],
    ['workspace://p/', 'file.write', 'edit any file in `p`'],
    ['shell://p/', 'shell.run', 'run any program in `p`'],
    ['git://p/', 'git.commit', 'commit to anything in the repository `p`'],
    ['git://p/', 'git.push', 'push to anything in the repository `p`'],
    ['git://p/', 'git.force_push', 'force-push to anything in the repository `p`'],
    ['git://p/', 'git.merge', 'merge into anything in the repository `p`'],
    ['git://p/refs/tags', 'git.tag', 'create any tag of `p`'],
    ['git://p/pull-requests', 'pull_request.open', 'open any pull request of `p`'],
    ['git://p/pull-requests', 'pull_request.update', 'update any pull request of `p`'],
    ['package://p/', 'package.install', 'install any package for `p`'],
    ['package://p/', 'package.publish', 'publish any package for `p`'],
    ['secret://p/', 'secret.read', 'use any secret of `p`'],
    ['agent://tester/', 'agent.spawn', 'start the agent `tester` and anything of it'],
    ['mission://p/', 'task.propose', 'propose tasks in any mission of `p`'],
    ['mission://p/', 'task.ask', 'ask in any mission of `p`'],
    ['mission://p/', 'task.note', 'leave notes in any mission of `p`'],
    ['https://a.example/', 'http.get', 'fetch anything at `https://a.example`'],
    ['http://a.example/', 'http.post', 'send data to anything at `http://a.example`'],
  ])('%s %s', (resource, action, words) => {
    expect(line(resource, [action])).toBe(words);
  });

  test('a tool of a server, whose catalogue is pinned', () => {
    expect(line('mcp://github/', ['mcp.call'], pinned)).toBe(
      'call any tool of the MCP server `github`, only while its catalogue is `sha-256:one`',
    );
  });

  test('several in one line; one we do not know, and all are shown literally; a family as the breadth it is', () => {
    expect(line('workspace://p/', ['file.read', 'file.write'])).toBe('read and edit any file in `p`');
    expect(line('workspace://p/', ['file.read', 'file.shred'])).toBe(
      'do `file.read` and `file.shred` on any file in `p`',
    );
    expect(line('workspace://p/', ['file.*', 'git.push'])).toBe(
      'do every action under `file.*` and `git.push` on any file in `p`',
    );
    // A word of one place is not a word of another.
    expect(line('shell://p/', ['file.read'])).toBe('do `file.read` on any program in `p`');
  });
});

describe('what an approver reads: places, and how far they reach', () => {
  const places: readonly (readonly [resource: string, match: Match, words: string])[] = [
    ['workspace://p/', 'prefix', 'any file in `p`'],
    ['workspace://p/', 'exact', 'the top folder of `p`'],
    ['workspace://p/src/a.ts', 'exact', 'the file `src/a.ts` in `p`'],
    ['workspace://p/src', 'prefix', '`src` and any file under it in `p`'],
    ['shell://p/', 'prefix', 'any program in `p`'],
    ['shell://p/', 'exact', 'the shell of `p`'],
    ['shell://p/npm', 'exact', 'the program `npm` in `p`'],
    ['shell://p/npm', 'prefix', '`npm` and any program under it in `p`'],
    ['git://p/', 'prefix', 'anything in the repository `p`'],
    ['git://p/', 'exact', 'the repository `p` as a whole'],
    ['git://p/refs/heads', 'prefix', 'any branch of `p`'],
    ['git://p/refs/heads', 'exact', 'the list of branches of `p`'],
    ['git://p/refs/heads/main', 'exact', 'branch `main` of `p`'],
    ['git://p/refs/heads/writ', 'prefix', 'branches `writ` and `writ/*` of `p`'],
    ['git://p/refs/tags', 'prefix', 'any tag of `p`'],
    ['git://p/refs/tags', 'exact', 'the list of tags of `p`'],
    ['git://p/refs/tags/v1', 'exact', 'tag `v1` of `p`'],
    ['git://p/refs/tags/v1', 'prefix', 'tags `v1` and `v1/*` of `p`'],
    ['git://p/pull-requests', 'prefix', 'any pull request of `p`'],
    ['git://p/pull-requests', 'exact', 'the list of pull requests of `p`'],
    ['git://p/pull-requests/7', 'exact', 'pull request `7` of `p`'],
    ['git://p/pull-requests/7', 'prefix', 'pull requests `7` and `7/*` of `p`'],
    ['git://p/refs', 'prefix', '`refs` and anything under it of `p`'],
    ['git://p/refs/headsman', 'exact', 'exactly `refs/headsman` of `p`'],
    ['git://p/refs/headsman', 'prefix', '`refs/headsman` and anything under it of `p`'],
    ['package://p/', 'prefix', 'any package for `p`'],
    ['package://p/', 'exact', 'the packages for `p` as a whole'],
    ['package://p/lockfile', 'exact', 'what the lockfile of `p` names'],
    ['package://p/lodash', 'exact', 'the package `lodash` for `p`'],
    ['package://p/lockfile', 'prefix', '`lockfile` and any package under it for `p`'],
    ['secret://p/', 'prefix', 'any secret of `p`'],
    ['secret://p/', 'exact', 'the secrets of `p` as a whole'],
    ['secret://p/token', 'exact', 'the secret `token` of `p`'],
    ['secret://p/prod', 'prefix', '`prod` and any secret under it of `p`'],
    ['agent://tester/', 'prefix', 'the agent `tester` and anything of it'],
    ['agent://tester/', 'exact', 'the agent `tester`'],
    ['agent://tester/x', 'exact', '`x` of the agent `tester`'],
    ['agent://tester/x', 'prefix', '`x` and anything under it of the agent `tester`'],
    ['mcp://github/', 'exact', 'the MCP server `github` as a whole'],
    ['mcp://github/create_issue', 'exact', 'the tool `create_issue` of the MCP server `github`'],
    ['mission://p/', 'prefix', 'any mission of `p`'],
    ['mission://p/', 'exact', 'the missions of `p` as a whole'],
    ['mission://p/m1', 'exact', 'the mission `m1` of `p`'],
    ['mission://p/m1', 'prefix', 'the mission `m1` and anything in it of `p`'],
    ['https://a.example', 'prefix', 'anything at `https://a.example`'],
    ['https://a.example:8443/', 'prefix', 'anything at `https://a.example:8443`'],
    ['https://a.example/', 'exact', 'exactly `https://a.example/`'],
    ['https://a.example/x?q=1', 'exact', 'exactly `https://a.example/x?q=1`'],
    ['https://a.example/?q=1', 'exact', 'exactly `https://a.example/?q=1`'],
    ['https://a.example/x/', 'exact', 'exactly `https://a.example/x/`'],
    ['https://a.example/x', 'prefix', '`https://a.example/x` and anything under it'],
    ['http://a.example/x', 'exact', 'exactly `http://a.example/x`'],
  ];

  test.each(places)('%s, %s', (resource, resourceMatch, words) => {
    expect(line(resource, ['some.act'], { resourceMatch })).toBe(`do \`some.act\` on ${words}`);
  });

  test('some tools of a server, whose catalogue is pinned', () => {
    expect(line('mcp://github/issues', ['mcp.call'], pinned)).toBe(
      'call `issues` and any tool under it of the MCP server `github`, only while its catalogue is `sha-256:one`',
    );
  });

  test('neighbours that differ in a name alone are one line; nothing else is', () => {
    const from = (host: string, more: Partial<AuthorityEntry> = {}) => entry(`https://${host}/`, ['http.get'], more);
    const asks = { constraints: { requiresActionApproval: true } };
    expect(renderAuthority([from('a.example'), from('b.example'), from('c.example')])).toEqual([
      'fetch anything at `https://a.example`, `https://b.example` and `https://c.example`',
    ]);
    expect(renderAuthority([from('a.example'), from('b.example', asks), from('c.example', asks)])).toEqual([
      'fetch anything at `https://a.example`',
      'fetch anything at `https://b.example` and `https://c.example`, asks you each time',
    ]);
    const [read, other] = [entry('workspace://p/', ['file.read']), entry('workspace://q/src', ['file.read'])];
    expect(renderAuthority([from('a.example'), read, other, from('b.example')])).toHaveLength(4);
    expect(renderAuthority([from('a.example'), from('a.example')])).toHaveLength(2);
  });

  test('no two of these places read alike', () => {
    const words = places.map(([resource, resourceMatch]) => line(resource, ['some.act'], { resourceMatch }));
    expect(new Set(words).size).toBe(places.length);
  });
});

describe('what an approver reads: bounds', () => {
  test.each<[Constraints, string]>([
    [{ maxAmount: { amount: '500.00', currency: 'EUR' } }, 'at most 500.00 EUR each time'],
    [{ resourceIssuedAfter: '2026-07-01T00:00:00Z' }, 'only what was issued at or after 2026-07-01T00:00:00Z'],
    [{ resourceIssuedBefore: '2026-07-01T00:00:00Z' }, 'only what was issued at or before 2026-07-01T00:00:00Z'],
    [{ tenant: 'acme' }, 'only for the tenant `acme`'],
    [{ recipientDomain: 'example.com' }, 'only to recipients at `example.com` or a domain under it'],
    [{ timeWindow: { notBefore: '2026-07-01T00:00:00Z' } }, 'only from 2026-07-01T00:00:00Z'],
    [{ timeWindow: { notAfter: '2026-07-01T00:00:00Z' } }, 'only until 2026-07-01T00:00:00Z'],
    [{ dataClassification: ['public', 'internal'] }, 'only data classified `public` or `internal`'],
    [{ dataClassification: [] }, 'only data classified nothing at all'],
    [{ allowedTools: ['edit'] }, 'only through `edit`'],
    [{ requiresActionApproval: true }, 'asks you each time'],
    [{ freshnessMs: 2_000 }, 'a yes is used for at most 2000 ms'],
    [{ freshnessMs: 0 }, 'control is asked each time'],
    [
      { unknown: { window_days: 30, also: ['b', { z: 1, a: null }] } },
      'never, because of a bound we do not understand: `window_days` = `30`, never, because of a bound we do not understand: `also` = `["b",{"a":null,"z":1}]`',
    ],
  ])('%j', (constraints, words) => {
    expect(line('workspace://p/', ['file.read'], { constraints })).toBe(`read any file in \`p\`, ${words}`);
  });

  test('in the order they are compared, whatever the order they are written in', () => {
    const constraints: Constraints = {
      requiresActionApproval: true,
      timeWindow: { notAfter: '2026-07-02T00:00:00Z', notBefore: '2026-07-01T00:00:00Z' },
      tenant: 'acme',
    };
    expect(line('workspace://p/', ['file.read'], { constraints })).toBe(
      'read any file in `p`, only for the tenant `acme`, only from 2026-07-01T00:00:00Z, only until 2026-07-02T00:00:00Z, asks you each time',
    );
    expect(line('workspace://p/', ['file.read'], { constraints: { requiresActionApproval: false } })).toBe(
      'read any file in `p`',
    );
  });

  test('what JSON cannot hold is shown all the same', () => {
    const shown = (value: unknown) => line('workspace://p/', ['file.read'], { constraints: { unknown: { x: value } } });
    expect(shown(10n)).toContain('`x` = `10n`');
    expect(shown(undefined)).toContain('`x` = `undefined`');
    expect(shown(Symbol('s'))).toContain('`x` = `symbol`');
    expect(shown({ b: [undefined], a: 'q' })).toContain('`x` = `{"a":"q","b":[undefined]}`');
  });
});

describe('what an approver reads: handing on', () => {
  test.each<[EntryDelegation, string]>([
    [{ maxDepth: 2 }, 'may be handed on, 2 deep'],
    [
      { maxDepth: 1, allowedDelegates: [{ actor: 'tester' }, { actorKind: 'ai_agent' }] },
      'may be handed on, 1 deep to `tester` or any `ai_agent`',
    ],
    [{ maxDepth: 1, allowedDelegates: [] }, 'may be handed on, 1 deep to nobody'],
    [{ maxDepth: 0, children: {} }, 'may be handed on, 0 deep, and shared with any number of helpers'],
    [
      { maxDepth: 1, children: { maxChildren: 8, maxChildDepth: 2 } },
      'may be handed on, 1 deep, and shared with up to 8 helpers at once, 2 generations down',
    ],
    [
      { maxDepth: 1, children: { maxChildren: 8, maxChildDepth: 1 } },
      'may be handed on, 1 deep, and shared with up to 8 helpers at once, 1 generation down',
    ],
    [
      { maxDepth: 1, children: { allowedChildActors: [{ actor: 'tester' }], childCreationPolicy: 'two-eyes' } },
      'may be handed on, 1 deep, and shared with any number of helpers (`tester`), each if the policy `two-eyes` allows it',
    ],
  ])('%j', (delegation, words) => {
    expect(line('workspace://p/', ['file.read'], { delegation })).toBe(`read any file in \`p\`, ${words}`);
  });

  test('what every entry says alike comes once; what they say differently comes with each', () => {
    const [one, two] = [{ delegation: { maxDepth: 1 } }, { delegation: { maxDepth: 2 } }];
    const [read, run] = [entry('workspace://p/', ['file.read'], one), entry('shell://p/', ['shell.run'], one)];
    expect(renderAuthority([read, run])).toEqual([
      'read any file in `p`',
      'run any program in `p`',
      'each of these may be handed on, 1 deep',
    ]);
    expect(renderAuthority([read, { ...run, ...two }])).toEqual([
      'read any file in `p`, may be handed on, 1 deep',
      'run any program in `p`, may be handed on, 2 deep',
    ]);
    const { delegation: _, ...alone } = run;
    expect(renderAuthority([read, alone])).toEqual([
      'read any file in `p`, may be handed on, 1 deep',
      'run any program in `p`',
    ]);
    expect(renderAuthority([alone, alone])).toEqual(['run any program in `p`', 'run any program in `p`']);
    expect(renderAuthority([])).toEqual([]);
  });
});

describe('what an approver reads: names that hide something', () => {
  test('an entry we cannot use says so, and hides nothing', () => {
    expect(line('file:///etc', ['file.read'])).toBe(
      'nothing, because this entry is malformed: `{"actions":["file.read"],"constraints":{},"resource":"file:///etc","resourceMatch":"prefix"}`',
    );
    expect(line('file:///\u202e', ['file.read'])).toContain('\\u{202e}');
  });

  test('names of other scripts are readable; those that imitate Latin ones are not', () => {
    const file = (name: string) => line(`workspace://p/${name}`, ['file.read'], exact);
    expect(file('%E8%A8%AD%E8%A8%88.md')).toBe('read the file `設計.md` in `p`');
    expect(file('документы/план.md')).toBe('read the file `документы/план.md` in `p`');
    expect(file('s\u0440c')).toBe('read the file `s%D1%80c` in `p`');
    expect(file('\u0440\u0430\u0441')).toBe('read the file `%D1%80%D0%B0%D1%81` in `p`');
    expect(line('mcp://p/src%2Fx', ['mcp.call'], exact)).toContain('`src%2Fx`');
    expect(line('https://a.example/?q=%FF', ['http.get'], exact)).toBe('fetch exactly `https://a.example/?q=%FF`');
  });

  test('free text that imitates another is spelt out', () => {
    const tenant = (name: string) => line('workspace://p/', ['file.read'], { constraints: { tenant: name } });
    expect(tenant('\u0430cme')).toContain('`\\u{430}cme`');
    expect(tenant('ａｃｍｅ')).toContain('`\\u{ff41}\\u{ff43}\\u{ff4d}\\u{ff45}`');
    expect(tenant('Größe')).toContain('`Größe`');
    expect(tenant('a\u200bcme')).toContain('`a\\u{200b}cme`');
  });
});
