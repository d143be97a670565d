/** `writ mandate receipt`: what stops did. */

import { controlApi } from '@writ/protocol';
import { allOf } from '../connect/pages.ts';
import { CommandEnd, exitCodes, problem } from '../exit.ts';
import type { CommandRun } from '../program/command.ts';
import { renderReceipt } from '../render/receipt.ts';

export const run: CommandRun = async (context, { words: [id] }) => {
  const control = await context.planes.control();
  const items = await allOf((query) => control.attempt(controlApi.listReceipts, { query }));
  const exact = items.filter((receipt) => receipt.id === id || receipt.mandate === id);
  const chosen =
    id === undefined
      ? items
      : exact.length > 0
        ? exact
        : items.filter((receipt) => receipt.id.startsWith(id) || (receipt.mandate ?? '').startsWith(id));
  if (id !== undefined && chosen.length === 0)
    throw new CommandEnd(
      problem(
        'not_found',
        404,
        `there is no receipt \`${id}\`, nor one for a mandate of that name`,
        '`writ mandate receipt` shows all',
      ),
    );
  context.answer(id !== undefined && chosen.length === 1 ? chosen[0] : { items: chosen });
  if (chosen.length === 0) context.say('nothing has been stopped here yet');
  for (const [at, receipt] of chosen.entries())
    context.say(...(at === 0 ? [] : ['']), ...renderReceipt(receipt, context.style()));
  return exitCodes.done;
};
