/** `writ claude`, `writ codex`, `writ opencode`, `writ gemini` and `writ exec`: hand over to the launcher; see `launcher/`. Everything after our own option belongs to the program. */

import { usage } from '../exit.ts';
import type { HarnessName } from '@writ/enforce/attended';
import { lookAhead } from '../launcher/look-ahead.ts';
import { listOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { refuseInside } from '../program/refuse-inside.ts';

const launcher =
  (name: HarnessName | 'exec'): CommandRun =>
  async (context, input) => {
    refuseInside(context, 'start a session of its own');
    const argv = input.words[0] === '--' ? input.words.slice(1) : [...input.words];
    if (name === 'exec' && argv.length === 0)
      throw usage('there is no command to run', 'such as `writ exec -- make test`');
    const preset = textOption(input, 'preset');
    // What runs beside it is begun before the rest is loaded: that is most of a start.
    const ahead = lookAhead(context.io);
    const [{ launchHarness }, { harnessAdapters }] = await Promise.all([
      import('../launcher/launch.ts'),
      import('@writ/enforce/start'),
    ]);
    const door =
      name === 'exec'
        ? ({ kind: name, argv } as const)
        : ({ kind: 'harness', adapter: harnessAdapters[name], argv } as const);
    const order = textOption(input, 'order');
    const network = textOption(input, 'network');
    const mission = textOption(input, 'mission');
    return launchHarness({
      door,
      io: context.io,
      ahead,
      reach: listOption(input, 'reach'),
      ...(preset && { preset }),
      ...(order && { order }),
      ...(network && { network }),
      ...(mission && { mission }),
    });
  };

export const runClaude: CommandRun = launcher('claude');
export const runCodex: CommandRun = launcher('codex');
export const runGemini: CommandRun = launcher('gemini');
export const runOpencode: CommandRun = launcher('opencode');
export const runExec: CommandRun = launcher('exec');
