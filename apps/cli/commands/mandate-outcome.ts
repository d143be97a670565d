/** `writ mandate outcome`: a person says how something ended of which nobody knows it. */

import { controlApi } from '@writ/protocol';
import { unknownOperations } from '../connect/unknown.ts';
import { exitCodes, usage } from '../exit.ts';
import { textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { renderOperation } from '../render/operation.ts';
import { safeText } from '../render/safe-text.ts';

export const run: CommandRun = async (context, input) => {
  const [id = '', how = ''] = input.words;
  if (how !== 'done' && how !== 'failed')
    throw usage(`\`${how}\` is no way it can have ended`, 'say `done` or `failed`');
  return sayOutcome(context, await unknownNamed(context, id), how, textOption(input, 'reason') ?? '');
};

/** Says it, with the reason, and shows the operation as it is then. */
export async function sayOutcome(
  context: Context,
  { id }: { readonly id: string },
  outcome: 'done' | 'failed',
  evidence: string,
): Promise<number> {
  if (evidence.trim() === '')
    throw usage('it is not said how you know', 'give `--reason TEXT`, which is kept with your name');
  const control = await context.planes.control();
  const said = await control.call(controlApi.account, { params: { id }, body: { outcome, evidence } });
  context.answer(said);
  const style = context.style();
  context.say(
    `${style.tone('good', style.mark('done'))} recorded as ${outcome}: ${safeText(said.id)}`,
    ...renderOperation(said, style).slice(1),
  );
  return exitCodes.done;
}

/** The operation `id` names, by its first letters where only one begins so. What is not unknown is control's to refuse. */
async function unknownNamed(context: Context, id: string): Promise<{ readonly id: string }> {
  const near = (await unknownOperations(context)).filter((operation) => operation.id.startsWith(id));
  const [only, ...others] = near;
  if (only === undefined || near.some((operation) => operation.id === id)) return { id };
  if (others.length > 0) throw usage(`\`${id}\` begins more than one operation`, 'type a few letters more');
  return only;
}
