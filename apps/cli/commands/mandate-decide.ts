/** `writ mandate approve` and `writ mandate refuse`. Inside a run both reach control as the agent's, are refused there and recorded. */

import { controlApi } from '@writ/protocol';
import { mandateArgument } from '../connect/mandate-argument.ts';
import { exitCodes } from '../exit.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { safeText } from '../render/safe-text.ts';
import { decideProposal, needsSomebody } from './approval.ts';

export const runApprove: CommandRun = async (context, input) => {
  const yes = flagOption(input, 'yes');
  const control = await context.planes.control();
  const id = await mandateArgument(context, input);
  const shown = await control.attempt(controlApi.getMandate, { params: { id } });
  const seen = shown.ok ? shown.value : { revision: 0, text_digest: 'unseen' };
  if (context.door !== null || !shown.ok || !shown.value.legal_actions.includes('approve')) {
    // Inside a run the attempt itself has to arrive, also when the agent may not even read the proposal; and what cannot be approved any
    // more is control's to say.
    const body = { revision: seen.revision, text_digest: seen.text_digest, how: 'owner_token' as const };
    context.answer(await control.call(controlApi.approve, { params: { id }, body }));
    return exitCodes.done;
  }
  needsSomebody(context, yes);
  const { decision, mandate } = await decideProposal(context, shown.value, yes);
  context.answer(mandate);
  return decision === 'approved' ? exitCodes.done : exitCodes.refused;
};

export const runRefuse: CommandRun = async (context, input) => {
  const control = await context.planes.control();
  const id = await mandateArgument(context, input);
  const mandate = await control.call(controlApi.refuse, {
    params: { id },
    body: { reason: textOption(input, 'reason') ?? '' },
  });
  context.answer(mandate);
  const style = context.style();
  context.say(`${style.tone('good', style.mark('done'))} refused: ${safeText(mandate.purpose)}`);
  return exitCodes.done;
};
