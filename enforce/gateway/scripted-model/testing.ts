/** What the model server's own tests share: asking it over raw HTTP and cutting event streams into frames. */
import { startModelServer, type ModelServer } from './model-server.ts';
import type { Turn } from './script.ts';

/** A turn of text and one call, with usage that no default gives. */
export const writeTurn: Turn = {
  say: 'I write the “file” now.',
  tools: [{ name: 'write', input: { path: 'a.txt', content: 'grüße 🚀' } }],
  usage: { input: 11, output: 7, cacheRead: 5 },
};

/** A server that plays the given turns. */
export function playing(...turns: readonly Turn[]): Promise<ModelServer> {
  return startModelServer({ script: { turns } });
}

/** Posts JSON and gives back the response; the body is read by the caller. */
export function post(server: ModelServer, path: string, body: unknown): Promise<Response> {
  return fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

export async function postJson(server: ModelServer, path: string, body: unknown): Promise<unknown> {
  return (await post(server, path, body)).json();
}

/** One frame of server-sent events: its `event:` name, if it has one, and its data, parsed unless it is `[DONE]`. */
export type Frame = { readonly event: string | undefined; readonly data: unknown };

/** Cuts a stream at its blank lines. Throws when bytes are left over that belong to no whole frame. */
export function framesOf(stream: string, newline = '\n'): readonly Frame[] {
  const parts = stream.split(newline + newline);
  if (parts.pop() !== '') throw new Error('the stream does not end with a blank line');
  return parts.map((part) => {
    const lines = part.split(newline);
    const event = lines.find((line) => line.startsWith('event: '))?.slice('event: '.length);
    const data = lines.find((line) => line.startsWith('data: '))?.slice('data: '.length);
    if (data === undefined) throw new Error(`a frame without data: \`${part}\``);
    return { event, data: data === '[DONE]' ? data : (JSON.parse(data) as unknown) };
  });
}
