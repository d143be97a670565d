/** The blocks every page is made of: a title with its state, labelled facts, a heading with lines under it. Pure. */

import type { Style } from './style.ts';
import { padTo, width, wrap } from './width.ts';

const labelColumns = 10;

/** `title` on the left, `state` on the right edge of a readable line. Both may be coloured. */
export function titleLine(title: string, state: string, style: Style): string {
  const room = Math.min(style.columns, 88) - width(title) - width(state);
  return `${title}${' '.repeat(Math.max(2, room))}${state}`;
}

/** `label  value` lines, the value wrapped; an empty value leaves the line out. Values are not coloured. */
export function facts(rows: readonly (readonly [string, string])[], style: Style): string[] {
  return rows
    .filter(([, value]) => value !== '')
    .flatMap(([label, value]) => {
      const [first = '', ...rest] = wrap(value, style.columns - labelColumns - 4);
      const indent = ' '.repeat(labelColumns + 3);
      return [`  ${style.dim(padTo(label, labelColumns))} ${first}`, ...rest.map((line) => indent + line)];
    });
}

/** A heading and what stands under it, with an empty line before; nothing when there is nothing to stand under it. */
export const section = (title: string, lines: readonly string[], style: Style): string[] =>
  lines.length === 0 ? [] : ['', style.bold(title), ...lines];

/** Uncoloured text as a list item, wrapped. */
export function bullet(text: string, style: Style, mark = style.mark('dot')): string[] {
  const [first = '', ...rest] = wrap(text, style.columns - 6);
  return [`  ${mark} ${first}`, ...rest.map((line) => `    ${line}`)];
}

/** `1 task`, `2 tasks`. */
export const count = (number: number, one: string, many = `${one}s`): string =>
  `${String(number)} ${number === 1 ? one : many}`;
