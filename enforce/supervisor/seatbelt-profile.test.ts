/**
 * The rules of Seatbelt as text, and what they mean: read back by the two facts of the language that everything rests on, that nothing is allowed by default and that the last rule which matches
 * counts. That a Mac takes them so is shown there, by `writ doctor`.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SeatbeltPlaces } from './seatbelt-profile.ts';
import { seatbeltProfile } from './seatbelt-profile.ts';

const places: SeatbeltPlaces = {
  hidden: ['/Users', '/private/tmp'],
  shown: ['/Users/ada/.nvm/versions', '/Users/ada/app/.git'],
  state: '/Users/ada/.local/state/writ',
  writable: [
    '/Users/ada/.local/state/writ/runtime/worktrees/w',
    '/Users/ada/app/.git/worktrees/w',
    '/private/tmp/r/tmp',
  ],
  kept: [
    '/Users/ada/.local/state/writ/runtime/worktrees/w/.claude/settings.json',
    '/Users/ada/app/.git/worktrees/w/HEAD',
  ],
  closed: ['/Users/ada/.local/state/writ/runtime/worktrees/w/secret'],
  given: ['/Users/ada/.local/state/writ/enforcer/bin'],
  lent: [],
  held: ['/Users/ada/.local/state/writ/enforcer/runs/1/output'],
  sockets: ['/Users/ada/.local/state/writ/enforcer/d/x'],
  network: [49_321],
  listens: [],
  terminal: null,
};

const textOf = (given: SeatbeltPlaces): string => {
  const made = seatbeltProfile(given);
  if (!made.ok) throw new Error(made.why);
  return made.text;
};

type Rule = {
  readonly allows: boolean;
  readonly operations: readonly string[];
  readonly matches: (path: string) => boolean;
};

/** The rules about files, in their order. */
function rulesOf(text: string): readonly Rule[] {
  return text.split('\n').flatMap((line): readonly Rule[] => {
    const [, word, operations = '', filters = ''] = /^\((allow|deny) ((?:file-[a-z-]+\*? ?)+)(.*)\)$/.exec(line) ?? [];
    if (word === undefined || filters.includes('require-all')) return [];
    const each = [...filters.matchAll(/\((subpath|literal|regex) (#?)"((?:[^"\\]|\\.)*)"\)/g)].map(
      ([, kind, raw, body = '']) => {
        if (raw === '#') return (path: string) => new RegExp(body, 'u').test(path);
        const named = body.replaceAll(/\\(.)/gs, '$1');
        return (path: string) => path === named || (kind === 'subpath' && path.startsWith(`${named}/`));
      },
    );
    return [
      {
        allows: word === 'allow',
        operations: operations.trim().split(' '),
        matches: (path) => each.length === 0 || each.some((one) => one(path)),
      },
    ];
  });
}

const covers = (named: string, operation: string): boolean =>
  named === operation || (named.endsWith('*') && operation.startsWith(named.slice(0, -1)));

/** Whether `operation` is allowed at `path`. */
const may = (rules: readonly Rule[], operation: string, path: string): boolean =>
  rules.findLast(({ operations, matches }) => operations.some((one) => covers(one, operation)) && matches(path))
    ?.allows ?? false;

test('the text of a run is this', () => {
  expect(textOf(places)).toMatchSnapshot();
});

test('what a run may do with files is what its places say', () => {
  const rules = rulesOf(textOf(places));
  const worktree = '/Users/ada/.local/state/writ/runtime/worktrees/w';
  const reads = (path: string): boolean => may(rules, 'file-read-data', path);
  const writes = (path: string): boolean => may(rules, 'file-write-data', path);
  const moves = (path: string): boolean =>
    may(rules, 'file-write-unlink', path) || may(rules, 'file-write-create', path);
  for (const path of ['/usr/bin/git', '/Users/ada/.nvm/versions/node', '/Users/ada/app/.git/config', `${worktree}/a`])
    expect([path, reads(path)]).toEqual([path, true]);
  for (const path of [
    '/Users/ada/.ssh/id',
    '/Users/bob',
    '/private/tmp/x',
    '/Users/ada/.local/state/writ/control/token',
  ])
    expect([path, reads(path), writes(path)]).toEqual([path, false, false]);
  expect([writes(`${worktree}/src/a`), writes('/private/tmp/r/tmp/a'), writes('/dev/null')]).toEqual([
    true,
    true,
    true,
  ]);
  expect([writes('/usr/bin/git'), writes('/Users/ada/app/.git/config'), writes('/etc/hosts')]).toEqual([
    false,
    false,
    false,
  ]);
  expect([reads(`${worktree}/secret/a`), writes(`${worktree}/secret/a`)]).toEqual([false, false]);
  // What governs it, however it is spelled, and the folder by which it would be replaced.
  expect([reads(`${worktree}/.claude/settings.json`), writes(`${worktree}/.claude/settings.json`)]).toEqual([
    true,
    false,
  ]);
  expect(writes(`${worktree}/.CLAUDE/Settings.json`)).toBe(false);
  expect([moves(`${worktree}/.claude`), moves(`${worktree}/.Claude`), moves(worktree)]).toEqual([false, false, false]);
  expect([moves(`${worktree}/.claudes`), writes(`${worktree}/.claude/agents/a.md`)]).toEqual([true, true]);
  // The way there can be walked, and not looked around on.
  expect(may(rules, 'file-read-metadata', '/Users/ada/.local/state/writ')).toBe(true);
  expect([reads('/Users/ada/.local/state/writ'), reads('/Users/ada')]).toEqual([false, false]);
  // A hard link would give it another name under which it is written.
  expect(may(rules, 'file-link', `${worktree}/x`)).toBe(false);
});

const name = fc
  .stringMatching(/^[a-zA-Z0-9 ._"'\\()#;$*+?[\]{}|^äß-]{1,8}$/u)
  .filter((text) => !/^\.{1,2}$/.test(text));
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
const paths = fc.array(path, { maxLength: 3 });

test('whatever the places are called: nothing is written outside what is writable, and of the state nothing is seen', () => {
  fc.assert(
    fc.property(
      fc.record({ hidden: paths, shown: paths, state: path, below: paths, other: paths, kept: paths, tried: path }),
      ({ hidden, shown, state, below, other, kept, tried }) => {
        const writable = [...below.map((one) => `${state}/worktrees${one}`), ...other];
        const made = seatbeltProfile({
          ...{
            hidden,
            shown,
            state,
            writable,
            kept,
            closed: [],
            given: [],
            lent: [],
            held: [],
            sockets: [],
            network: [],
          },
          ...{ listens: [], terminal: null },
        });
        if (!made.ok) throw new Error(made.why);
        const rules = rulesOf(made.text);
        const isIn = (one: string, roots: readonly string[]): boolean =>
          roots.some((root) => one === root || one.startsWith(`${root}/`));
        for (const one of [
          tried,
          ...writable.map((root) => root + tried),
          ...kept.map((root) => root + tried),
          `${state}${tried}`,
        ]) {
          const isWritable = isIn(one, writable);
          if (may(rules, 'file-write-data', one) !== (isWritable && !isIn(one, kept)) && !isIn(one, kept))
            // A rule in any case may hold more than it names, never less.
            expect([one, isWritable && !may(rules, 'file-write-data', one)]).toEqual([one, true]);
          expect([one, isIn(one, kept) && may(rules, 'file-write-data', one)]).toEqual([one, false]);
          if (isIn(one, [state]) && !isWritable) expect([one, may(rules, 'file-read-data', one)]).toEqual([one, false]);
        }
      },
    ),
    { numRuns: 400 },
  );
});

test('the network is the ports and sockets that are named, and nothing where none is', () => {
  const network = (given: Partial<SeatbeltPlaces>): readonly string[] =>
    textOf({ ...places, ...given })
      .split('\n')
      .filter((line) => /network|socket/.test(line) && !line.startsWith(';'));
  expect(network({})).toEqual([
    '(allow network-outbound (remote ip "localhost:49321"))',
    '(allow system-socket (socket-domain AF_UNIX))',
    '(allow network-outbound (remote unix-socket (path-literal "/Users/ada/.local/state/writ/enforcer/d/x")))',
  ]);
  expect(network({ network: [], sockets: [] })).toEqual([]);
});

test.each(['/a\nb', '/a\u0000b', 'a', '/', '/a/../b', '/a//b', '/a/', '/a\ud800'])(
  'a path that would not mean itself is refused: %j',
  (odd) => {
    expect(seatbeltProfile({ ...places, writable: [odd] })).toMatchObject({ ok: false });
  },
);
