/** `writ first-night`: hands over to the demonstration; see `first-night/`. */

import { firstNight } from '../first-night/first-night.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { refuseInside } from './up.ts';

export const run: CommandRun = async (context, input) => {
  refuseInside(context, 'start or stop what governs it');
  const dir = textOption(input, 'dir');
  return firstNight({
    yes: flagOption(input, 'yes'),
    exit: flagOption(input, 'exit'),
    json: context.json,
    ...(dir === undefined ? {} : { dir }),
  });
};
