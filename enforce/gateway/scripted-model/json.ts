/**
 * Reading JSON that strangers wrote, leniently: a model server answers what real clients send, fields it has never
 * heard of included. It validates nothing; what is absent or of another type reads as empty.
 */

export type JsonRecord = { readonly [key: string]: unknown };

/** True for an object that is neither null nor a list. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The field of an object; undefined when the value is no object. */
export function field(value: unknown, key: string): unknown {
  return isRecord(value) ? value[key] : undefined;
}

/** The field as a list; empty when it is none. */
export function listField(value: unknown, key: string): readonly unknown[] {
  const found = field(value, key);
  return Array.isArray(found) ? found : [];
}

/** The field as a text; empty when it is none. */
export function textField(value: unknown, key: string): string {
  const found = field(value, key);
  return typeof found === 'string' ? found : '';
}

/** JSON text as data; the text itself when it is not JSON (free-text tool input, half-written arguments). */
export function parsedOr(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    // Not JSON: the caller asked for the text itself in that case.
    return value;
  }
}

/**
 * The plain text of a content value as the wire formats write it: a text, or a list of parts with a `text` field
 * (Anthropic `text`, OpenAI `text`/`input_text`/`output_text`, Gemini `text`). Parts are joined by line feeds.
 */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part) => textField(part, 'text'))
    .filter((part) => part !== '')
    .join('\n');
}

/** Cuts a text into at most `most` pieces of whole code points, to be streamed; an empty text gives none. */
export function pieces(text: string, most = 4): readonly string[] {
  const points = Array.from(text);
  const size = Math.max(1, Math.ceil(points.length / most));
  const cut: string[] = [];
  for (let at = 0; at < points.length; at += size) cut.push(points.slice(at, at + size).join(''));
  return cut;
}
