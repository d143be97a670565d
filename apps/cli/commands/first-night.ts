/** `writ first-night`: hands over to the demonstration; see `first-night/`. */

import { existsSync } from 'node:fs';
import { failed } from '../exit.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { refuseInside } from './up.ts';

type FirstNight = (args: { yes: boolean; exit: boolean; json: boolean; dir?: string }) => Promise<number>;

export const run: CommandRun = async (context, input) => {
  refuseInside(context, 'start or stop what governs it');
  const place = new URL('../first-night/first-night.ts', import.meta.url);
  if (!existsSync(place))
    throw failed('the first night is not part of this installation', 'try `writ run FILE` in a repository of your own');
  // The one export the two folders agreed on.
  const { firstNight } = (await import(place.href)) as { firstNight: FirstNight };
  const dir = textOption(input, 'dir');
  return firstNight({
    yes: flagOption(input, 'yes'),
    exit: flagOption(input, 'exit'),
    json: context.json,
    ...(dir === undefined ? {} : { dir }),
  });
};
