/**
 * The one function every foreign string goes through before a person sees it: what an agent, a file or an API said cannot move the
 * cursor, hide, reorder or pretend to be ours.
 *
 * Colour sequences (SGR) are removed, since they hide nothing; everything else that is invisible or acts on a terminal is shown as a mark:
 * C0 controls as their control pictures, C1, bidi, zero-width and other format characters as `‹U+202E›`. It never drops readable text.
 */

const colour = /\u001b\[[0-9;:]*m/g;
const lowControl = /[\u0000-\u001f]/g;
/** Format, private, unassigned and surrogate code points, line separators, C1 and DEL, variation and tag fillers; not the joiners emoji need. */
const strange = /[\u007f-\u009f\u2028\u2029\p{Cf}\p{Co}\p{Cs}\p{Cn}\u115f\u1160\u3164\uffa0\u2800]/gu;

const picture = (character: string): string => String.fromCodePoint(0x24_00 + (character.codePointAt(0) ?? 0));
const named = (character: string): string =>
  character === '\u200d'
    ? character
    : `‹U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}›`;

/** Neutralised and on one line: a line break shows as `↵`, a tab as a space. */
export const safeText = (text: string): string =>
  text
    .replace(colour, '')
    .replace(/\r?\n/g, ' ↵ ')
    .replaceAll('\t', ' ')
    .replace(lowControl, picture)
    .replace(strange, named);

/** Neutralised line by line; line breaks stay, tabs become two spaces. */
export const safeLines = (text: string): string[] =>
  text
    .replace(colour, '')
    .split(/\r?\n/)
    .map((line) => safeText(line.replaceAll('\t', '  ')));

/** JSON for a terminal or a pipe: the same value, with everything that could act on a terminal escaped. */
export const safeJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(/[\u007f-\u009f\u2028\u2029\p{Cf}\p{Co}\p{Cs}\p{Cn}]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  );
