/** What a program's output or a file says of tests, in whatever format. It believes counts as they are printed and judges nothing by them. */

import { readJunit } from './read-junit.ts';
import { readRunners } from './read-runners.ts';
import { readTap } from './read-tap.ts';
import type { TestReport } from './report.ts';

/** Longer output is read from its end. */
const mostChars = 1_048_576;

/** The report in `text`; null where there is none. */
export function readTests(text: string): TestReport | null {
  // Colours.
  const plain = text
    .slice(-mostChars)
    .replace(/\x1b\[[0-9;]*m/g, '')
    .replaceAll('\r\n', '\n');
  if (/<testsuites?[\s>]/.test(plain)) return readJunit(plain.slice(plain.search(/<(?:\?xml|testsuites?[\s>])/)));
  return readRunners(plain) ?? readTap(plain);
}
