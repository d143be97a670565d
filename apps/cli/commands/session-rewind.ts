/** `writ session checkpoints` and `writ session rewind`: where a session can be taken back to, what that would do, and doing it. */

import { runtimeApi } from '@writ/protocol';
import { exitCodes, usage } from '../exit.ts';
import { canAsk, readKey } from '../place/keyboard.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { renderCheckpoints, renderPreview } from '../render/checkpoint.ts';
import { safeText } from '../render/safe-text.ts';
import { namedSession } from './session.ts';

export const runCheckpoints: CommandRun = async (context, input) => {
  const id = (await namedSession(context, input)).id;
  const runtime = await context.planes.runtime();
  if (flagOption(input, 'take')) await runtime.call(runtimeApi.takeCheckpoint, { params: { id }, body: {} });
  const listed = await runtime.call(runtimeApi.listCheckpoints, { params: { id } });
  context.answer(listed);
  context.say(...renderCheckpoints(listed.items, id, context.style()));
  return exitCodes.done;
};

export const runRewind: CommandRun = async (context, input) => {
  const id = (await namedSession(context, input)).id;
  const runtime = await context.planes.runtime();
  const to = textOption(input, 'to') ?? null;
  const preview = await runtime.call(runtimeApi.previewRewind, { params: { id }, body: { to } });
  const style = context.style();
  context.say(...renderPreview(preview, style));
  const wanted = textOption(input, 'preview');
  if (wanted !== undefined && wanted !== preview.hash)
    throw usage('the files changed since that preview', 'look at the new one above, and give its name');
  const asked = wanted !== undefined || flagOption(input, 'yes') || (canAsk(context.io) && !context.json);
  if (!asked) {
    context.answer(preview);
    context.say(`nothing was changed; do it with \`writ session rewind ${safeText(id)} --preview ${preview.hash}\``);
    return exitCodes.done;
  }
  if (wanted === undefined && !flagOption(input, 'yes')) {
    const key = await readKey(context.io, 'go back to this? [y/n] ', ['y', 'n']);
    if (key !== 'y') return key === null ? exitCodes.interrupted : exitCodes.done;
  }
  const body = { to: preview.to.checkpoint, hash: preview.hash };
  const done = await runtime.call(runtimeApi.rewind, { params: { id }, body });
  context.answer(done);
  context.say(
    `${style.tone('good', style.mark('done'))} done; \`writ session rewind ${safeText(id)} --to ${safeText(done.undo)}\` undoes it`,
  );
  return exitCodes.done;
};
