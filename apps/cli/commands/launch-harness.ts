/** `writ claude` and `writ exec`: hand over to the launcher; see `launcher/`. Everything after our own option belongs to the program. */

import { existsSync } from 'node:fs';
import { failed, usage } from '../exit.ts';
import type { Io } from '../io.ts';
import { textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { refuseInside } from './up.ts';

type Launch = (args: { harness: 'claude' | 'exec'; argv: string[]; preset?: string; io: Io }) => Promise<number>;

const launcher =
  (harness: 'claude' | 'exec'): CommandRun =>
  async (context, input) => {
    refuseInside(context, 'start a session of its own');
    const argv = input.words[0] === '--' ? input.words.slice(1) : [...input.words];
    if (harness === 'exec' && argv.length === 0)
      throw usage('there is no command to run', 'such as `writ exec -- make test`');
    const place = new URL('../launcher/launch.ts', import.meta.url);
    if (!existsSync(place)) throw failed(`\`writ ${harness}\` is not part of this installation`, null);
    // The one export the two folders agreed on.
    const { launchHarness } = (await import(place.href)) as { launchHarness: Launch };
    const preset = textOption(input, 'preset');
    return launchHarness({ harness, argv: [...argv], io: context.io, ...(preset === undefined ? {} : { preset }) });
  };

export const runClaude: CommandRun = launcher('claude');
export const runExec: CommandRun = launcher('exec');
