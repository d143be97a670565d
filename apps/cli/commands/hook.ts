/**
 * `writ hook NAME`: what the hook of `writ init --guard` runs where no resident guard answers. The judgement is the same: `guard/judge-guarded.ts`.
 *
 * Under `writ claude` it says nothing, because that judges each call itself.
 * INVARIANT: whatever goes wrong here, the harness goes on as without Writ; who wants more than that starts it with `writ claude`.
 */

import { text } from 'node:stream/consumers';
import { exitCodes } from '../exit.ts';
import { judgeGuarded } from '../guard/judge-guarded.ts';
import type { CommandRun } from '../program/command.ts';

export const run: CommandRun = async ({ io, home }, input) => {
  if (io.env['WRIT_SESSION'] !== undefined) return exitCodes.done;
  try {
    const body: unknown = JSON.parse(await text(io.stdin));
    const reply = await judgeGuarded(input.words[0] ?? '', body, { stateDir: home.root, now: io.now() });
    if (reply !== null && Object.keys(reply).length > 0) io.stdout.write(`${JSON.stringify(reply)}\n`);
  } catch {
    return exitCodes.done; // as without Writ
  }
  return exitCodes.done;
};
