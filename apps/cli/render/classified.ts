/** What a shell command was taken for: a block for each part of it, a line for each thing it does. Pure. */

import type { Asking } from '@writ/authority';
import type { PresetAnswer } from '../look/preset-answers.ts';
import { safeText } from './safe-text.ts';
import type { Style, Tone } from './style.ts';
import { cut, padTo, width } from './width.ts';

export type Classified = {
  readonly action: string;
  readonly resource: string;
  /** The part of the command that does it, as written. */
  readonly part: string;
  readonly rule: string;
  /** Where nothing contains it. */
  readonly class: string;
  /** How a person is asked about it where nobody named its target. */
  readonly asking: Asking;
  readonly presets: readonly { readonly preset: string; readonly says: PresetAnswer }[];
};

const askings = { covered: '', first_time: ', asked the first time', each_time: ', asked each time' } as const;
const tones: Readonly<Record<PresetAnswer, Tone>> = { may: 'good', asks: 'held', never: 'bad' };

/** The page. */
export function renderClassified(items: readonly Classified[], style: Style): readonly string[] {
  if (items.length === 0) return ['it touches nothing: no file, no network, no other program'];
  const parts = [...new Set(items.map(({ part }) => part))];
  const widest = Math.max(...items.map(({ action }) => width(action)));
  return parts.flatMap((part, index) => [
    ...(index === 0 ? [] : ['']),
    style.bold(cut(safeText(part), style.columns)),
    ...items
      .filter((item) => item.part === part)
      .flatMap(({ action, resource, class: wide, asking, presets }) => [
        `  ${padTo(action, widest)}  ${safeText(resource)}`,
        `  ${' '.repeat(widest)}  ${style.dim(`${wide.replaceAll('_', ' ')}${askings[asking]}`)}  ${presets
          .map(({ preset, says }) => `${style.dim(preset)} ${style.tone(tones[says], says)}`)
          .join('  ')}`,
      ]),
  ]);
}
