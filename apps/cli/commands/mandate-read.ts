/** `writ mandate list`, `writ mandate show` and `writ mandate budget`. */

import { controlApi } from '@writ/protocol';
import { mandateArgument } from '../connect/mandate-argument.ts';
import { allOf } from '../connect/pages.ts';
import { exitCodes } from '../exit.ts';
import { flagOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { renderBudget } from '../render/budget.ts';
import { hasEnded, renderApprovalText, renderMandate, renderMandateTree } from '../render/mandate.ts';
import { safeLines } from '../render/safe-text.ts';

export const runList: CommandRun = async (context, input) => {
  const control = await context.planes.control();
  const all = await allOf((query) => control.attempt(controlApi.listMandates, { query }));
  const shown = flagOption(input, 'all') ? all : all.filter((mandate) => !hasEnded(mandate));
  context.answer({ items: shown });
  const style = context.style();
  const hidden = all.length - shown.length;
  if (shown.length === 0) context.say('no mandate is live: nothing is allowed to anybody');
  context.say(...renderMandateTree(shown, style));
  if (hidden > 0) context.say('', style.dim(`${String(hidden)} ended; --all shows them`));
  return exitCodes.done;
};

export const runShow: CommandRun = async (context, input) => {
  const control = await context.planes.control();
  const id = await mandateArgument(context, input);
  const mandate = await control.call(controlApi.getMandate, { params: { id } });
  context.answer(mandate);
  const style = context.style();
  if (flagOption(input, 'text'))
    context.say(
      ...renderApprovalText(safeLines(mandate.approval_text.trimEnd()), style),
      style.dim(`  SHA-256 ${mandate.text_digest}`),
    );
  else context.say(...renderMandate(mandate, style));
  return exitCodes.done;
};

export const runBudget: CommandRun = async (context, input) => {
  const control = await context.planes.control();
  const id = await mandateArgument(context, input);
  const found = await control.call(controlApi.budget, { params: { id } });
  context.answer(found);
  context.say(...renderBudget(found.items, context.style()));
  return exitCodes.done;
};
