/** When a person is asked, as the table says it: a line for each way, with the classes it goes for. Pure. */

import type { Asking } from '@writ/authority';
import { askingTable, eachTime } from '@writ/authority';
import type { Style } from './style.ts';
import { wrap } from './width.ts';

const words: Readonly<Record<Asking, string>> = {
  covered: 'covered by what was approved',
  first_time: 'asked the first time, for each target',
  each_time: 'asked each time',
};

/** The table. */
export function renderAsking(style: Style): string[] {
  const said = (plain: string): string => plain.replaceAll('_', ' ');
  const rows = Object.entries(askingTable).map(([name, { named, new: fresh }]) => ({ name: said(name), named, fresh }));
  const groups = Map.groupBy(rows, ({ named, fresh }) => `${named} ${fresh}`);
  const lines = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { named, fresh } = first;
    const how = named === fresh ? words[named] : `${words[named]}; a target that it does not name is ${words[fresh]}`;
    return [`${group.map(({ name }) => name).join(', ')}: ${how}`];
  });
  const always = `wherever it happens, each time: ${[...eachTime.keys()].map((action) => said(action)).join(', ')}`;
  return [
    '',
    `${style.bold('when you are asked')}${style.dim(': by the class an action has where it happens')}`,
    ...[...lines, always].flatMap((line) =>
      wrap(line, Math.max(24, style.columns - 4)).map((part, index) => `${index === 0 ? '  ' : '    '}${part}`),
    ),
  ];
}
