import { readFile } from 'node:fs/promises';
import { acts, isAtLeast, roles } from '@writ/authority';
import type { ActRule } from '@writ/authority';
import { expect, it } from 'vitest';

it('the guide shows the table of roles as it is in the code', async () => {
  const rows = Object.entries<ActRule>(acts).map(([, rule]) => {
    const cells = roles.map((role) => (isAtLeast(role, rule.least) ? 'yes' : ''));
    const notes = [
      rule.where === 'everywhere' ? 'only with the role everywhere' : '',
      rule.namedOnly ? 'only those the mandate names, where it names any' : '',
    ].filter((note) => note !== '');
    return `| ${[rule.words, ...cells, notes.join('; ')].join(' | ')} |`
      .replaceAll('|  |', '| |')
      .replaceAll('|  |', '| |');
  });
  const guide = await readFile(new URL('../../../docs/guide/people.md', import.meta.url), 'utf8');
  const [, table = ''] = guide.split('<!-- the table of authority/person/role.ts -->');
  const shown = table.split('<!-- end -->')[0]?.trim().split('\n').slice(2);
  expect(shown).toEqual(rows);
});
