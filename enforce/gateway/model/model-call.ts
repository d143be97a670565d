/**
 * A call of a model, recognised by its path and read as far as counting needs it: Anthropic Messages, OpenAI Chat Completions and Responses, Gemini. Pure.
 *
 * It changes nothing in what is asked but one thing: a Chat Completions stream is told to end with its usage, which it leaves out by itself. A refusal has the shape the provider's own
 * clients read, with a status they do not try again on.
 */

export type ModelFormat = 'anthropic' | 'chat' | 'responses' | 'gemini';

export type ModelCall = {
  readonly format: ModelFormat;
  /** As it was asked for; empty where the request does not say. */
  readonly model: string;
  /** What is sent. */
  readonly body: Buffer;
  /** It asks how many tokens something is; no model is run. */
  readonly isCount: boolean;
  /** About how many tokens it brings, before anybody counted them. */
  readonly estimate: number;
};

/** Bytes of a request for one token, about. */
const bytesPerToken = 4;

/** The format spoken at `path`, or null where it is no call of a model. */
export function modelFormat(method: string, path: string): ModelFormat | null {
  if (method !== 'POST') return null;
  const plain = path.replace(/\?.*$/s, '');
  if (/\/v1\/messages(?:\/count_tokens)?$/.test(plain)) return 'anthropic';
  if (plain.endsWith('/chat/completions')) return 'chat';
  if (plain.endsWith('/v1/responses')) return 'responses';
  return /\/v1(?:beta|alpha)?\/models\/[^/:]+:(?:generateContent|streamGenerateContent|countTokens)$/.test(plain)
    ? 'gemini'
    : null;
}

/** The call in `body`, or null where that is no JSON object. */
export function readModelCall(format: ModelFormat, path: string, body: Buffer): ModelCall | null {
  const asked = objectOf(body);
  if (asked === null) return null;
  const named = format === 'gemini' ? /\/models\/([^/:?]+):/.exec(path)?.[1] : asked['model'];
  const model = typeof named === 'string' ? named.slice(0, 128).toWellFormed() : '';
  const isCount = /(?:\/count_tokens|:countTokens)(?:\?|$)/.test(path);
  const estimate = isCount ? 0 : Math.ceil(body.length / bytesPerToken);
  if (format !== 'chat' || asked['stream'] !== true) return { format, model, body, isCount, estimate };
  const given = asked['stream_options'];
  const options = typeof given === 'object' && given !== null ? given : {};
  const told = { ...asked, stream_options: { ...options, include_usage: true } };
  return { format, model, body: Buffer.from(JSON.stringify(told)), isCount, estimate };
}

/** A refusal as the provider would say it. */
export function refusedCall(format: ModelFormat, message: string): { readonly status: number; readonly body: string } {
  const status = 403;
  switch (format) {
    case 'anthropic':
      // Of a 403 its own client says that the key is wrong.
      return {
        status: 400,
        body: JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message } }),
      };
    case 'chat':
    case 'responses':
      return {
        status,
        body: JSON.stringify({ error: { message, type: 'permission_error', param: null, code: 'refused_by_writ' } }),
      };
    case 'gemini':
      return { status, body: JSON.stringify({ error: { code: status, message, status: 'PERMISSION_DENIED' } }) };
  }
}

function objectOf(body: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const read: unknown = JSON.parse(body.toString('utf8'));
    // An object of JSON has names and values that nobody knows yet.
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Record<string, unknown>) : null;
  } catch {
    return null; // what is no JSON is no call of a model
  }
}
