/** Reads JSON bodies, and nothing else. It refuses nesting that would need a deep stack, and keys that reach into prototypes. */

import type { FastifyInstance } from 'fastify';
import { safeParse } from 'secure-json-parse';

/** The deepest nesting taken; the journal takes twice as much. */
export const maxDepth = 64;

export class BodyError extends Error {
  override readonly name = 'BodyError';
}

/** Makes JSON the only content type of the server. An empty body is no body. */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // `parseAs: 'string'` makes it one.
    const text = body as string;
    if (text === '') return done(null, undefined);
    if (depthOf(text) > maxDepth) return done(new BodyError(`it is nested deeper than ${String(maxDepth)} levels`));
    return parse(request, text, done);
  });
}

/** The value of a JSON text that is not a body of HTTP, under the same limits; undefined where it cannot be taken. `text` is no longer than its reader allows. */
export function parseBounded(text: string): unknown {
  if (depthOf(text) > maxDepth) return undefined;
  try {
    return safeParse(text) ?? undefined; // null: a key that reaches into a prototype
  } catch {
    return undefined; // not JSON
  }
}

/** The deepest nesting of brackets outside strings. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isInString) {
      if (code === 0x5c) at += 1;
      else if (code === 0x22) isInString = false;
    } else if (code === 0x22) isInString = true;
    else if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return deepest;
}
