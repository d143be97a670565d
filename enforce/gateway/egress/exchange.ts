/**
 * One permitted request, made: sent at most once, its answer passed on as it comes, and its end said with what was seen. It follows no redirect, forwards no header
 * that is of a connection, and upgrades none.
 */

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Headers } from '../../broker/credentials/credential.ts';
import type { FinalUsage } from '../../enforcer/ask-control.ts';
import type { ModelAccount } from '../model/model-account.ts';
import type { ModelFormat } from '../model/model-call.ts';
import { createUsageMeter } from '../model/usage-meter.ts';
import type { UsageMeter } from '../model/usage-meter.ts';
import type { RequestTarget } from './egress-target.ts';
import type { LookupGuard } from './guarded-lookup.ts';
import { AddressRefused, guardedLookup } from './guarded-lookup.ts';
import type { Outcome, Permitted } from './judged-request.ts';
import { maskedHeaders, masking, maskingStream } from './mask-secrets.ts';
import { http, https } from '../../node-http.ts';

const { request: requestClear } = http;
const { request: requestSecure } = https;

/** A request under way, as whoever stops things sees it. */
export type OpenExchange = {
  readonly cut: (why: string) => void;
  /** Asks whether it may go on. */
  readonly ask: () => void;
};

export type Message = {
  readonly method: string;
  readonly target: RequestTarget;
  readonly headers: Headers;
  /** What nobody finds in the answer, should it hold it. */
  readonly secrets: readonly string[];
  readonly body: Buffer;
  /** Of a call of a model that is counted. */
  readonly model: { readonly format: ModelFormat; readonly account: ModelAccount } | null;
};

export type Exchanging = LookupGuard & {
  readonly exchanges: Set<OpenExchange>;
  /** Nothing came back, and why; `isRefused`: for where it leads. */
  readonly onFailed: (why: string, isRefused: boolean) => void;
};

const silenceLimitMs = 300_000;

/** RFC 9110 §7.6.1: of the connection, not of the message; and what is for this proxy alone. */
const ofTheConnection = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Makes it, and answers `response`. */
export function exchange(
  { method, target, headers, secrets, body, model }: Message,
  permitted: Permitted,
  response: ServerResponse,
  { exchanges, onFailed, ...guard }: Exchanging,
): void {
  const { destination, secure, path, authority } = target;
  let cutBecause: string | null = null;
  let received = 0;
  let status = 0;
  let isOver = false;
  let mayHaveArrived = false;
  let meter: UsageMeter | null = null;
  const onward = (secure ? requestSecure : requestClear)({
    host: destination.host,
    port: destination.port,
    ...(secure ? { servername: destination.host } : {}),
    method,
    path,
    headers: {
      ...headers,
      host: authority,
      ...(body.length > 0 ? { 'content-length': String(body.length) } : {}),
      // What is counted, or looked through, is read on its way.
      ...(model === null && secrets.length === 0 ? {} : { 'accept-encoding': 'identity' }),
    },
    lookup: guardedLookup(destination, guard),
    agent: false,
    timeout: silenceLimitMs,
  });
  const open: OpenExchange = {
    ask: permitted.ask,
    cut(why) {
      cutBecause ??= why;
      onward.destroy(new Error(why));
      response.destroy();
    },
  };
  permitted.onLost = open.cut;
  exchanges.add(open);
  const over = (error: Error | null): void => {
    if (isOver) return;
    isOver = true;
    exchanges.delete(open);
    const how = { method, authority, sent: body.length, received, status, mayHaveArrived, cutBecause, error };
    const account = model === null || !mayHaveArrived ? null : usedBy(model.account, status, meter);
    const { outcome, evidence } = endingOf(how, model !== null);
    permitted.over(outcome, account === null ? evidence : `${evidence}; ${account.words}`, account?.usage);
  };
  onward.on('socket', (socket) => {
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      mayHaveArrived = true;
    });
  });
  onward.on('response', (answer: IncomingMessage) => {
    status = answer.statusCode ?? 502;
    if (model !== null) meter = createUsageMeter(model.format, answer.headers['content-type'] ?? '');
    try {
      const masked = maskedHeaders(headersOf(answer.headers), secrets);
      response.writeHead(status, masking(secrets).all(answer.statusMessage ?? ''), masked);
    } catch (error) {
      // A status of 99, a control character in its words: what may be read is more than what may be passed on.
      response.statusMessage = '';
      onward.destroy(new Error('its answer cannot be passed on', { cause: error }));
      return;
    }
    answer.on('data', (chunk: Buffer) => {
      received += chunk.length;
      meter?.take(chunk);
    });
    answer.on('end', () => {
      over(null);
    });
    answer.on('error', over);
    if (secrets.length === 0) answer.pipe(response);
    else answer.pipe(maskingStream(secrets)).pipe(response);
  });
  onward.on('timeout', () => onward.destroy(new Error('nobody answered in time')));
  onward.on('error', (error: Error) => {
    over(error);
    if (cutBecause !== null) response.destroy();
    else onFailed(error.message, error instanceof AddressRefused);
  });
  // Whoever asked may go away: then nobody waits for the rest of it.
  onward.on('close', () => {
    over(new Error('it was given up'));
  });
  response.on('close', () => onward.destroy());
  onward.end(body);
}

/** What an answer that refuses says of its use is nothing. */
function usedBy(
  account: ModelAccount,
  status: number,
  meter: UsageMeter | null,
): { usage?: FinalUsage; words: string } {
  if (status >= 400) return { usage: { tokens: 0, source: 'reported' }, words: 'the model was not run' };
  return account.close(meter);
}

type How = {
  readonly method: string;
  readonly authority: string;
  readonly sent: number;
  readonly received: number;
  readonly status: number;
  readonly mayHaveArrived: boolean;
  readonly cutBecause: string | null;
  readonly error: Error | null;
};

/** A call of a model leaves nothing behind at its end: cut, it was interrupted. What else was sent may have taken effect. */
function endingOf(how: How, isModel: boolean): { readonly outcome: Outcome; readonly evidence: string } {
  const { method, authority, sent, received, status, mayHaveArrived, cutBecause, error } = how;
  const seen = `${method} ${authority}: ${String(sent)} bytes sent, ${String(received)} received`;
  if (status !== 0 && error === null) return { outcome: 'done', evidence: `answered with ${String(status)}; ${seen}` };
  const why = cutBecause ?? error?.message ?? 'nobody answered';
  if (!mayHaveArrived) return { outcome: 'failed', evidence: `${why}; ${seen}` };
  return { outcome: isModel ? 'interrupted' : 'unknown', evidence: `${why}; ${seen}` };
}

/** The headers of the message; those its `Connection` names belong to the connection too. */
export function headersOf(headers: IncomingHttpHeaders): Headers {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !ofTheConnection.has(name) && !named.includes(name)) kept[name] = value;
  return kept;
}
