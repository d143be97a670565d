/** `writ remembered`: the yeses in advance, remembered from an answer or left before going, with what became of each; and taking one back. */

import { controlApi } from '@writ/protocol';
import type { AdvanceWire } from '../connect/wire.ts';
import { exitCodes, failed, usage } from '../exit.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { renderAdvances } from '../render/advances.ts';
import { safeText } from '../render/safe-text.ts';

export const runList: CommandRun = async (context, input) => {
  const control = await context.planes.control();
  const { items } = await control.call(
    controlApi.listAdvances,
    flagOption(input, 'all') ? { query: { all: true } } : {},
  );
  context.answer({ items });
  context.say(...renderAdvances(items, context.style()));
  return exitCodes.done;
};

export const runForget: CommandRun = async (context, input) => {
  const control = await context.planes.control();
  const { items } = await control.call(controlApi.listAdvances);
  const named = flagOption(input, 'all') ? items : input.words.map((word) => one(items, word));
  if (named.length === 0)
    throw usage('it is not said which', 'name them, or `--all`; `writ remembered list` shows them');
  const reason = textOption(input, 'reason') ?? '';
  const withdrawn: AdvanceWire[] = [];
  for (const { id } of named)
    withdrawn.push(await control.call(controlApi.withdrawAdvance, { params: { id }, body: { reason } }));
  context.answer({ items: withdrawn });
  const style = context.style();
  context.say(
    ...withdrawn.map(
      ({ id }) =>
        `${style.tone('good', style.mark('done'))} ${safeText(id)} is taken back: it is asked again from now on`,
    ),
  );
  return exitCodes.done;
};

function one(items: readonly AdvanceWire[], word: string): AdvanceWire {
  const near = items.filter(({ id }) => id.startsWith(word));
  const found = near.find(({ id }) => id === word) ?? near[0];
  if (found === undefined)
    throw failed(`nothing that is remembered is called \`${word}\``, '`writ remembered list` shows what is');
  if (near.length > 1 && found.id !== word) throw usage(`\`${word}\` begins more than one`, 'type a few letters more');
  return found;
}
