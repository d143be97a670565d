/**
 * Fetches a small JSON document from a place somebody named, without becoming their way into this network.
 *
 * It refuses, at the moment of the connection, every address that may not be reached; a name that leads to one such address among others; and it
 * follows no redirect. The addresses that were looked up are the ones connected to: a name that leads elsewhere a moment later changes nothing.
 */

import { lookup as systemLookup } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { request as requestHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { whyNotConnected, whyUnfetchable } from './fetch-target.ts';

/** How a name is resolved to all of its addresses. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export type GuardedFetchOptions = {
  /** Addresses that may be reached although they are not public. */
  readonly addresses: readonly string[];
  readonly signal: AbortSignal;
  /** Default: the system's. */
  readonly resolve?: Resolve;
};

/** The largest document taken, in bytes. */
const maxBytes = 65_536;
const timeoutMs = 5_000;

/** Why something was not fetched. */
export class FetchRefused extends Error {
  override readonly name = 'FetchRefused';
}

/** The text of the document. Rejects with a `FetchRefused`, or with what went wrong underway. */
export async function guardedFetch(url: string, options: GuardedFetchOptions): Promise<string> {
  const why = whyUnfetchable(url, options.addresses);
  if (why !== undefined) throw new FetchRefused(why);
  const response = await answerOf(new URL(url), options);
  if (response.statusCode !== 200) {
    response.destroy();
    throw new FetchRefused(`it answers ${String(response.statusCode)}, and only 200 is taken: no redirect is followed`);
  }
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response) {
    // No encoding is set, so parts are bytes.
    const bytes = part as Buffer;
    size += bytes.length;
    if (size > maxBytes) {
      response.destroy();
      throw new FetchRefused(`it is larger than ${String(maxBytes)} bytes`);
    }
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}

function answerOf(url: URL, { addresses, signal, resolve }: GuardedFetchOptions): Promise<IncomingMessage> {
  const { promise, resolve: answered, reject } = Promise.withResolvers<IncomingMessage>();
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const request = send(url, {
    // A connection of its own: one that is kept could lead to where it led before.
    agent: false,
    headers: { accept: 'application/jwk-set+json, application/json' },
    lookup: guardedLookup(addresses, resolve ?? systemLookup),
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  request.on('socket', (socket) => {
    socket.once('connect', () => {
      // An address that was written into the URL was never looked up.
      const why = whyNotConnected(socket.remoteAddress ?? '', addresses);
      if (why !== undefined) request.destroy(new FetchRefused(why));
    });
  });
  request.once('response', answered);
  request.once('error', reject);
  request.end();
  return promise;
}

/** A lookup that gives addresses only when every one of them may be reached. */
const guardedLookup =
  (allowed: readonly string[], resolve: Resolve): LookupFunction =>
  (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      const why =
        error === null
          ? addresses.map(({ address }) => whyNotConnected(address, allowed)).find((one) => one !== undefined)
          : undefined;
      if (error !== null || first === undefined) done(error ?? new FetchRefused(`\`${hostname}\` has no address`), []);
      else if (why !== undefined)
        done(new FetchRefused(`\`${hostname}\` leads to where nothing is fetched from: ${why}`), []);
      else if (options.all === true) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
