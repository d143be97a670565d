/** What waits for a person: each item with its options, what they lead to, and why it stands where it stands. Pure. */

import type { AttentionWire } from '../connect/wire.ts';
import { count } from './block.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { relative } from './when.ts';
import { padTo, wrap } from './width.ts';

/** What is asked, in one line. */
export const askLine = (item: AttentionWire): string => safeText(item.ask.split('\n', 1)[0] ?? '');

/** One item in full; `keys` are the one-key answers offered, in the order of its options. */
export function renderItem(item: AttentionWire, keys: readonly string[], style: Style): string[] {
  const [ask = '', ...more] = item.ask
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line) => wrap(safeText(line), style.columns - 4));
  const from = [item.task, item.session, item.mission].find((part) => part !== null);
  const about = [
    item.kind,
    from ?? '',
    relative(item.created_at, style.now),
    item.unblocks > 0 ? `${count(item.unblocks, 'task waits', 'tasks wait')} for it` : '',
  ];
  const left = Math.max(0, ...item.options.map(({ label }) => safeText(label).length));
  return [
    `${style.tone('held', style.mark('ask'))} ${style.bold(ask)}`,
    ...more.map((line) => `  ${style.bold(line)}`),
    `  ${style.dim(safeText(`${item.id}  ${about.filter((part) => part !== '').join(', ')}`))}`,
    ...item.options.map((option, at) => {
      const best = option.key === item.recommendation ? style.tone('good', ' (recommended)') : '';
      return `    ${style.bold(`[${keys[at] ?? safeText(option.key)}]`)} ${padTo(safeText(option.label), left)}${best}${option.consequence === '' ? '' : style.dim(`  ${safeText(option.consequence)}`)}`;
    }),
    ...(item.state === 'answered'
      ? [
          `  ${style.tone('good', style.mark('done'))} answered ${safeText(`\`${item.answer ?? ''}\` by ${item.answered_by ?? '?'}`)}`,
        ]
      : []),
    ...(item.state === 'void'
      ? [`  ${style.tone('quiet', style.mark('failed'))} void: what it asked about has changed or ended`]
      : []),
  ];
}

/** One key for each option: its own first letter where that is free, else a digit. */
export function answerKeys(options: readonly { readonly key: string }[]): string[] {
  const taken = new Set(['q', 's']);
  return options.map(({ key }, at) => {
    const letter =
      Array.from(key.toLowerCase()).find((candidate) => /[a-z0-9]/.test(candidate) && !taken.has(candidate)) ??
      String((at + 1) % 10);
    taken.add(letter);
    return letter;
  });
}
