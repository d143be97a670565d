// Text that is safe to show: what a person reads is what the string is.
// Refuses to pass on anything invisible, reordering or able to close a quotation: each such character becomes a visible `\u{…}` escape.
// The escaping is injective (the backslash itself is escaped), so two different texts never look the same for that reason.

/** Controls, format and bidi characters, unassigned, private, line breaks, invisible fillers, odd spaces, and our own quote and escape marks. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}\p{DI}\\`]|(?! )\p{Zs}|^\p{M}/gu;

const NOT_ASCII = /[^\u0000-\u007f]/gu;

const BRIEF_LENGTH = 200;

/** The text with every unsafe character replaced by a visible escape. */
export function visible(text: string): string {
  return text.replace(UNSAFE, escape);
}

const escape = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16)}}`;

/** As `visible`, with everything that is not ASCII spelt out: for text that passes for another one. */
export function spelt(text: string): string {
  return visible(text).replace(NOT_ASCII, escape);
}

/** The text made visible and put in backticks. */
export function quote(text: string): string {
  return `\`${visible(text)}\``;
}

/**
 * As `quote`, cut to a length fit for a sentence; for messages only, never for what an approver reads.
 * Takes anything, since messages are also written about what parsed JSON put in a text's place; that is named by its kind alone.
 */
export function quoteBriefly(value: unknown): string {
  if (typeof value !== 'string') return `(${value === null ? 'null' : typeof value})`;
  return value.length <= BRIEF_LENGTH ? quote(value) : `${quote(value.slice(0, BRIEF_LENGTH))}…`;
}
