/** `writ signal` and `writ signal list`: facts about the world that mandates depend on. */

import { controlApi } from '@writ/protocol';
import { followReceipts } from '../connect/receipts.ts';
import { exitCodes, usage } from '../exit.ts';
import { textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { safeText } from '../render/safe-text.ts';
import { relative } from '../render/when.ts';
import { table } from '../render/width.ts';

/** `true`, `false` and numbers as what they are; anything else as text. */
export function signalValue(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(0|[1-9]\d{0,14})(\.\d{1,9})?$/.test(text) ? Number(text) : text;
}

export const runSignal: CommandRun = async (context, input) => {
  const [subject = '', value = ''] = input.words;
  const given = textOption(input, 'sequence');
  const sequence = given === undefined ? undefined : Number(given);
  if (sequence !== undefined && !(Number.isSafeInteger(sequence) && sequence >= 0))
    throw usage(`\`${given ?? ''}\` is no sequence number`, 'a whole number from 0');
  const control = await context.planes.control();
  const source = textOption(input, 'source');
  const { reading, applied, receipts, dependents } = await control.call(controlApi.signal, {
    body: {
      subject,
      value: signalValue(value),
      ...(source === undefined ? {} : { source }),
      ...(sequence === undefined ? {} : { sequence }),
    },
  });
  const style = context.style();
  context.say(
    applied
      ? `${style.tone('good', style.mark('done'))} ${safeText(reading.subject)} is ${safeText(String(reading.value))}`
      : `${style.tone('held', style.mark('held'))} not taken: ${safeText(reading.source)} said something newer, and ${safeText(reading.subject)} is ${safeText(String(reading.value))}`,
  );
  const depend = dependents === 1 ? '1 mandate depends' : `${String(dependents)} mandates depend`;
  context.say(
    style.dim(
      `  ${dependents === 0 ? 'no mandate depends' : depend} on it${receipts.length > 0 ? '' : ', and nothing that ran was stopped by it'}`,
    ),
  );
  if (receipts.length > 0) context.say('');
  const { last, exitCode } = await followReceipts(context, receipts, input.options['wait'] !== false);
  context.answer({ reading, applied, receipts: last, dependents });
  return exitCode;
};

export const runSignals: CommandRun = async (context) => {
  const control = await context.planes.control();
  const signals = await control.call(controlApi.listSignals);
  context.answer(signals);
  const style = context.style();
  if (signals.items.length === 0) context.say('nobody has reported anything yet');
  context.say(
    ...table(
      signals.items.map(({ subject, value, source, at }) => [
        safeText(subject),
        style.bold(safeText(String(value))),
        style.dim(safeText(source)),
        style.dim(relative(at, style.now)),
      ]),
    ),
  );
  return exitCodes.done;
};
