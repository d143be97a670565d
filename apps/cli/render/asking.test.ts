/** `writ scope` says when a person is asked as the table has it: every class, and what is asked wherever it happens. */

import { askingTable, eachTime } from '@writ/authority';
import { expect, it } from 'vitest';
import { renderAsking } from './asking.ts';
import { styleOf } from './style.ts';

it('names each class once, and each action that is asked each time', () => {
  const text = renderAsking(styleOf({ colour: false, unicode: true, columns: 400, now: 0 })).join('\n');
  for (const name of [...Object.keys(askingTable), ...eachTime.keys()])
    expect(text.split(name.replaceAll('_', ' ')).length - 1, name).toBeGreaterThan(0);
  expect(text).toMatch(/consequential read, workspace write, consequential write: covered .* asked the first time/);
  expect(text).toMatch(/irreversible action, external commitment, privileged administration: asked each time/);
});
