/** `writ model-turn`: one turn of a model, inside the run that was started for it. Outside a run there is no door, and nothing to do. */

import { createInterface } from 'node:readline';
import { createCaller } from '@writ/enforce/client';
import { runTurnProgram } from '@writ/runtime';
import { CommandEnd, exitCodes, problem } from '../exit.ts';
import type { CommandRun } from '../program/command.ts';

export const run: CommandRun = async ({ door, io }) => {
  if (door === null)
    throw new CommandEnd(
      problem(
        'not_in_a_run',
        400,
        'this is started by Writ, inside a run',
        'a session with an agent of driver `model` does',
      ),
      exitCodes.usage,
    );
  using caller = createCaller({ base: { socketPath: door }, token: null, timeoutMs: 30_000 });
  const lines = createInterface({ input: process.stdin });
  await runTurnProgram({
    lines,
    say: (line) => {
      io.stdout.write(`${JSON.stringify(line)}\n`);
    },
    door: caller,
    env: io.env,
    cwd: io.cwd,
    signal: new AbortController().signal,
  });
  lines.close();
  process.stdin.destroy();
  return exitCodes.done;
};
