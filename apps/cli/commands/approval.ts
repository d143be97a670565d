/**
 * Asking a person to approve a proposal: shows exactly the text whose digest the approval names, and nothing is approved but that.
 *
 * INVARIANT: what is sent is the revision and digest of the text on the screen; control refuses when the proposal has changed since.
 */

import { controlApi } from '@writ/protocol';
import { withStepUp } from '../connect/step-up.ts';
import type { MandateWire } from '../connect/wire.ts';
import { CommandEnd, exitCodes, problem } from '../exit.ts';
import { canAsk, readKey } from '../place/keyboard.ts';
import type { Context } from '../program/context.ts';
import { renderApprovalText, renderLeftBehind } from '../render/mandate.ts';
import { safeLines, safeText } from '../render/safe-text.ts';

export type Decision = 'approved' | 'refused';

/** Ends the command when nobody can be asked and `--yes` was not given. Called before anything is written. */
export function needsSomebody(context: Context, yes: boolean): void {
  if (yes || (!context.json && canAsk(context.io))) return;
  throw new CommandEnd(
    problem(
      'approval_required',
      409,
      'this needs a person’s approval, and there is nobody to ask here',
      'run it in a terminal, or with `--yes` to approve unattended',
    ),
    exitCodes.waiting,
  );
}

/** Shows the proposal, asks, and does as told. With `yes` nobody is asked, and the approval says so. */
export async function decideProposal(
  context: Context,
  mandate: MandateWire,
  yes: boolean,
): Promise<{ decision: Decision; mandate: MandateWire }> {
  const control = await context.planes.control();
  const style = context.style();
  const params = { id: mandate.id };
  context.say(
    '',
    style.bold('What you would approve'),
    ...renderApprovalText(safeLines(mandate.approval_text.trimEnd()), style),
    ...renderLeftBehind(mandate, style),
    '',
  );
  const key = yes
    ? 'a'
    : await readKey(context.io, `${style.bold('[a]')} approve  ${style.bold('[r]')} refuse `, ['a', 'r']);
  if (key !== 'a') {
    const reason = key === null ? 'not answered' : 'refused at the prompt';
    const refused = await control.call(controlApi.refuse, { params, body: { reason } });
    context.say(`${style.tone('bad', style.mark('failed'))} refused; nothing was approved`);
    return { decision: 'refused', mandate: refused };
  }
  const body = {
    revision: mandate.revision,
    text_digest: mandate.text_digest,
    how: yes ? ('unattended' as const) : ('owner_token' as const),
  };
  const shown = {
    act: 'approve',
    subject: mandate.id,
    revision: mandate.revision,
    text: mandate.approval_text,
  } as const;
  const approved = await withStepUp(context, shown, yes, (step_up) =>
    control.attempt(controlApi.approve, { params, body: { ...body, ...(step_up !== undefined && { step_up }) } }),
  );
  const how = yes ? `${style.tone('held', 'unattended')} (--yes)` : `by ${safeText(approved.approval?.by ?? 'you')}`;
  context.say(`${style.tone('good', style.mark('done'))} approved ${how}, mandate ${safeText(mandate.id)}`);
  return { decision: 'approved', mandate: approved };
}
