/**
 * JSON as it must be at a signed boundary: one text, one meaning, whoever parses it. `JSON.parse` reads the values; what it lets through is refused here.
 *
 * Follows RFC 8259 and I-JSON (RFC 7493): refuses a member name given twice (also when one is spelled with escapes), text that is not UTF-8, lone surrogates,
 * integers beyond ±(2^53 − 1), numbers a double cannot carry as written, `-0`, and nesting deeper than `maxStrictDepth`. Bounds no length: its callers do.
 */

export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [member: string]: JsonValue };

export type StrictJson =
  { readonly ok: true; readonly value: JsonValue } | { readonly ok: false; readonly why: string };

/** The deepest nesting taken, so that no reader needs a deep stack. */
export const maxStrictDepth = 128;

/** Parses `input`, bytes or text, in time linear in its length. What is refused is said for a person, without echoing the input. */
export function parseStrictJson(input: string | Uint8Array): StrictJson {
  const text = typeof input === 'string' ? input : decode(input);
  if (text === undefined) return refused('it is not UTF-8');
  let value: JsonValue;
  try {
    // The cast holds for whatever JSON.parse returns.
    value = JSON.parse(text) as JsonValue;
  } catch {
    return refused('it is not JSON');
  }
  if (isWrittenPlainly(text, value)) return { ok: true, value };
  const why = whyAmbiguous(text);
  return why === undefined ? { ok: true, value } : refused(why);
}

const refused = (why: string): StrictJson => ({ ok: false, why });

// A byte order mark stays in the text, where JSON.parse refuses it.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Whether `text` is exactly what JSON.stringify writes of its value, in the common case that this shows at a glance: a member given twice, or a number spelled
 * otherwise, would not come back. What it cannot tell is for the reader below: escapes, many digits, many brackets.
 */
function isWrittenPlainly(text: string, value: JsonValue): boolean {
  // An integer that is not safe has sixteen digits, or an exponent.
  if (text.includes('\\') || /\d{16}|\de\+/.test(text) || !text.isWellFormed()) return false;
  return hasFew(text, '[') && hasFew(text, '{') && JSON.stringify(value) === text;
}

/** Whether there are so few of a bracket that two kinds of them cannot nest too deep. */
function hasFew(text: string, bracket: string): boolean {
  let found = 0;
  for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
    found += 1;
    if (found > maxStrictDepth / 2) return false;
  }
  return true;
}

const loneSurrogate = 'it holds a string with a lone surrogate';

const number = /-?\d[\d.eE+-]*/y;

/** Why two readers could take `text` differently. INVARIANT: `text` is valid JSON, so a token is told by its first character. */
function whyAmbiguous(text: string): string | undefined {
  // One element for each open bracket: the names seen in an object, or null for an array.
  const open: (Set<string> | null)[] = [];
  // Most texts have no escape, and then a string ends at the next quote and is what stands between.
  const isPlain = !text.includes('\\');
  if (!text.isWellFormed()) return loneSurrogate;
  let nameIsNext = false;
  for (let at = 0; at < text.length;) {
    const character = text[at];
    if (character === '"') {
      const end = isPlain ? text.indexOf('"', at + 1) + 1 : endOfString(text, at);
      if (nameIsNext || !isPlain) {
        const why = whyAmbiguousString(text.slice(at, end), nameIsNext ? open.at(-1) : null);
        if (why !== undefined) return why;
      }
      nameIsNext = false;
      at = end;
    } else if (character === '-' || (character !== undefined && character >= '0' && character <= '9')) {
      number.lastIndex = at;
      const literal = number.exec(text)?.[0] ?? '';
      if (!isExactNumber(literal)) return 'it holds a number that not every reader takes for the same';
      at += literal.length;
    } else {
      if (character === '{') open.push(new Set());
      else if (character === '[') open.push(null);
      else if (character === '}' || character === ']') open.pop();
      if (open.length > maxStrictDepth) return `it is nested deeper than ${String(maxStrictDepth)} levels`;
      if (character === '{' || character === ',') nameIsNext = open.at(-1) !== null;
      at += 1;
    }
  }
  return undefined;
}

/** The index after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function whyAmbiguousString(literal: string, names: Set<string> | null | undefined): string | undefined {
  // Only an escape can make the value differ from what stands between the quotes.
  const value = literal.includes('\\') ? String(JSON.parse(literal)) : literal.slice(1, -1);
  if (!value.isWellFormed()) return loneSurrogate;
  if (names?.has(value)) return 'it names a member of an object twice';
  names?.add(value);
  return undefined;
}

/** Whether a double carries the number exactly as written: reading the literal and writing the result again gives the same decimal value. */
function isExactNumber(literal: string): boolean {
  // A whole number of at most fifteen digits is what it says.
  if (/^(0|-?[1-9]\d{0,14})$/.test(literal)) return true;
  const read = Number(literal);
  if (!Number.isFinite(read) || Object.is(read, -0)) return false;
  if (Number.isInteger(read) && !Number.isSafeInteger(read)) return false;
  return decimal(literal) === decimal(String(read));
}

/** One spelling for each decimal value: sign, significant digits, exponent of the last one. */
function decimal(literal: string): string {
  const [mantissa = '', exponent = '0'] = literal.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end -= 1;
  if (end === 0) return '0';
  const last = Number(exponent) - fraction.length + digits.length - end;
  return `${mantissa.startsWith('-') ? '-' : ''}${digits.slice(0, end)}e${String(last)}`;
}
