/** `writ inbox`: what waits for a person, what unblocks most first. In a terminal each item takes one key. */

import { runtimeApi } from '@writ/protocol';
import type { Entry } from '../connect/inbox.ts';
import { idOf, readInbox } from '../connect/inbox.ts';
import type { AttentionWire } from '../connect/wire.ts';
import { CommandEnd, exitCodes, problem, usage } from '../exit.ts';
import { canAsk, readKey, readLine } from '../place/keyboard.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { answerKeys, renderItem } from '../render/attention.ts';
import { safeText } from '../render/safe-text.ts';
import { relative } from '../render/when.ts';
import { renderWaiting } from '../render/waiting.ts';
import { interruptionWords } from '../render/interruptions.ts';
import type { Interruptions } from '../place/interruptions.ts';
import { changeInterruptions, interruptionsIn } from '../place/interruptions.ts';
import { repositoryAround } from '../place/repository.ts';
import { refuseInside } from '../program/refuse-inside.ts';
import { answerFrom, askWaiting, giveAnswer } from './answer-waiting.ts';

export const run: CommandRun = async (context, input) => {
  const perHour = textOption(input, 'perHour');
  if (perHour !== undefined) return setInterruptions(context, perHour);
  const [id, ...answer] = input.words;
  const all = flagOption(input, 'all');
  const { entries, notices, silent } = await readInbox(context, all || id !== undefined);
  for (const { detail } of silent)
    context.progress(context.style().dim(safeText(`${detail}; what it holds is not here`)));
  if (id !== undefined) {
    const entry = entryNamed(id, entries);
    if (answer.length > 0)
      return entry.at === 'control'
        ? giveAnswer(context, entry.waiting, answerFrom(entry.waiting, answer))
        : give(context, entry.item, answer.join(' '));
    context.answer(entry.at === 'control' ? entry.waiting : entry.item);
    return ask(context, [entry]);
  }
  const style = context.style();
  for (const { at, sentence, way_out: wayOut } of notices)
    context.say(
      `${style.tone('held', style.mark('ask'))} ${style.bold(safeText(sentence))} ${style.dim(relative(at, style.now))}`,
      `  ${style.dim(style.mark('way'))} ${safeText(wayOut)}`,
      '',
    );
  const interruptions = await interruptionsHere(context);
  context.answer({
    interruptions,
    notices,
    items: entries.flatMap((entry) => (entry.item === null ? [] : [entry.item])),
    waiting: entries.flatMap((entry) => (entry.at === 'control' ? [entry.waiting] : [])),
  });
  if (entries.length === 0)
    context.say(`${context.style().tone('good', context.style().mark('done'))} nothing waits for you`);
  context.say(style.dim(`  ${interruptionWords(interruptions)}`));
  if (context.json) return exitCodes.done;
  if (canAsk(context.io) && !all && !flagOption(input, 'list')) return ask(context, entries.filter(isOpen));
  list(context, entries);
  return exitCodes.done;
};

/** How often agents interrupt the person in the repository here, and may. */
async function interruptionsHere({ io, home }: Context): Promise<Interruptions> {
  const around = await repositoryAround(io.cwd);
  return interruptionsIn(home.root, around.kind === 'found' ? around.root : io.cwd, io.now());
}

async function setInterruptions(context: Context, text: string): Promise<number> {
  refuseInside(context, 'say how often agents may interrupt');
  const perHour = Number(text);
  if (!/^\d{1,3}$/.test(text))
    throw usage(`\`${text}\` is no number of questions an hour`, 'such as `--per-hour 4`, or 0 for none');
  const { io, home } = context;
  const around = await repositoryAround(io.cwd);
  const repository = around.kind === 'found' ? around.root : io.cwd;
  const interruptions = changeInterruptions(home.root, repository, io.now(), (kept) => ({ ...kept, perHour }));
  context.answer({ interruptions });
  context.say(interruptionWords(interruptions));
  return exitCodes.done;
}

const isOpen = (entry: Entry): boolean => entry.at === 'control' || entry.item.state === 'open';

function entryNamed(id: string, entries: readonly Entry[]): Entry {
  const near = entries.filter((entry) => idOf(entry).startsWith(id));
  const entry = near.find((candidate) => idOf(candidate) === id) ?? near[0];
  if (entry === undefined)
    throw new CommandEnd(problem('not_found', 404, `there is no item \`${id}\``, '`writ inbox --all` lists them'));
  if (near.length > 1 && idOf(entry) !== id)
    throw usage(`\`${id}\` begins more than one item`, 'type a few letters more');
  return entry;
}

function show(context: Context, entry: Entry): void {
  const style = context.style();
  const keys = entry.at === 'runtime' ? entry.item.options.map(({ key }) => safeText(key)) : [];
  context.say(
    ...(entry.at === 'control'
      ? renderWaiting(entry.waiting, entry.item, style, { full: entry.waiting.kind !== 'proposal' })
      : renderItem(entry.item, keys, style)),
    '',
  );
}

function list(context: Context, entries: readonly Entry[]): void {
  for (const entry of entries) show(context, entry);
  const [first] = entries.filter(isOpen);
  if (first === undefined) return;
  const answer =
    first.at === 'control'
      ? first.waiting.kind === 'outcome'
        ? 'done HOW-YOU-KNOW'
        : 'yes'
      : (first.item.options[0]?.key ?? 'ANSWER');
  context.say(context.style().dim(`answer one: writ inbox ${safeText(idOf(first))} ${safeText(answer)}`));
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

/** Asks one after another. Ends with 5 while something is left open. */
async function ask(context: Context, entries: readonly Entry[]): Promise<number> {
  let left = 0;
  for (const entry of entries) {
    if (!isOpen(entry) || !canAsk(context.io) || context.json) {
      show(context, entry);
      left += isOpen(entry) ? 1 : 0;
      continue;
    }
    const answered =
      entry.at === 'control'
        ? await askWaiting(context, entry.waiting, entry.item)
        : await askItem(context, entry.item);
    if (answered === 'quit') return exitCodes.waiting;
    if (answered === 'skipped') left += 1;
  }
  return left === 0 ? exitCodes.done : exitCodes.waiting;
}

/** Shows one item and takes its answer from the keyboard. */
async function askItem(
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
