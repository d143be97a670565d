/** What docs/guide/guarantees.md says class by class and harness by harness is what `writ scope` says: both are the same data. And what it says was shown, a test shows. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bubblewrap, classScope, harnessScope, hookLevels } from '@writ/enforce';
import { format } from 'prettier';
import { expect, test } from 'vitest';
import type { Shown } from '../agents/matrix.ts';
import { marks, seenDoors } from '../agents/matrix.ts';

const path = join(import.meta.dirname, '../../docs/guide/guarantees.md');
const said = (text: string): string => text.replaceAll('_', ' ').replaceAll('|', String.raw`\|`);
const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const sandbox = { works: true, ...bubblewrap } as const;
const classes = (place: 'run' | 'attended'): string =>
  table(
    ['class', 'mediated by', 'isolated by', 'outside', 'holds'],
    classScope({ runs: sandbox, sessions: sandbox })
      .filter((line) => line.place === place)
      .map((line) =>
        [said(line.action_class), line.mediated_by, line.isolated_by || '–', line.outside, line.holds].map(said),
      ),
  );
const harnesses = (): string =>
  table(
    ['harness', 'class', '*not guaranteed*'],
    harnessScope({}).flatMap(({ title, not_guaranteed: all }) =>
      all.map(({ action_class, what }) => [title, said(action_class), said(what)]),
    ),
  );

const levels = (): string =>
  table(
    ['hooks of', 'a call that nobody answers', 'bypassed by'],
    hookLevels.map(({ level, unanswered, bypassed_by: by }) => [level, unanswered, by].map(said)),
  );

const root = join(import.meta.dirname, '../..');
const fileOf = ({ file }: Shown): string => `\`${file.replace(/\.ts$/, '').split('/').at(-1) ?? ''}\``;
const seen = (): string =>
  [
    ...seenDoors.flatMap(({ door, programs, properties }) => [
      `${door}:`,
      table(
        ['', ...programs, 'shown in'],
        properties.map(({ what, by, except = {} }) => [
          what,
          ...programs.map((program) => except[program] ?? 'shown'),
          [...new Set(by.map(fileOf))].join(', ') || '–',
        ]),
      ),
    ]),
    ...marks,
  ].join('\n\n');

test('what is said to be shown of a real program has its test', () => {
  for (const { properties } of seenDoors)
    for (const { what, by, except = {} } of properties) {
      if (by.length === 0) expect(Object.values(except).length, what).toBeGreaterThan(0);
      for (const { file, test: name } of by) {
        // Wherever the line was broken before it.
        const begins = `('${name}`.replaceAll(/\s/g, '');
        const text = readFileSync(join(root, file), 'utf8').replaceAll(/\s/g, '');
        expect(text.includes(begins), `${file}: ${name}`).toBe(true);
      }
    }
});

test.each([
  ['seen of real programs', seen],
  ['levels of hooks', levels],
  ['classes of a run', () => classes('run')],
  ['classes of an attended session', () => classes('attended')],
  ['harnesses', harnesses],
])('the table of the %s is what `writ scope` says', async (name, expected) => {
  const text = readFileSync(path, 'utf8');
  const [, found] = text.split(`<!-- ${name} -->\n`);
  const want = await format(expected(), { parser: 'markdown', printWidth: 120 });
  expect(found?.trim(), `between two \`<!-- ${name} -->\``).toBe(want.trim());
});
