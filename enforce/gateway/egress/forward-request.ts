/**
 * One request that names its whole address, at the gate: judged by method, host and path, given its credential, and made from here. A call of a model is counted besides, and
 * refused in the words its provider would use.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CredentialStore } from '../../broker/credentials/credential-store.ts';
import type { Verdicts } from '../../client/verdicts.ts';
import type { DoorHolder } from '../door-holder.ts';
import type { ModelAccount } from '../model/model-account.ts';
import { openModelAccount } from '../model/model-account.ts';
import type { ModelCall, ModelFormat } from '../model/model-call.ts';
import { modelFormat, readModelCall, refusedCall } from '../model/model-call.ts';
import { credentialled } from './credentialled.ts';
import type { RequestTarget } from './egress-target.ts';
import { requestTarget } from './egress-target.ts';
import type { OpenExchange } from './exchange.ts';
import { exchange, headersOf } from './exchange.ts';
import type { LookupGuard } from './guarded-lookup.ts';
import { checkKnown, whyNowhere } from './guarded-lookup.ts';
import type { Judged } from './judged-request.ts';
import { beginSending, judgeRead } from './judged-request.ts';
import { refusalText } from './refusal-text.ts';
import type { RunPassages, RunPassagesDeps } from './run-passages.ts';

export type ForwardDeps = RunPassagesDeps &
  LookupGuard & {
    readonly verdicts: Verdicts;
    readonly credentials: Pick<CredentialStore, 'of'>;
    readonly passages: RunPassages;
    readonly exchanges: Set<OpenExchange>;
    readonly closedBecause: () => string | null;
  };

/** The most that is sent in one request, in bytes: it is held until it was judged. */
const maxBodyBytes = 32 * 1024 * 1024;

/** Judges and makes it. */
export async function forwardRequest(
  holder: DoorHolder,
  address: string,
  deps: ForwardDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET' } = request;
  const format = modelFormat(method, URL.parse(address)?.pathname ?? '');
  const refuse = refuser(response, format);
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
  // Nobody is asked about what no yes would open.
  const nowhere = whyNowhere(target.destination, deps);
  if (nowhere !== undefined) deps.onRefused(target, nowhere);
  const closed = nowhere ?? deps.closedBecause();
  if (closed !== null) {
    refuse(403, refusalText(closed));
    return;
  }
  const call = format === null ? null : readModelCall(format, target.path, body);
  const judged = await judge(holder, { target, method, address, body, call }, deps);
  if (!judged.ok) {
    refuse(403, judged.text);
    return;
  }
  const { permitted, account } = judged;
  const headers = await ready(holder, target, deps, headersOf(request.headers));
  // INVARIANT: nothing is sent for a run that was stopped while it was asked about.
  const stopped = deps.closedBecause();
  if (stopped !== null || !headers.ok) {
    const why = stopped ?? (headers.ok ? '' : headers.why);
    permitted.over(stopped === null ? 'failed' : 'interrupted', `${why}; nothing was sent`, {
      tokens: 0,
      source: 'reported',
    });
    refuse(403, refusalText(why));
    return;
  }
  const model = call === null || account === null ? null : { format: call.format, account };
  const { secrets } = headers;
  const message = { method, target, headers: headers.headers, secrets, body: call?.body ?? body, model };
  exchange(message, permitted, response, {
    ...deps,
    onFailed: (why, isRefused) => {
      if (isRefused) refuse(403, refusalText(why));
      else refuse(502, `writ: \`${target.destination.name}\` cannot be reached: ${why}`);
    },
  });
}

type Asked = {
  readonly target: RequestTarget;
  readonly method: string;
  readonly address: string;
  readonly body: Buffer;
  readonly call: ModelCall | null;
};

type JudgedCall =
  | { readonly ok: false; readonly text: string }
  | { readonly ok: true; readonly permitted: Judged & { readonly ok: true }; readonly account: ModelAccount | null };

async function judge(
  holder: DoorHolder,
  { target, method, address: url, body, call }: Asked,
  deps: ForwardDeps,
): Promise<JudgedCall> {
  if (call === null) {
    const { action } = target;
    const judged =
      action === 'http.get'
        ? await judgeRead(holder, target, deps)
        : await beginSending(holder, { target, action, method, url, body, estimate: null }, deps);
    return judged.ok ? { ok: true, permitted: judged, account: null } : judged;
  }
  const opened = await openModelAccount(deps.control, holder.mandate, call);
  if (!opened.ok) return { ok: false, text: refusalText(opened.why) };
  const { account } = opened;
  const judged = await beginSending(
    holder,
    { target, action: 'model.call', method, url, body, estimate: account.estimate },
    deps,
  );
  return judged.ok ? { ok: true, permitted: judged, account } : judged;
}

/** The headers to send, once it is known that something may be sent there. */
async function ready(
  holder: DoorHolder,
  target: RequestTarget,
  deps: ForwardDeps,
  headers: ReturnType<typeof headersOf>,
): ReturnType<typeof credentialled> {
  try {
    checkKnown(target.destination, deps);
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
  return credentialled(holder, target, headers, deps);
}

/** Answers with a refusal: in the provider's shape for a call of a model, else as text. */
const refuser =
  (response: ServerResponse, format: ModelFormat | null) =>
  (status: number, text: string): void => {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const said =
      format !== null && status === 403
        ? { ...refusedCall(format, text), type: 'application/json' }
        : { status, body: `${text}\n`, type: 'text/plain; charset=utf-8' };
    response.writeHead(said.status, {
      'proxy-status': 'writ; error=http_request_denied',
      'content-type': said.type,
      'x-content-type-options': 'nosniff',
    });
    response.end(said.body);
  };

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
