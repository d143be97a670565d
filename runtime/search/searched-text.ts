/** What of an event can be found by its words. Control characters are taken out, so that what is found cannot speak to a terminal, nor pose as a mark of ours. */

import { stripVTControlCharacters } from 'node:util';
import type { Envelope } from '@writ/journal';

/** The field of an event's data that is text, by its type. */
const fields: Readonly<Record<string, readonly string[]>> = {
  'session.opened': ['title', 'agent'],
  'input.admitted': ['text'],
  'output.recorded': ['text'],
  'output.late': ['text'],
  'agent.said': ['text'],
  'note.left': ['text'],
  'tool.judged': ['title', 'sentence'],
  'turn.ended': ['summary'],
  'run.ended': ['why'],
  'child.ended': ['outcome'],
  'session.paused': ['reason'],
  'session.closed': ['summary'],
};

/** The words of `event`; null where it has none, or they were erased. */
export function searchedText({ type, stream, data }: Envelope): string | null {
  const named = Object.hasOwn(fields, type) && stream.startsWith('session/') ? fields[type] : undefined;
  if (named === undefined || typeof data !== 'object' || data === null) return null;
  const values = named.map((field): unknown => Reflect.get(data, field)).filter((one) => typeof one === 'string');
  const text = stripVTControlCharacters(values.join('\n'))
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim();
  return text === '' ? null : text;
}

/** Words a person typed, as a question to the index: all of them, the last one perhaps not finished. Nothing in them is an operator. Null where there is no word. */
export function searchQuestion(words: string): string | null {
  const asked = words.split(/[\s\p{Cc}]+/u).flatMap((word) => {
    const plain = word.replaceAll('"', '');
    return plain === '' ? [] : [`"${plain}"`];
  });
  return asked.length === 0 ? null : `${asked.slice(0, 32).join(' ')}*`;
}
