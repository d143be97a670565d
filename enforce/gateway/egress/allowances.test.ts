/** What a person allowed although it is not public, and nothing beside it. */

import { expect, test } from 'vitest';
import { allowancesOf, readAllowance } from './allowances.ts';

test.each([
  ['10.1.0.0/16', '10.1.2.3', 443, true],
  ['10.1.0.0/16', '10.2.0.1', 443, false],
  ['10.1.0.0/16:8443', '10.1.2.3', 443, false],
  ['10.1.0.0/16:8443', '10.1.2.3', 8443, true],
  ['127.0.0.1:11434', '127.0.0.1', 11434, true],
  ['127.0.0.1:11434', '127.0.0.1', 11435, false],
  ['127.0.0.1:11434', '127.0.0.2', 11434, false],
  ['127.0.0.1:11434', '::ffff:127.0.0.1', 11434, true],
  ['[fd00::1]:443', 'fd00::1', 443, true],
  ['fd00::1', 'fd00::1', 443, false],
  ['0.0.0.0/0', '127.0.0.1', 443, false],
  ['nothing', '127.0.0.1', 443, false],
])('%s holds %s at port %i: %s', (text, address, port, holds) => {
  expect(allowancesOf([text]).holds(address, port)).toBe(holds);
});

test.each(['127.0.0.1', '127.0.0.0/8', '0.0.0.0/0', '[::1]', '[::]/0', '10.0.0.1/33', '10.0.0.1:0', 'host.example:80'])(
  '`%s` cannot be allowed',
  (text) => {
    const read = readAllowance(text);
    expect(read.ok ? '' : read.why).toContain(`\`${text}\` cannot be allowed`);
  },
);
