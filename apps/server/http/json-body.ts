/**
 * Reads JSON bodies, and nothing else. It refuses nesting that would need a deep stack, and keys that reach into prototypes.
 *
 * What a body changes is bound to its digest (an idempotency key, an approval, a permit), so it has to be one text with one meaning: a member
 * given twice, a number no double carries and a lone surrogate are refused (`strict-json.ts`). Only a question is read without that.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseStrictJson } from '@writ/protocol';
import type { ProblemWire } from '@writ/protocol';
import { parse, safeParse } from 'secure-json-parse';
import { problem } from './problem.ts';

/** The deepest nesting taken; the journal takes twice as much. */
export const maxDepth = 64;

/** How a body that is not taken gets through Fastify. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  readonly problem: ProblemWire;

  constructor(what: ProblemWire) {
    super(what.detail);
    this.problem = what;
  }
}

/** Makes JSON the only content type of the server. An empty body is no body. `questions`: paths whose bodies change nothing. */
export function acceptJsonOnly(app: FastifyInstance, questions: ReadonlySet<string>): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // `parseAs: 'string'` makes it one.
    const read = readBody(body as string, isQuestion(request, questions));
    if (read.ok) done(null, read.value);
    else done(new BodyError(read.problem));
  });
}

export type ReadBody =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: ProblemWire };

/** The value of a body, undefined for an empty one; or why it is not taken. `isQuestion`: it changes nothing. */
export function readBody(text: string, isQuestion: boolean): ReadBody {
  if (text === '') return { ok: true, value: undefined };
  if (depthOf(text) > maxDepth) return unreadable(`it is nested deeper than ${String(maxDepth)} levels`);
  const why = isQuestion ? undefined : whyAmbiguous(text);
  if (why !== undefined) return unreadable(why);
  try {
    return { ok: true, value: parse(text) };
  } catch {
    // Not JSON, or with a key that reaches into a prototype.
    return { ok: false, problem: problem(400, 'malformed_request', 'the body is not JSON that can be taken') };
  }
}

const unreadable = (why: string): ReadBody => ({
  ok: false,
  problem: problem(400, 'malformed_request', `the body cannot be read: ${why}`),
});

const isQuestion = ({ headers, routeOptions }: FastifyRequest, questions: ReadonlySet<string>): boolean =>
  headers['idempotency-key'] === undefined && questions.has(routeOptions.url ?? '');

/** Why two readers could take the text differently; undefined where none can. */
export function whyAmbiguous(text: string): string | undefined {
  const read = parseStrictJson(text);
  return read.ok ? undefined : read.why;
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
