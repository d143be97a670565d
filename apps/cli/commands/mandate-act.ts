/** `writ mandate suspend|reinstate|complete|revoke`: one governance act each; those that stop something show their receipt. */

import { controlApi } from '@writ/protocol';
import { mandateArgument } from '../connect/mandate-argument.ts';
import { followReceipts } from '../connect/receipts.ts';
import { exitCodes } from '../exit.ts';
import { textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { renderMandate } from '../render/mandate.ts';

const stopping =
  (route: (typeof controlApi)['suspend' | 'complete' | 'revoke']): CommandRun =>
  async (context, input) => {
    const control = await context.planes.control();
    const id = await mandateArgument(context, input);
    const receipt = await control.call(route, { params: { id }, body: { reason: textOption(input, 'reason') ?? '' } });
    const { last, exitCode } = await followReceipts(context, [receipt], input.options['wait'] !== false);
    context.answer(last[0]);
    return exitCode;
  };

export const runSuspend: CommandRun = stopping(controlApi.suspend);
export const runComplete: CommandRun = stopping(controlApi.complete);
export const runRevoke: CommandRun = stopping(controlApi.revoke);

export const runReinstate: CommandRun = async (context, input) => {
  const control = await context.planes.control();
  const id = await mandateArgument(context, input);
  const mandate = await control.call(controlApi.reinstate, {
    params: { id },
    body: { reason: textOption(input, 'reason') ?? '' },
  });
  context.answer(mandate);
  context.say(...renderMandate(mandate, context.style()));
  return exitCodes.done;
};
