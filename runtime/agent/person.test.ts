/** What a person says of a task that was theirs. */

import { expect, it } from 'vitest';
import { endOf } from './person.ts';

it.each([
  ['done', 'done', 'done by ann'],
  ['done: the key is in the vault', 'done', 'done by ann: the key is in the vault'],
  ['failed, no access', 'failed', 'ann says it failed: no access'],
  ['cannot', 'failed', 'ann says it cannot be done'],
  // No word that it is done.
  ['done-ish', 'failed', 'ann answered `done-ish`'],
  ['not done', 'failed', 'ann answered `not done`'],
  ['maybe', 'failed', 'ann answered `maybe`'],
])('%s: %s', (answer, ended, summary) => {
  expect(endOf(answer, 'ann')).toEqual({ ended, exitCode: null, summary });
});
