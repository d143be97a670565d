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
  if (context.door === null) needsSomebody(context, yes);
  const id = await mandateArgument(context, input);
  const shown = await control.attempt(controlApi.getMandate, { params: { id } });
  if (context.door !== null) {
    // The attempt itself has to arrive, also when the agent may not even read the proposal.
    const seen = shown.ok
      ? { revision: shown.value.revision, text_digest: shown.value.text_digest }
      : { revision: 0, text_digest: 'unseen' };
    context.answer(await control.call(controlApi.approve, { params: { id }, body: { ...seen, how: 'owner_token' } }));
    return exitCodes.done;
  }
  const proposal = shown.ok ? shown.value : await control.call(controlApi.getMandate, { params: { id } });
  const { decision, mandate } = await decideProposal(context, proposal, yes);
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
