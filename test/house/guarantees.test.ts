/** What docs/guide/guarantees.md says class by class and harness by harness is what `writ scope` says: both are the same data. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bubblewrap, classScope, harnessScope, hookLevels } from '@writ/enforce';
import { format } from 'prettier';
import { expect, test } from 'vitest';

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

test.each([
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
