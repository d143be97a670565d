/**
 * One request that names its whole address, at the gate: judged by method, host and path, and made from here.
 *
 * What reads rests on a yes of at most some seconds; what sends is begun with the digest of its body, sent at most once, and settled with what was seen. It follows
 * no redirect, forwards no header that is for a proxy, and upgrades no connection.
 */

import { createHash, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { resourceUri } from '@writ/authority';
import { controlApi } from '@writ/protocol';
import type { Headers } from '../../broker/credentials/credential.ts';
import { credentialFor, placeholdersIn, withCredential } from '../../broker/credentials/credential.ts';
import type { CredentialStore } from '../../broker/credentials/credential-store.ts';
import { readClock } from '../../client/clock.ts';
import type { Verdicts } from '../../client/verdicts.ts';
import { beside, containmentOf } from '../../enforcer/ask-control.ts';
import { holdOperation } from '../../enforcer/held-operation.ts';
import type { RunRequest } from '../../supervisor/spawn-run.ts';
import type { RequestTarget } from './egress-target.ts';
import { requestTarget } from './egress-target.ts';
import type { LookupGuard } from './guarded-lookup.ts';
import { AddressRefused, checkLiteral, guardedLookup } from './guarded-lookup.ts';
import type { PassageDeps } from './passage.ts';
import { problemText, refusalText } from './refusal-text.ts';
import type { RunPassages } from './run-passages.ts';
import { http, https } from '../../node-http.ts';

const { request: requestClear } = http;
const { request: requestSecure } = https;

/** A request under way, as whoever stops things sees it. */
export type OpenExchange = { readonly cut: (why: string) => void };

export type ForwardDeps = PassageDeps &
  LookupGuard & {
    readonly verdicts: Verdicts;
    readonly credentials: Pick<CredentialStore, 'of'>;
    readonly passages: RunPassages;
    readonly exchanges: Set<OpenExchange>;
    readonly closedBecause: () => string | null;
  };

/** The most that is sent in one request, in bytes: it is held until it was judged. */
const maxBodyBytes = 8 * 1024 * 1024;
const leaseMs = 15_000;
const silenceLimitMs = 120_000;

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

/** Judges and makes it. */
export async function forwardRequest(
  run: RunRequest,
  address: string,
  deps: ForwardDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refuse = (status: number, text: string): void => {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    response.writeHead(status, {
      'proxy-status': 'writ; error=http_request_denied',
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
    });
    response.end(`${text}\n`);
  };
  const { method = 'GET' } = request;
  const body = await bodyOf(request);
  if (body === null) {
    refuse(413, refusalText(`it sends more than ${String(maxBodyBytes)} bytes in one request`));
    return;
  }
  const read = requestTarget(method, address, body.length > 0);
  if (!read.ok) {
    refuse(400, `writ: ${read.why}`);
    return;
  }
  const { target } = read;
  const closed = deps.closedBecause();
  if (closed !== null) {
    refuse(403, refusalText(closed));
    return;
  }
  const judged =
    target.action === 'http.get'
      ? await judgeRead(run, target, deps)
      : await beginSending(run, { target, method, url: address, body }, deps);
  const stopped = deps.closedBecause();
  if (!judged.ok) {
    refuse(403, judged.text);
    return;
  }
  if (stopped !== null) {
    judged.over('interrupted', `${stopped}; nothing was sent`);
    refuse(403, refusalText(stopped));
    return;
  }
  try {
    checkLiteral(target.destination, deps);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    judged.over('failed', why);
    refuse(403, refusalText(why));
    return;
  }
  const headers = await credentialled(run, target, headersOf(request.headers), deps);
  if (!headers.ok) {
    judged.over('failed', headers.why);
    refuse(403, refusalText(headers.why));
    return;
  }
  exchange({ method, target, headers: headers.headers, body }, judged, deps, response, refuse);
}

/** The headers with the credential for this request in them, where the run's mandate lets it use one. */
async function credentialled(
  run: RunRequest,
  { secure, authority, path }: RequestTarget,
  headers: Headers,
  { credentials, verdicts }: ForwardDeps,
): Promise<{ readonly ok: true; readonly headers: Headers } | { readonly ok: false; readonly why: string }> {
  const project = run.repository?.project ?? null;
  const origin = `${secure ? 'https' : 'http'}://${authority}`;
  const credential = credentialFor(credentials.of(project), { project, origin, path });
  const brought = placeholdersIn(headers);
  const stray = brought.find((name) => name !== credential?.name);
  if (stray !== undefined)
    return {
      ok: false,
      why: `what stands for the credential \`${stray}\` was brought to \`${origin}\`, which it is not for`,
    };
  if (credential === null) return { ok: true, headers };
  const resource = resourceUri('secret', credential.project, credential.name);
  if (!resource.ok) return { ok: false, why: resource.why };
  const { decision, sentence } = await verdicts.check({
    ...askedBy(run),
    action: 'credential.use',
    resource: resource.uri,
  });
  if (decision === 'permit') return { ok: true, headers: withCredential(headers, credential) };
  return brought.length === 0 ? { ok: true, headers } : { ok: false, why: sentence };
}

const askedBy = (run: RunRequest) => ({
  mandate: run.mandate,
  session: run.session,
  credential: run.credential,
  facts: {},
  parameters: {},
  containment: containmentOf(run),
});

type Judged =
  | { readonly ok: false; readonly text: string }
  | {
      readonly ok: true;
      /** Says how it ended; the first word stands. */
      readonly over: (outcome: 'done' | 'failed' | 'interrupted' | 'unknown', evidence: string) => void;
      /** Called when it may not go on. */
      onLost: (why: string) => void;
    };

async function judgeRead(run: RunRequest, target: RequestTarget, { verdicts }: ForwardDeps): Promise<Judged> {
  const { decision, sentence, wayOut } = await verdicts.check({
    ...askedBy(run),
    action: target.action,
    resource: target.resource,
  });
  if (decision !== 'permit')
    return { ok: false, text: refusalText(wayOut === null ? sentence : `${sentence}; ${wayOut}`) };
  return { ok: true, over: () => undefined, onLost: () => undefined };
}

type Sending = { readonly target: RequestTarget; readonly method: string; readonly url: string; readonly body: Buffer };

async function beginSending(
  run: RunRequest,
  { target, method, url, body }: Sending,
  deps: ForwardDeps,
): Promise<Judged> {
  const askedAt = readClock(deps.clock);
  const begun = await deps.control.call(controlApi.begin, {
    token: run.credential,
    ...beside(deps),
    idempotencyKey: randomUUID(),
    body: {
      mandate: run.mandate,
      action: target.action,
      resource: target.resource,
      parameters: { method, url, body: `sha-256:${createHash('sha256').update(body).digest('base64url')}` },
      containment: containmentOf(run),
      session: run.session,
      lease_ms: leaseMs,
    },
  });
  if (!begun.ok) return { ok: false, text: problemText(begun.problem) };
  const { operation } = begun.value;
  const judged = {
    ok: true as const,
    over(outcome: 'done' | 'failed' | 'interrupted' | 'unknown', evidence: string): void {
      held.stop();
      // Only the first word about an operation is kept.
      void deps.settlements.say({ operation: operation.id, credential: run.credential, outcome, evidence });
    },
    onLost: (_: string): void => undefined,
  };
  const held = holdOperation(
    {
      request: run,
      operation,
      askedAt,
      leaseMs,
      onLost: (why) => {
        judged.onLost(why);
      },
    },
    deps,
  );
  return judged;
}

type Message = {
  readonly method: string;
  readonly target: RequestTarget;
  readonly headers: Headers;
  readonly body: Buffer;
};

function exchange(
  { method, target, headers, body }: Message,
  judged: Judged & { readonly ok: true },
  deps: ForwardDeps,
  response: ServerResponse,
  refuse: (status: number, text: string) => void,
): void {
  const { destination, secure, path, authority } = target;
  let cutBecause: string | null = null;
  let received = 0;
  let status = 0;
  let isOver = false;
  let mayHaveArrived = false;
  const onward = (secure ? requestSecure : requestClear)({
    host: destination.host,
    port: destination.port,
    ...(secure ? { servername: destination.host } : {}),
    method,
    path,
    headers: { ...headers, host: authority, ...(body.length > 0 ? { 'content-length': String(body.length) } : {}) },
    lookup: guardedLookup(destination, deps),
    agent: false,
    timeout: silenceLimitMs,
  });
  const open: OpenExchange = {
    cut(why) {
      cutBecause ??= why;
      onward.destroy(new Error(why));
      response.destroy();
    },
  };
  judged.onLost = open.cut;
  deps.exchanges.add(open);
  const over = (error: Error | null): void => {
    if (isOver) return;
    isOver = true;
    deps.exchanges.delete(open);
    const seen = `${method} ${authority}: ${String(body.length)} bytes sent, ${String(received)} received`;
    if (status !== 0 && error === null) judged.over('done', `answered with ${String(status)}; ${seen}`);
    else if (error instanceof AddressRefused) judged.over('failed', error.message);
    else
      judged.over(
        mayHaveArrived ? 'unknown' : 'failed',
        `${cutBecause ?? error?.message ?? 'nobody answered'}; ${seen}`,
      );
  };
  onward.on('socket', (socket) => {
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      mayHaveArrived = true;
    });
  });
  onward.on('response', (answer) => {
    status = answer.statusCode ?? 502;
    response.writeHead(status, answer.statusMessage, headersOf(answer.headers));
    answer.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    answer.on('end', () => {
      over(null);
    });
    answer.on('error', over);
    answer.pipe(response);
  });
  onward.on('timeout', () => onward.destroy(new Error('nobody answered in time')));
  onward.on('error', (error: Error) => {
    over(error);
    if (cutBecause !== null) response.destroy();
    else if (error instanceof AddressRefused) refuse(403, refusalText(error.message));
    else refuse(502, `writ: \`${destination.name}\` cannot be reached: ${error.message}`);
  });
  response.on('close', () => onward.destroy());
  onward.end(body);
}

/** The headers of the message; those its `Connection` names belong to the connection too. */
function headersOf(headers: IncomingHttpHeaders): Headers {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !ofTheConnection.has(name) && !named.includes(name)) kept[name] = value;
  return kept;
}

/** All that was sent; null where it is too much. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  // IncomingMessage yields Buffers while no encoding is set.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
