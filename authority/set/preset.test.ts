// The table of presets in the design ("Presets"): what may be done without asking, what asks, and what is never covered.

import { describe, expect, test } from 'vitest';
import { permits, type RequestParameters } from './permits.ts';
import { expandPreset, presets, readOnlySandbox, type PresetName } from './preset.ts';
import { isSubset } from './subset.ts';

const names: readonly PresetName[] = ['read-only', 'worktree', 'pr', 'ship'];
const acts: Readonly<Record<string, readonly [action: string, resource: string, parameters?: RequestParameters]>> = {
  read: ['file.read', 'workspace://passkey/src/a.ts'],
  edit: ['file.write', 'workspace://passkey/src/a.ts'],
  'edit elsewhere': ['file.write', 'workspace://other/src/a.ts'],
  run: ['shell.run', 'shell://passkey/npm'],
  'run sandboxed': ['shell.run', 'shell://passkey/npm', { tool: readOnlySandbox }],
  commit: ['git.commit', 'git://passkey/refs/heads/feat/x'],
  fetch: ['http.get', 'https://registry.npmjs.org/zod'],
  'fetch elsewhere': ['http.get', 'https://evil.example/?q=secret'],
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

const expected: Readonly<Record<PresetName, { may: readonly string[]; asks: readonly string[] }>> = {
  'read-only': { may: ['read', 'run sandboxed', 'fetch', 'propose', 'note'], asks: [] },
  worktree: {
    may: ['read', 'edit', 'run', 'run sandboxed', 'commit', 'fetch', 'install locked', 'propose', 'note'],
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
  const { authority, words } = expandPreset(name, { project: 'passkey' });

  test.each(Object.keys(acts))('%s', (act) => {
    const [action, resource, parameters = {}] = acts[act] ?? ['', ''];
    const answer = permits(authority, { action, resource, parameters }, 0);
    const outcome = !answer.permitted ? 'never' : answer.requiresActionApproval ? 'asks' : 'may';
    expect(outcome).toBe(
      expected[name].may.includes(act) ? 'may' : expected[name].asks.includes(act) ? 'asks' : 'never',
    );
  });

  test('its words are few, and say what asks and what never happens', () => {
    expect(words.length).toBeLessThanOrEqual(11);
    expect(words.at(-1)).toMatch(/^never: /);
    expect(words.some((line) => line.startsWith('asks you each time: '))).toBe(expected[name].asks.length > 0);
  });
});

test('the words of the default preset', () => {
  expect(expandPreset('worktree', { project: 'passkey', knownHosts: ['github.com'] }).words).toEqual([
    'may read and edit any file in `passkey`',
    'may run any program in `passkey`',
    'may commit',
    'may install what the lockfile names',
    'may fetch from github.com',
    'may ask, leave notes, propose tasks',
    'may share this with up to 8 helpers at once',
    'asks you each time: add a dependency; use a secret',
    'never: push; merge; tag; publish; fetch from other hosts',
  ]);
});

test('each preset up to `pr` holds the one before it, but for the sandbox that stands in for reading', () => {
  const at = (name: PresetName) => expandPreset(name, { project: 'passkey' }).authority;
  expect(isSubset(at('read-only'), at('worktree'))).toEqual({ subset: true });
  expect(isSubset(at('worktree'), at('pr'))).toEqual({ subset: true });
  expect(isSubset(at('pr'), at('worktree'))).toMatchObject({ subset: false });
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
    expect(expandPreset('pr', { project: 'p', branchPrefix: 'bots/ada/' }).words).toContain(
      'may push to branches `bots/ada/*`',
    );
  });

  test('a host is a host', () => {
    for (const host of ['', 'github.com/evil', 'a@b.example', '127.1', '*', 'x y']) {
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
