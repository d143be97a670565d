/** How much room text takes on a terminal, and how to fit it: measuring, cutting, padding, wrapping. Pure; colours take no room. */

import { stripVTControlCharacters } from 'node:util';

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const none = /^[\p{Mn}\p{Me}\u200d]$/u;

/** Terminal columns `text` takes. */
export function width(text: string): number {
  let columns = 0;
  for (const character of stripVTControlCharacters(text))
    columns += none.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return columns;
}

/** `text` padded on the right to `columns`; longer text is returned as it is. */
export const padTo = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)));

/** Uncoloured `text` cut to `columns`, with `…` where something is missing. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let out = '';
  for (const character of text) {
    if (width(out + character) > columns - 1) break;
    out += character;
  }
  return `${out.trimEnd()}…`;
}

/** Uncoloured `text` broken at spaces into lines of at most `columns`; a longer word keeps its own line. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line === '') line = word;
    else if (width(line) + 1 + width(word) <= columns) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** `text` behind `head`, broken as `wrap` does; what does not fit the first line stands below the text. */
export function hang(head: string, text: string, columns: number): string[] {
  const [first = '', ...rest] = wrap(text, columns - width(head));
  return [`${head}${first}`, ...rest.map((line) => ' '.repeat(width(head)) + line)];
}

/** Rows as aligned columns, two spaces apart; the last column is never padded. Cells may be coloured. */
export function table(rows: readonly (readonly string[])[], indent = '  '): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) => Math.max(0, ...rows.map((row) => width(row[at] ?? ''))));
  return rows.map((row) =>
    (
      indent + row.map((cell, at) => (at === row.length - 1 ? cell : padTo(cell, widths[at] ?? 0))).join('  ')
    ).trimEnd(),
  );
}
