/**
 * The authorization server of the door for agents outside: as much of OAuth 2.1 as an unmodified MCP client needs to come to a token. Metadata (RFC 8414), registration
 * (RFC 7591), a code with PKCE (RFC 7636) for one server (RFC 8707), with the issuer named (RFC 9207); the token is bound to the key of a client that proves to hold one (RFC 9449).
 *
 * It approves nothing: its page shows a word, and a person answers at a terminal, with their own credential at control, by `writ mcp pass`. It refuses clients that
 * would have a code brought anywhere but to this machine or over TLS, and a code that comes twice.
 */

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { proofAlgorithms } from '@writ/protocol';
import { z } from 'zod';
import { addressOf, headerOf, sendJson, textOf } from './http-answers.ts';
import type { KeyProof, KeyProofs } from './key-proofs.ts';

/** Somebody at the door who waits for a person. */
export type Waiting = { readonly word: string; readonly server: string; readonly name: string };

export interface Authorization {
  /** Answers a request that is for it; false for one that is not. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** Who waits under `word`. */
  waiting(word: string): Waiting | undefined;
  /** Lets who waits under `word` have `token`. */
  grant(word: string, given: Given): void;
}

export type Given = {
  readonly expiresAt: number;
  /** The token, bound to the key of this thumbprint where it is not null; null where there is none any more. */
  readonly token: (jkt: string | null) => Promise<string | null>;
};

type Client = { readonly name: string; readonly redirects: readonly string[] };
type Asked = Waiting & {
  readonly client: string;
  readonly redirect: string;
  readonly state: string | null;
  readonly challenge: string;
  readonly resource: string;
  /** The thumbprint of the key that its code counts with alone (RFC 9449 §10); null where it counts with any, or none. */
  readonly jkt: string | null;
  readonly until: number;
  given: Given | null;
};

const maxBody = 16_384;
const mostClients = 200;
const mostWaiting = 20;
/** How long a person has, and how long a code counts, milliseconds. */
const waitMs = 10 * 60_000;
const codeMs = 60_000;

const registration = z.object({
  client_name: z.string().max(128).default('an agent'),
  redirect_uris: z.array(z.string().max(2_048)).min(1).max(8),
});

export type AuthorizationDeps = {
  /** The door's own address. */
  readonly issuer: string;
  /** The MCP server whose tokens are for `resource`. */
  readonly serverAt: (resource: string) => string | undefined;
  readonly proofs: KeyProofs;
  readonly now: () => number;
};

export function createAuthorization({ issuer, serverAt, proofs, now }: AuthorizationDeps): Authorization {
  const clients = new Map<string, Client>();
  const asking = new Map<string, Asked>();
  const codes = new Map<string, { readonly asked: Asked; readonly given: Given; readonly until: number }>();
  const newest = <V>(map: Map<string, V>, most: number): void => {
    for (const oldest of map.keys()) {
      if (map.size <= most) return;
      map.delete(oldest);
    }
  };
  const live = (id: string): Asked | undefined => {
    const found = asking.get(id);
    return found !== undefined && now() < found.until ? found : undefined;
  };

  async function register(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const read = registration.safeParse(jsonOf((await textOf(request, maxBody)) ?? ''));
    if (!read.success || !read.data.redirect_uris.every(mayHaveCode))
      return sendJson(response, 400, {
        error: read.success ? 'invalid_redirect_uri' : 'invalid_client_metadata',
        error_description: 'codes are brought to a loopback address or over https',
      });
    const id = randomUUID();
    const { client_name: name, redirect_uris: redirects } = read.data;
    clients.set(id, { name, redirects });
    newest(clients, mostClients);
    const registered = { client_id: id, client_name: name, redirect_uris: redirects };
    return sendJson(response, 201, {
      ...registered,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      response_types: ['code'],
    });
  }

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const of = (name: string): string => query.get(name) ?? '';
    const client = clients.get(of('client_id'));
    const redirect = of('redirect_uri');
    // INVARIANT: nobody is sent to an address that was not registered, not even with an error.
    if (client === undefined || !client.redirects.some((known) => isSameRedirect(known, redirect)))
      return page(response, 400, 'This client is not known here, or wants its answer brought elsewhere.');
    const state = query.get('state');
    const back = (error: string): void => sendBack(response, redirect, { error, state, iss: issuer });
    const server = serverAt(of('resource'));
    if (of('response_type') !== 'code') return back('unsupported_response_type');
    if (server === undefined) return back('invalid_target');
    if (of('code_challenge_method') !== 'S256' || !isDigest(of('code_challenge'))) return back('invalid_request');
    const jkt = query.get('dpop_jkt');
    if (jkt !== null && !isDigest(jkt)) return back('invalid_request');
    const id = randomUUID();
    const word = wordOf(randomBytes(8));
    asking.set(id, {
      ...{ word, server, name: client.name, client: of('client_id'), redirect, state, given: null },
      ...{ challenge: of('code_challenge'), resource: of('resource'), jkt, until: now() + waitMs },
    });
    newest(asking, mostWaiting);
    response.writeHead(303, { location: `/waiting/${id}` }).end();
  }

  function wait(id: string, response: ServerResponse): void {
    const asked = live(id);
    if (asked === undefined) return page(response, 404, 'Nobody waits here any more.');
    if (asked.given === null) {
      const { name, server, word } = asked;
      return page(
        response,
        200,
        `<b>${escaped(name)}</b> wants to use <b>${escaped(server)}</b>. A person allows it, under a mandate of theirs, at a terminal:`,
        `writ mcp pass ${escaped(server)} --mandate ID --for ${word}`,
      );
    }
    asking.delete(id);
    const code = randomBytes(32).toString('base64url');
    codes.set(code, { asked, given: asked.given, until: now() + codeMs });
    newest(codes, mostWaiting);
    return sendBack(response, asked.redirect, { code, state: asked.state, iss: issuer });
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams((await textOf(request, maxBody)) ?? '');
    const of = (name: string): string => form.get(name) ?? '';
    const no = (error: string): void => sendJson(response, 400, { error });
    if (of('grant_type') !== 'authorization_code') return no('unsupported_grant_type');
    // Before the code, which counts once: who is told of the nonce comes again.
    const key = await keyOf(request);
    if (key?.ok === false)
      return sendJson(
        response,
        400,
        { error: key.error, error_description: key.why },
        { 'dpop-nonce': proofs.nonce() },
      );
    const jkt = key?.jkt ?? null;
    const found = codes.get(of('code'));
    codes.delete(of('code')); // once, whoever brought it
    if (found === undefined || now() >= found.until) return no('invalid_grant');
    const { asked, given } = found;
    const verified = createHash('sha256').update(of('code_verifier')).digest('base64url') === asked.challenge;
    if (!verified || of('client_id') !== asked.client || of('redirect_uri') !== asked.redirect)
      return no('invalid_grant');
    if (asked.jkt !== null && asked.jkt !== jkt) return no('invalid_grant');
    if (of('resource') !== asked.resource) return no('invalid_target');
    const token = await given.token(jkt);
    if (token === null) return no('invalid_grant');
    const seconds = Math.floor((given.expiresAt - now()) / 1_000);
    const type = jkt === null ? 'Bearer' : 'DPoP';
    sendJson(response, 200, { access_token: token, token_type: type, expires_in: seconds });
  }

  /** Of the key that a request for a token proves to hold; null where it proves nothing. */
  async function keyOf(request: IncomingMessage): Promise<KeyProof | null> {
    const proof = headerOf(request, 'dpop');
    return proof === undefined ? null : proofs.verify(proof, { method: 'POST', url: addressOf(request), token: null });
  }

  return {
    async answer(request, response) {
      const { pathname, searchParams } = new URL(request.url ?? '/', issuer);
      const what = `${request.method ?? ''} ${pathname}`;
      if (what === 'GET /.well-known/oauth-authorization-server') sendJson(response, 200, metadataOf(issuer));
      else if (what === 'POST /register') await register(request, response);
      else if (what === 'GET /authorize') authorize(searchParams, response);
      else if (what.startsWith('GET /waiting/')) wait(pathname.slice('/waiting/'.length), response);
      else if (what === 'POST /token') await token(request, response);
      else return false;
      return true;
    },
    waiting: (word) => [...asking.values()].find((one) => one.word === word && now() < one.until && one.given === null),
    grant(word, given) {
      for (const asked of asking.values()) if (asked.word === word) asked.given = given;
    },
  };
}

const metadataOf = (issuer: string): object => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  registration_endpoint: `${issuer}/register`,
  response_types_supported: ['code'],
  grant_types_supported: ['authorization_code'],
  token_endpoint_auth_methods_supported: ['none'],
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
  dpop_signing_alg_values_supported: proofAlgorithms,
});

/** A SHA-256 digest in base64url: a code challenge, a thumbprint. */
const isDigest = (text: string): boolean => /^[\w-]{43}$/.test(text);

/** Loopback or TLS (MCP 2026-07-28, Communication Security). */
function mayHaveCode(uri: string): boolean {
  const url = URL.parse(uri);
  return url !== null && url.hash === '' && (url.protocol === 'https:' || isLoopback(url));
}

const isLoopback = ({ protocol, hostname }: URL): boolean =>
  protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);

/** Exactly the same, but for the port of a loopback address (RFC 8252 §7.3). */
function isSameRedirect(known: string, asked: string): boolean {
  if (known === asked) return true;
  const [a, b] = [URL.parse(known), URL.parse(asked)];
  if (a === null || b === null || !isLoopback(a) || !isLoopback(b)) return false;
  a.port = b.port;
  return a.href === b.href;
}

function sendBack(response: ServerResponse, redirect: string, given: Readonly<Record<string, string | null>>): void {
  const url = new URL(redirect);
  for (const [name, value] of Object.entries(given)) if (value !== null) url.searchParams.set(name, value);
  response.writeHead(302, { location: url.href, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }).end();
}

/** A page that does nothing and loads nothing; with `command`, it looks again every two seconds. `html` is escaped already. */
function page(response: ServerResponse, status: number, html: string, command?: string): void {
  const refresh = command === undefined ? '' : '<meta http-equiv="refresh" content="2">';
  const shown = command === undefined ? '' : `<pre>${command}</pre>`;
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    })
    .end(`<!doctype html><meta charset="utf-8">${refresh}<title>Writ</title><p>${html}</p>${shown}\n`);
}

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"'\p{Cc}]/gu, (sign) => `&#${String(sign.codePointAt(0))};`);

/** A word that is easy to type and hard to guess: 40 bits, without signs that look alike. */
const wordOf = (bytes: Uint8Array): string =>
  [...bytes]
    .map((byte) => '23456789BCDFGHJKLMNPQRSTVWXYZ'.charAt(byte % 29))
    .join('')
    .replace(/^.{4}/, '$&-');

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
