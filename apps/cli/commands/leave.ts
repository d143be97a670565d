/**
 * `writ leave`: a few things said yes to before going, counted and with an end, shown in words and approved with one key. What live work here is not allowed at all is put
 * to it as an extension that asks each time and ends with the leave, and approved on its own text.
 *
 * INVARIANT: what is sent is the digest of the text on the screen.
 */

import { isSubset } from '@writ/authority';
import type { AuthorityEntry } from '@writ/authority';
import { authoritySetFromWire, authoritySetToWire, controlApi, projectName } from '@writ/protocol';
import { parseLeave } from '@writ/runtime';
import { everything } from '../connect/find.ts';
import { withStepUp } from '../connect/step-up.ts';
import type { MandateWire } from '../connect/wire.ts';
import { exitCodes, usage } from '../exit.ts';
import { readKey } from '../place/keyboard.ts';
import { repositoryAround } from '../place/repository.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { renderAdvances } from '../render/advances.ts';
import { renderApprovalText } from '../render/mandate.ts';
import { safeLines } from '../render/safe-text.ts';
import { decideProposal, needsSomebody } from './approval.ts';
import { refuseInside } from '../program/refuse-inside.ts';

export const run: CommandRun = async (context, input) => {
  refuseInside(context, 'say yes in advance');
  const { io } = context;
  const around = await repositoryAround(io.cwd);
  const project = textOption(input, 'project') ?? projectName(around.kind === 'found' ? around.root : io.cwd);
  const offsetMinutes = -new Date(io.now()).getTimezoneOffset();
  const leave = parseLeave(input.words.join(' '), { project, now: io.now(), offsetMinutes });
  if (!leave.ok) throw usage(leave.message, null);
  const yes = flagOption(input, 'yes');
  needsSomebody(context, yes);
  const control = await context.planes.control();
  const style = context.style();
  const asked = {
    project,
    lines: leave.lines.map(({ resource, resourceMatch, actions, uses }) => ({
      resource,
      resource_match: resourceMatch,
      actions: [...actions],
      uses,
    })),
    expires_at: new Date(leave.expiresAt).toISOString(),
  };
  const { text, text_digest } = await control.call(controlApi.advanceText, { body: asked });
  context.say('', style.bold('What you would leave'), ...renderApprovalText(safeLines(text.trimEnd()), style), '');
  const key = yes ? 'y' : await readKey(io, `${style.bold('[y]')} yes  ${style.bold('[n]')} no `, ['y', 'n']);
  if (key !== 'y') {
    context.say(`${style.tone('bad', style.mark('failed'))} nothing was left`);
    return exitCodes.refused;
  }
  const shown = { act: 'approve_action', subject: project, revision: null, text } as const;
  const { items } = await withStepUp(context, shown, yes, (step_up) =>
    control.attempt(controlApi.giveAdvance, {
      body: { ...asked, text_digest, ...(step_up !== undefined && { step_up }) },
    }),
  );
  const entries = leave.lines.map(({ resource, resourceMatch, actions }): AuthorityEntry => ({
    resource,
    resourceMatch,
    actions,
    constraints: { requiresActionApproval: true, timeWindow: { notAfter: asked.expires_at } },
  }));
  for (const mandate of await lackingIn(context, project, entries)) await extend(context, mandate, entries, yes);
  context.answer({ items });
  context.say(...renderAdvances(items, style), style.dim('  to take it back: writ remembered forget ID'));
  return exitCodes.done;
};

/** Live work of the project that is not allowed all of it, even by asking. */
async function lackingIn(
  context: Context,
  project: string,
  entries: readonly AuthorityEntry[],
): Promise<readonly MandateWire[]> {
  const { mandates } = await everything(context);
  return mandates.filter(
    (one) =>
      one.project === project &&
      one.parent === null &&
      one.state === 'active' &&
      !isSubset(entries, authoritySetFromWire(one.authorization_details)).subset,
  );
}

async function extend(
  context: Context,
  mandate: MandateWire,
  entries: readonly AuthorityEntry[],
  yes: boolean,
): Promise<void> {
  const control = await context.planes.control();
  const authorization_details = [...mandate.authorization_details, ...authoritySetToWire(entries)];
  const proposed = await control.attempt(controlApi.proposeExtension, {
    params: { id: mandate.id },
    body: { authorization_details, reason: 'left before going' },
  });
  if (!proposed.ok) context.progress(`\`${mandate.id}\` cannot be allowed it: ${proposed.problem.detail}`);
  else await decideProposal(context, proposed.value, yes);
}
