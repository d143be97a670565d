/** Who stands above this process, read from `ps` where there is no `/proc`. */

import { expect, test } from 'vitest';
import { inTable } from './door-above.ts';

test('a row of `ps -E` has its parent, and the door it was started with, not one that an argument names', () => {
  const at = inTable(`
    1     0 /sbin/launchd
  600   500 sh -c cat WRIT_DOOR=/forged PATH=/bin WRIT_DOOR=/run/d HOME=/Users/a
  601   600 -zsh TERM=xterm
garbage`);
  expect([at(600), at(601), at(1), at(2)]).toEqual([
    { parent: 500, door: '/run/d' },
    { parent: 600, door: null },
    { parent: 0, door: null },
    null,
  ]);
});
