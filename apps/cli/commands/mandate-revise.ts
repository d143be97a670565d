/** `writ mandate revise`: other terms in the place of a proposal's. It approves nothing, and a yes to what was shown before counts no more. */

import { controlApi } from '@writ/protocol';
import { mandateArgument } from '../connect/mandate-argument.ts';
import type { MandateWire } from '../connect/wire.ts';
import { exitCodes, usage } from '../exit.ts';
import { budgetFrom } from '../place/budget-words.ts';
import { listOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { renderApprovalText } from '../render/mandate.ts';
import { safeLines, safeText } from '../render/safe-text.ts';
import { authorityFrom, endFrom, remaining } from './mandate-amend.ts';

/** The terms of a proposal, as they are proposed again. */
export const termsOf = ({
  project,
  purpose,
  actor,
  actor_key,
  authorization_details,
  conditions,
  history,
  budgets,
  delegation,
  steerers,
  approvers,
  freshness_ms,
  watch,
  expires_at,
}: MandateWire) => ({
  ...{ project, purpose, actor, actor_key, authorization_details, conditions, history, budgets, delegation },
  ...{ steerers, approvers, freshness_ms, watch, expires_at },
});

export const runRevise: CommandRun = async (context, input) => {
  const control = await context.planes.control();
  const [purpose, file] = [textOption(input, 'purpose'), textOption(input, 'file')];
  const [only, on] = [listOption(input, 'only'), listOption(input, 'on')];
  const budgets = listOption(input, 'budget').map(budgetFrom);
  const expiresAt = endFrom(context, input);
  const isLess = only.length > 0 || on.length > 0;
  if (purpose === undefined && file === undefined && !isLess && budgets.length === 0 && expiresAt === undefined)
    throw usage(
      'it is not said what is proposed instead',
      'give what it may (`--file PATH`, `--only ACTION`, `--on RESOURCE`), `--purpose`, an end (`--for 4h`) or a budget (`--budget calls=10`)',
    );
  const id = await mandateArgument(context, input);
  const shown = await control.call(controlApi.getMandate, { params: { id } });
  const before = termsOf(shown);
  const given = file === undefined ? before : { authorization_details: await authorityFrom(context, file) };
  const authorization_details = isLess ? remaining(given, only, on) : given.authorization_details;
  if (authorization_details.length === 0)
    throw usage(
      'nothing it would allow would be left',
      `to end the proposal, use \`writ mandate refuse ${id}\`; \`writ mandate show ${id} --json\` lists actions and resources`,
    );
  const revised = await control.call(controlApi.revise, {
    params: { id },
    body: {
      ...before,
      // What somebody else proposed meanwhile is not overwritten by what was made from the one before.
      revision: shown.revision,
      authorization_details,
      budgets: [...before.budgets.filter(({ kind }) => !budgets.some((one) => one.kind === kind)), ...budgets],
      ...(purpose === undefined ? {} : { purpose }),
      ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
    },
  });
  context.answer(revised);
  const style = context.style();
  context.say(
    style.bold('What is proposed now'),
    ...renderApprovalText(safeLines(revised.approval_text.trimEnd()), style),
    `${style.tone('held', style.mark('ask'))} who was shown it before cannot approve it as it is now: \`writ mandate approve ${safeText(id)}\``,
  );
  return exitCodes.done;
};
