/** `writ first-night`: hands over to the demonstration; see `first-night/`. */

import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { refuseInside } from '../program/refuse-inside.ts';

type FirstNight = (args: { yes: boolean; exit: boolean; json: boolean; dir?: string }) => Promise<number>;

/** Named, not imported: the night drives this whole program as a person would, so the program cannot be built upon it. */
const place = new URL('../first-night/first-night.ts', import.meta.url).href;

export const run: CommandRun = async (context, input) => {
  refuseInside(context, 'start or stop what governs it');
  // The one export the two folders agreed on.
  const { firstNight } = (await import(place)) as { readonly firstNight: FirstNight };
  const dir = textOption(input, 'dir');
  return firstNight({
    yes: flagOption(input, 'yes'),
    exit: flagOption(input, 'exit'),
    json: context.json,
    ...(dir === undefined ? {} : { dir }),
  });
};
