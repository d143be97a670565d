/** `writ audit erase`: has data taken out of a journal for good, in the person's name. The planes say what may be erased. */

import { controlApi, runtimeApi } from '@writ/protocol';
import { CommandEnd, exitCodes, usage } from '../exit.ts';
import { textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { count } from '../render/block.ts';

export const run: CommandRun = async (context, input) => {
  const [plane, ...words] = input.words;
  const reason = textOption(input, 'reason') ?? '';
  if (plane !== 'control' && plane !== 'runtime')
    throw usage(`\`${plane ?? ''}\` is no plane with a journal`, 'give `control` or `runtime`');
  const positions = words.map(Number);
  const odd = words.find((word) => !/^[1-9]\d*$/.test(word));
  if (odd !== undefined) throw usage(`\`${odd}\` is no position of an event`, 'give whole numbers, such as 812');
  if (reason === '')
    throw usage('it is not said why', 'what is erased stays on record with its reason: `--reason "…"`');
  const body = { positions, reason };
  const erased =
    plane === 'control'
      ? await (await context.planes.control()).call(controlApi.erase, { body })
      : await (async () => {
          const answered = await (await context.planes.runtime()).attempt(runtimeApi.erase, { body });
          if (!answered.ok) throw new CommandEnd(answered.problem);
          return answered.value;
        })();
  context.answer(erased);
  const style = context.style();
  context.say(
    `${style.tone('good', style.mark('done'))} the data of ${count(erased.erased, 'event')} is erased; position ${String(erased.position)} of ${plane} says by whom and why`,
  );
  return exitCodes.done;
};
