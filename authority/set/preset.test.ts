// The table of presets in the design ("Presets"): what may be done without asking, what asks, and what is never covered.

import { describe, expect, test } from 'vitest';
import { permits, type RequestParameters } from './permits.ts';
import { expandPreset, presets, readOnlySandbox, type PresetName } from './preset.ts';
import { isSubset } from './subset.ts';

/** The ones whose bounds hold. */
type Bounding = Exclude<PresetName, 'watch'>;
const names: readonly Bounding[] = ['read-only', 'worktree', 'pr', 'ship'];
const acts: Readonly<Record<string, readonly [action: string, resource: string, parameters?: RequestParameters]>> = {
  read: ['file.read', 'workspace://passkey/src/a.ts'],
  edit: ['file.write', 'workspace://passkey/src/a.ts'],
  'edit elsewhere': ['file.write', 'workspace://other/src/a.ts'],
  run: ['shell.run', 'shell://passkey/npm'],
  'run sandboxed': ['shell.run', 'shell://passkey/npm', { tool: readOnlySandbox }],
  commit: ['git.commit', 'git://passkey/refs/heads/feat/x'],
  fetch: ['http.get', 'https://registry.npmjs.org/zod'],
  'fetch elsewhere': ['http.get', 'https://evil.example/?q=secret'],
  'connect to a known host': ['network.connect', 'https://registry.npmjs.org/'],
  'connect to its model': ['network.connect', 'https://api.anthropic.com/'],
  'connect to another port': ['network.connect', 'https://api.anthropic.com:8443/'],
  'connect elsewhere': ['network.connect', 'https://evil.example/'],
  'send data': ['http.post', 'https://registry.npmjs.org/zod'],
  'install locked': ['package.install', 'package://passkey/lockfile'],
  'add dependency': ['package.install', 'package://passkey/npm/left-pad'],
  'use secret': ['secret.read', 'secret://passkey/API_KEY'],
  'push own': ['git.push', 'git://passkey/refs/heads/writ/task-1'],
  'push lookalike': ['git.push', 'git://passkey/refs/heads/writable'],
  'push main': ['git.push', 'git://passkey/refs/heads/main'],
  'push release': ['git.push', 'git://passkey/refs/heads/release/2.4'],
  'open pull request': ['pull_request.open', 'git://passkey/pull-requests'],
  'update pull request': ['pull_request.update', 'git://passkey/pull-requests/7'],
  'force-push own': ['git.force_push', 'git://passkey/refs/heads/writ/task-1'],
  'force-push main': ['git.force_push', 'git://passkey/refs/heads/main'],
  merge: ['git.merge', 'git://passkey/refs/heads/main'],
  tag: ['git.tag', 'git://passkey/refs/tags/v1'],
  publish: ['package.publish', 'package://passkey/npm/passkey'],
  propose: ['task.propose', 'mission://passkey/m-1'],
  note: ['task.note', 'mission://passkey/notes'],
};

const expected: Readonly<Record<Bounding, { may: readonly string[]; asks: readonly string[] }>> = {
  'read-only': { may: ['read', 'run sandboxed', 'fetch', 'connect to its model', 'propose', 'note'], asks: [] },
  worktree: {
    may: [
      'read',
      'edit',
      'run',
      'run sandboxed',
      'commit',
      'fetch',
      'connect to a known host',
      'connect to its model',
      'install locked',
      'propose',
      'note',
    ],
    asks: ['add dependency', 'use secret'],
  },
  pr: {
    may: [
      'read',
      'edit',
      'run',
      'run sandboxed',
      'commit',
      'fetch',
      'connect to a known host',
      'connect to its model',
      'install locked',
      'propose',
      'note',
      'push own',
      'open pull request',
      'update pull request',
    ],
    asks: ['add dependency', 'use secret', 'force-push own', 'merge'],
  },
  ship: {
    may: [
      'read',
      'edit',
      'run',
      'run sandboxed',
      'commit',
      'fetch',
      'connect to a known host',
      'connect to its model',
      'install locked',
      'propose',
      'note',
      'push own',
      'open pull request',
      'update pull request',
    ],
    asks: ['add dependency', 'force-push own', 'merge', 'tag', 'publish'],
  },
};

describe.each(names)('%s', (name) => {
  const { authority, history, words } = expandPreset(name, { project: 'passkey' });

  test.each(Object.keys(acts))('%s', (act) => {
    const [action, resource, parameters = {}] = acts[act] ?? ['', ''];
    const answer = permits(authority, { action, resource, parameters }, 0);
    const isNew = history.some(
      (rule) => rule.kind === 'first_use' && rule.actions.includes(action) && rule.except?.includes(resource) !== true,
    );
    const outcome = !answer.permitted ? 'never' : answer.requiresActionApproval || isNew ? 'asks' : 'may';
    expect(outcome).toBe(
      expected[name].may.includes(act) ? 'may' : expected[name].asks.includes(act) ? 'asks' : 'never',
    );
  });

  test('its words are few, and say what asks and what never happens', () => {
    expect(words.length).toBeLessThanOrEqual(15);
    expect(words.at(-1)).toMatch(/^never: /);
    expect(words.some((line) => line.startsWith('asks you '))).toBe(expected[name].asks.length > 0);
  });
});

const inWorktree = [
  'may read and edit any file in `passkey`',
  'may run any program in `passkey`',
  'may commit',
  'may install what the lockfile names',
  'may fetch from github.com, pypi.org, also over encrypted connections whose content is not seen',
  'may talk to its model at api.anthropic.com',
  'may use what you gave `passkey` with `writ credential`, without seeing it',
  'may start helper agents: reviewer, tester',
  'may ask, leave notes, propose tasks',
];
const inPullRequest = [...inWorktree, 'may push to branches `writ/*`', 'may open and update pull requests'];
const shared = 'may share this with up to 8 helpers at once';

test.each<[PresetName, readonly string[]]>([
  [
    'read-only',
    [
      'may read any file in `passkey`',
      'may run programs where they cannot change anything',
      'may fetch from github.com, pypi.org',
      'may talk to its model at api.anthropic.com',
      'may ask, leave notes, propose tasks',
      shared,
      'never: edit; commit; push; install; use secrets',
    ],
  ],
  [
    'worktree',
    [
      ...inWorktree,
      shared,
      'asks you the first time, for each target: add a dependency; reach another host, also over encrypted connections whose content is not seen',
      'asks you each time: use a secret',
      'never: push; merge; tag; publish',
    ],
  ],
  [
    'pr',
    [
      ...inPullRequest,
      shared,
      'asks you the first time, for each target: add a dependency; reach another host, also over encrypted connections whose content is not seen',
      'asks you each time: force-push to `writ/*`; merge; use a secret',
      'never: push to any other branch; tag; publish',
    ],
  ],
  [
    'ship',
    [
      ...inPullRequest,
      shared,
      'asks you the first time, for each target: add a dependency; reach another host, also over encrypted connections whose content is not seen',
      'asks you each time: merge; tag; publish a package; force-push to `writ/*`',
      'never: push to any other branch; use secrets; administer anything',
    ],
  ],
])('the words a person approves by starting under %s', (name, words) => {
  const blanks = {
    project: 'passkey',
    knownHosts: ['github.com', 'pypi.org'],
    modelHosts: ['api.anthropic.com'],
    knownAgents: ['reviewer', 'tester'],
  };
  expect(expandPreset(name, blanks)).toMatchObject({ name, version: presets[name].version, words });
  expect(presets[name].name).toBe(name);
});

test('everything in a preset may be handed on alike: two deep, and to eight children over two generations', () => {
  for (const name of names)
    for (const { delegation } of expandPreset(name, { project: 'passkey' }).authority)
      expect(delegation).toEqual({ maxDepth: 2, children: { maxChildren: 8, maxChildDepth: 2 } });
});

test('each preset up to `pr` holds the one before it, but for the sandbox that stands in for reading', () => {
  const at = (name: PresetName) => expandPreset(name, { project: 'passkey' }).authority;
  expect(isSubset(at('read-only'), at('worktree'))).toEqual({ subset: true });
  expect(isSubset(at('worktree'), at('pr'))).toEqual({ subset: true });
  expect(isSubset(at('pr'), at('worktree'))).toMatchObject({ subset: false });
});

test('what asks the first time asks each time where nothing is remembered', () => {
  const expanded = expandPreset('worktree', { project: 'p', forgets: true });
  const asks = (resource: string) =>
    permits(expanded.authority, { action: 'package.install', resource, parameters: {} }, 0);
  expect(expanded.history).toEqual([]);
  expect(asks('package://p/npm/left-pad')).toMatchObject({ requiresActionApproval: true });
  expect(asks('package://p/lockfile')).toMatchObject({ requiresActionApproval: false });
});

describe('filling in the blanks', () => {
  test('a name is encoded, never interpreted', () => {
    const { authority, words } = expandPreset('read-only', { project: 'My $& `Project`/x', knownHosts: [] });
    expect(authority[0]?.resource).toBe('workspace://my%20%24%26%20%60project%60%2Fx/');
    expect(words[0]).toBe('may read any file in `My $& \\u{60}Project\\u{60}/x`');
  });

  test('a branch prefix never covers a protected branch', () => {
    for (const branchPrefix of ['', '/', 'main', 'main/', 'Master', 'release', 'release/2', 'x/../main']) {
      expect(() => expandPreset('pr', { project: 'p', branchPrefix })).toThrow(RangeError);
    }
    for (const [branchPrefix, words] of [
      ['bots/ada/', 'may push to branches `bots/ada/*`'],
      ['bots///', 'may push to branches `bots/*`'],
      ['maintenance', 'may push to branches `maintenance/*`'],
      ['bots/main', 'may push to branches `bots/main/*`'],
    ] as const)
      expect(expandPreset('pr', { project: 'p', branchPrefix }).words).toContain(words);
    const { authority } = expandPreset('pr', { project: 'p', branchPrefix: 'bots/a b' });
    expect(authority.map(({ resource }) => resource)).toContain('git://p/refs/heads/bots/a%20b');
    expect(() => expandPreset('pr', { project: 'p', branchPrefix: 'Main/\u202e' })).toThrow(
      "branch prefix `Main/\\u{202e}` covers more than the agent's own branches; use a name of its own, such as `writ/`",
    );
  });

  test('a host is a host', () => {
    const withHost = (host: string) => () => expandPreset('worktree', { project: 'p', knownHosts: ['pypi.org', host] });
    expect(withHost('github.com/evil')).toThrow(
      '`github.com/evil` is not a host; write the name alone, such as `github.com`',
    );
    expect(withHost('127.1')).toThrow(
      /^preset `worktree` cannot be filled in: entry \d+ cannot be used: resource `https:\/\/127.1\/`/,
    );
    for (const host of ['', 'a@b.example', '*', 'x y', 'a?b', 'a#b', 'a\\b']) {
      expect(() => expandPreset('worktree', { project: 'p', knownHosts: [host] })).toThrow(RangeError);
    }
  });

  test('known agents can be started; without any the words are silent about it', () => {
    const { authority, words } = expandPreset('worktree', { project: 'p', knownAgents: ['reviewer'] });
    expect(words).toContain('may start helper agents: reviewer');
    expect(
      permits(authority, { action: 'agent.spawn', resource: 'agent://reviewer', parameters: {} }, 0).permitted,
    ).toBe(true);
    expect(permits(authority, { action: 'agent.spawn', resource: 'agent://other', parameters: {} }, 0).permitted).toBe(
      false,
    );
  });

  test('presets are data: they survive being stored', () => {
    expect(JSON.parse(JSON.stringify(presets))).toEqual(presets);
  });
});
