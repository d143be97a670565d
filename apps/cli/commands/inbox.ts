/** `writ inbox`: what waits for a person, what unblocks most first. In a terminal each item takes one key. */

import { runtimeApi } from '@writ/protocol';
import type { AttentionWire } from '../connect/wire.ts';
import { CommandEnd, exitCodes, problem, usage } from '../exit.ts';
import { canAsk, readKey, readLine } from '../place/keyboard.ts';
import { flagOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { answerKeys, renderItem } from '../render/attention.ts';
import { safeText } from '../render/safe-text.ts';

export const run: CommandRun = async (context, input) => {
  const runtime = await context.planes.runtime();
  const [id, ...answer] = input.words;
  const all = flagOption(input, 'all');
  const { items } = await runtime.call(runtimeApi.inbox, { query: all || id !== undefined ? { all: true } : {} });
  if (id !== undefined) {
    const item = itemNamed(id, items);
    if (answer.length > 0) return give(context, item, answer.join(' '));
    context.answer(item);
    return ask(context, [item]);
  }
  context.answer({ items });
  if (items.length === 0)
    context.say(`${context.style().tone('good', context.style().mark('done'))} nothing waits for you`);
  const open = items.filter(({ state }) => state === 'open');
  if (context.json) return exitCodes.done;
  if (canAsk(context.io) && !all && !flagOption(input, 'list')) return ask(context, open);
  list(context, items);
  return exitCodes.done;
};

function itemNamed(id: string, items: readonly AttentionWire[]): AttentionWire {
  const near = items.filter((item) => item.id === id || item.id.startsWith(id));
  const item = near.find((candidate) => candidate.id === id) ?? near[0];
  if (item === undefined)
    throw new CommandEnd(problem('not_found', 404, `there is no item \`${id}\``, '`writ inbox --all` lists them'));
  if (near.length > 1 && item.id !== id) throw usage(`\`${id}\` begins more than one item`, 'type a few letters more');
  return item;
}

function list(context: Context, items: readonly AttentionWire[]): void {
  const style = context.style();
  for (const item of items)
    context.say(
      ...renderItem(
        item,
        item.options.map(({ key }) => safeText(key)),
        style,
      ),
      '',
    );
  const [first] = items.filter(({ state }) => state === 'open');
  if (first !== undefined)
    context.say(
      style.dim(`answer one: writ inbox ${safeText(first.id)} ${safeText(first.options[0]?.key ?? 'ANSWER')}`),
    );
}

async function give(context: Context, item: AttentionWire, answer: string): Promise<number> {
  const runtime = await context.planes.runtime();
  // A label is accepted for its key.
  const option = item.options.find(({ key, label }) => key === answer || label === answer);
  const answered = await runtime.call(runtimeApi.answer, {
    params: { id: item.id },
    body: { answer: option?.key ?? answer },
  });
  context.answer(answered);
  const style = context.style();
  context.say(`${style.tone('good', style.mark('done'))} answered \`${safeText(option?.label ?? answer)}\``);
  return exitCodes.done;
}

/** Asks one item after another. Ends with 5 while something is left open. */
async function ask(context: Context, items: readonly AttentionWire[]): Promise<number> {
  let left = 0;
  for (const item of items) {
    if (item.state !== 'open' || !canAsk(context.io) || context.json) {
      context.say(
        ...renderItem(
          item,
          item.options.map(({ key }) => safeText(key)),
          context.style(),
        ),
        '',
      );
      left += item.state === 'open' ? 1 : 0;
      continue;
    }
    const answered = await askItem(context, item);
    if (answered === 'quit') return exitCodes.waiting;
    if (answered === 'skipped') left += 1;
  }
  return left === 0 ? exitCodes.done : exitCodes.waiting;
}

/** Shows one item and takes its answer from the keyboard. */
export async function askItem(
  context: Context,
  item: AttentionWire,
  signal?: AbortSignal,
): Promise<'answered' | 'skipped' | 'quit'> {
  const style = context.style();
  const keys = answerKeys(item.options);
  context.say(...renderItem(item, keys, style));
  if (item.options.length === 0) {
    const line = await readLine(context.io, '  your answer (empty to skip): ');
    if (line === null) return 'quit';
    if (line.trim() === '') return 'skipped';
    await give(context, item, line.trim());
    return 'answered';
  }
  const key = await readKey(
    context.io,
    `  ${style.dim('your answer, [s]kip or [q]uit:')} `,
    [...keys, 's', 'q'],
    signal,
  );
  if (key === null || key === 'q') return 'quit';
  const option = item.options[keys.indexOf(key)];
  if (key === 's' || option === undefined) return 'skipped';
  await give(context, item, option.key);
  return 'answered';
}
