/**
 * `writ hook NAME`: what the hook of `writ init --guard` runs where no resident guard answers. The judgement is the same: `guard/judge-guarded.ts`.
 *
 * Under `writ claude` it says nothing, because that judges each call itself.
 * INVARIANT: whatever goes wrong here, the harness goes on as without Writ; who wants more than that starts it with `writ claude`. With `--preset` it is the hook of a machine's
 * administrator, which blocks what is not answered: then it says `{}` where nothing is against a call, and fails where it cannot say.
 */

import { text } from 'node:stream/consumers';
import { exitCodes } from '../exit.ts';
import { judgeGuarded } from '../guard/judge-guarded.ts';
import { isOffered } from '../launcher/preset-choice.ts';
import type { CommandRun } from '../program/command.ts';
import { textOption } from '../program/command.ts';

export const run: CommandRun = async ({ io, home }, input) => {
  const preset = textOption(input, 'preset') ?? null;
  const isManaged = preset !== null;
  if (io.env['WRIT_SESSION'] !== undefined) return exitCodes.done;
  try {
    if (isManaged && !isOffered(preset)) return exitCodes.usage;
    const body: unknown = JSON.parse(await text(io.stdin));
    const place = { stateDir: home.root, now: io.now(), usual: preset };
    const reply = await judgeGuarded(input.words[0] ?? '', body, place);
    if (reply === null) return isManaged ? exitCodes.failed : exitCodes.done;
    if (isManaged || Object.keys(reply).length > 0) io.stdout.write(`${JSON.stringify(reply)}\n`);
  } catch {
    return isManaged ? exitCodes.failed : exitCodes.done; // as without Writ
  }
  return exitCodes.done;
};
