/** `writ keys list|rotate|retire`: the keys control signs with. Inside a run each reaches control as the agent's, is refused there and recorded. */

import type { controlApi as api } from '@writ/protocol';
import { controlApi, keyUseWire } from '@writ/protocol';
import { exitCodes, usage } from '../exit.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { safeText } from '../render/safe-text.ts';
import type { Style } from '../render/style.ts';
import { relative } from '../render/when.ts';
import { table } from '../render/width.ts';

type Key = (typeof api)['rotateKey']['reply']['_zod']['output'];

const meaning = {
  published: 'announced, signs in a minute',
  signing: 'signs',
  verifying: 'signs no more, still believed',
  retired: 'retired',
} as const satisfies Record<Key['state'], string>;

const rows = (keys: readonly Key[], style: Style): string[] =>
  table(
    keys.map(({ id, use, state, since, reason }) => [
      safeText(id),
      style.bold(use),
      style.tone(state === 'signing' ? 'good' : state === 'retired' ? 'quiet' : 'held', meaning[state]),
      style.dim(relative(since, style.now)),
      style.dim(safeText(reason ?? '')),
    ]),
  );

export const runKeysList: CommandRun = async (context, input) => {
  const control = await context.planes.control();
  const keys = await control.call(controlApi.listKeys);
  context.answer(keys);
  const shown = keys.items.filter(({ state }) => flagOption(input, 'all') || state !== 'retired');
  context.say(...rows(shown, context.style()));
  return exitCodes.done;
};

export const runKeysRotate: CommandRun = async (context, input) => {
  const use = keyUseWire.safeParse(input.words[0]);
  if (!use.success)
    throw usage(
      `\`${input.words[0] ?? ''}\` is no use of a key`,
      keyUseWire.options.map((one) => `\`${one}\``).join(', '),
    );
  const control = await context.planes.control();
  const key = await control.call(controlApi.rotateKey, { body: { use: use.data, now: flagOption(input, 'now') } });
  context.answer(key);
  context.say(...rows([key], context.style()));
  return exitCodes.done;
};

export const runKeysRetire: CommandRun = async (context, input) => {
  const given = input.words[0] ?? '';
  const control = await context.planes.control();
  // Inside a run the attempt itself has to arrive.
  const known = context.door === null ? (await control.call(controlApi.listKeys)).items : [];
  const found = known.filter(({ id, state }) => id === given || (id.startsWith(given) && state !== 'retired'));
  if (found.length > 1)
    throw usage(`\`${given}\` is the beginning of several keys`, found.map(({ id }) => `\`${id}\``).join(', '));
  const key = await control.call(controlApi.retireKey, {
    params: { id: found[0]?.id ?? given },
    body: { reason: textOption(input, 'reason') ?? '' },
  });
  context.answer(key);
  context.say(...rows([key], context.style()));
  return exitCodes.done;
};
