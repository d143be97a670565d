/**
 * A Git `post-receive` hook: appends one line of JSON for every ref that has changed. `node log-landed.ts FILE`. Decides nothing.
 */

import { appendFileSync, readFileSync } from 'node:fs';

const log = process.argv[2];
if (log === undefined) throw new Error('which log? `node log-landed.ts FILE`');

for (const row of readFileSync(0, 'utf8')
  .split('\n')
  .filter((row) => row !== '')) {
  const [old, next, ref] = row.split(' ');
  appendFileSync(log, `${JSON.stringify({ at: new Date().toISOString(), ref, old, new: next })}\n`);
}
