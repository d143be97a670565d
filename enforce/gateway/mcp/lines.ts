/**
 * The stdio transport of MCP (2026-07-28, Transports), and of ACP: one message a line, UTF-8. A line that is too long ends the stream; so does one that is no JSON
 * object, where nobody takes it.
 */

import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Message } from './json-rpc.ts';
import { isMessage } from './json-rpc.ts';

/** The longest message, in characters. */
export const maxMessage = 8 * 1024 * 1024;

/** Reads messages from `stream`; `onEnd` is called once, with why, when no more come. `onOther` takes the lines that are none. */
export function readMessages(
  stream: Readable,
  onMessage: (message: Message) => void,
  onEnd: (why: string) => void,
  onOther: ((line: string) => void) | null = null,
): void {
  let pending = '';
  let isOver = false;
  const over = (why: string): void => {
    if (isOver) return;
    isOver = true;
    onEnd(why);
  };
  // A socket that HTTP was spoken on before gives bytes alone.
  const decoder = new StringDecoder('utf8');
  stream.on('data', (chunk: Buffer) => {
    if (isOver) return;
    const lines = (pending + decoder.write(chunk)).split('\n');
    pending = lines.pop() ?? '';
    if (pending.length > maxMessage) return over(`a message is longer than ${String(maxMessage)} characters`);
    for (const line of lines) {
      if (isOver || line.trim() === '') continue;
      const message = parsed(line);
      if (message !== null) onMessage(message);
      else if (onOther === null) return over('something that is no message came');
      else onOther(line);
    }
  });
  stream.once('end', () => over('it was closed'));
  stream.once('close', () => over('it was closed'));
  stream.once('error', (error: Error) => over(error.message));
}

function parsed(line: string): Message | null {
  try {
    const value: unknown = JSON.parse(line);
    return isMessage(value) ? value : null;
  } catch {
    return null;
  }
}

/** A message as a line. */
export const lineOf = (message: Message): string => `${JSON.stringify(message)}\n`;
