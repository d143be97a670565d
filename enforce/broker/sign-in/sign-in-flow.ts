/**
 * One sign-in of a person to an MCP server that wants OAuth (MCP 2026-07-28, Authorization): what the server and its authorization server say of themselves (RFC 9728,
 * RFC 8414), an authorization code with PKCE for that server alone (RFC 8707), brought back to a loopback port of this machine (RFC 8252).
 *
 * The steps are those of the protocol's own client library. Beyond what it refuses, this refuses a server that does not say what tokens are for, an
 * authorization server that does not say it does PKCE, an answer without this flow's `state`, and one that names another issuer (RFC 9207).
 */

import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { AuthorizationServerMetadata, FetchLike, OAuthClientProvider } from '@modelcontextprotocol/client';
import type { OAuthDiscoveryState } from '@modelcontextprotocol/client';
import { http } from '../../node-http.ts';
import type { SignIn } from './sign-in-file.ts';

/** How this installation is known to an authorization server: by an id it was given, by the address of its metadata, or by registering itself (null). */
export type ClientId = string | null;

export interface SignInFlow {
  /** Where the person goes. */
  readonly authorizationUrl: string;
  /** Resolves with what was given; rejects with why nothing was. */
  readonly signedIn: Promise<SignIn>;
  /** Nobody waits any more. */
  readonly end: (why: string) => void;
}

/** How long a person has, milliseconds. */
export const signInLimitMs = 10 * 60_000;

/** Begins a sign-in to the server at `url`. Rejects where it cannot begin. */
export async function beginSignIn(url: string, clientId: ClientId, fetchFn: FetchLike): Promise<SignInFlow> {
  const { auth } = await import('@modelcontextprotocol/client');
  const state = randomBytes(32).toString('base64url');
  const callback = await listenForCallback(state);
  const provider = await providerOf(callback.url, state, clientId);
  try {
    const began = await auth(provider.client, { serverUrl: url, fetchFn });
    const { authorizationUrl } = provider.kept;
    if (began !== 'REDIRECT' || authorizationUrl === null) throw new Error('it wants no person to sign in');
    const signedIn = callback.came.then(async ({ code, iss }) => {
      await auth(provider.client, { serverUrl: url, authorizationCode: code, iss, fetchFn });
      return provider.signIn(url);
    });
    signedIn.finally(callback.close).catch(() => undefined); // whoever waits is told
    return { authorizationUrl, signedIn, end: callback.end };
  } catch (error) {
    callback.end('it could not begin');
    callback.close();
    throw error;
  }
}

/** What the library hands over on its way. */
type Kept = {
  authorizationUrl: string | null;
  verifier: string;
  discovery: OAuthDiscoveryState | undefined;
  client: SignIn['client'] | undefined;
  tokens: SignIn['tokens'] | undefined;
};

async function providerOf(redirectUrl: string, state: string, clientId: ClientId) {
  const { checkResourceAllowed, isHttpsUrl } = await import('@modelcontextprotocol/client');
  const isDocument = clientId !== null && isHttpsUrl(clientId);
  const kept: Kept = {
    authorizationUrl: null,
    verifier: '',
    discovery: undefined,
    client: clientId === null || isDocument ? undefined : { client_id: clientId },
    tokens: undefined,
  };
  const client: OAuthClientProvider = {
    redirectUrl,
    ...(isDocument && { clientMetadataUrl: clientId }),
    clientMetadata: {
      client_name: 'Writ',
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    state: () => state,
    clientInformation: () => kept.client,
    saveClientInformation: (given) => void (kept.client = given),
    tokens: () => kept.tokens,
    saveTokens: (given) => void (kept.tokens = given),
    redirectToAuthorization: ({ href }) => void (kept.authorizationUrl = href),
    saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    codeVerifier: () => kept.verifier,
    discoveryState: () => kept.discovery,
    saveDiscoveryState(found) {
      // INVARIANT: a token that is not for one server could be used at another.
      if (found.resourceMetadata === undefined) throw new Error('it does not say what its tokens are for (RFC 9728)');
      doesPkce(found.authorizationServerMetadata);
      kept.discovery = found;
    },
    validateResourceURL(server, resource = '') {
      if (!URL.canParse(resource) || !checkResourceAllowed({ requestedResource: server, configuredResource: resource }))
        throw new Error(`it wants tokens for \`${resource}\`, which it is not`);
      return Promise.resolve(new URL(resource));
    },
  };
  const signIn = (url: string): SignIn => {
    const { discovery, client: known, tokens } = kept;
    const metadata = discovery?.authorizationServerMetadata;
    const resource = discovery?.resourceMetadata?.resource;
    if (metadata === undefined || resource === undefined || known === undefined || tokens === undefined)
      throw new Error('no token was given');
    if (tokens.token_type.toLowerCase() !== 'bearer')
      throw new Error(`it gives tokens of a kind that is not used here: \`${tokens.token_type}\``);
    return { url, resource, issuer: metadata.issuer, metadata, client: known, tokens, at: Date.now() };
  };
  return { client, kept, signIn };
}

/** One that does not say so is not asked: a code could be stolen on its way (MCP 2026-07-28, Authorization Code Protection). */
function doesPkce(metadata: AuthorizationServerMetadata | undefined): void {
  if (metadata?.code_challenge_methods_supported?.includes('S256') !== true)
    throw new Error('its authorization server does not say that it does PKCE with S256');
}

type Callback = { readonly code: string; readonly iss: string | undefined };

/** Listens on a free loopback port for the answer that carries `state`; another's is not this flow's. */
async function listenForCallback(state: string) {
  const came = Promise.withResolvers<Callback>();
  came.promise.catch(() => undefined); // it may end before anybody waits
  const server = http.createServer((request, response) => {
    const url = URL.parse(request.url ?? '/', 'http://callback');
    const say = (status: number, text: string): void =>
      void response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(text);
    if (url?.pathname !== '/callback' || request.method !== 'GET') return say(404, 'There is nothing here.\n');
    const given = url.searchParams;
    if (!isSame(given.get('state') ?? '', state)) return say(400, 'This is not the answer that is waited for.\n');
    const [code, refusal] = [given.get('code'), given.get('error')];
    if (code === null || refusal !== null) {
      came.reject(new Error(`it was refused: ${shown(refusal ?? 'no code came')}`));
      return say(200, 'It was refused. You can close this page.\n');
    }
    came.resolve({ code, iss: given.get('iss') ?? undefined });
    say(200, 'You can close this page and go back to the terminal.\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('there is no port for the answer');
  const end = (why: string): void => came.reject(new Error(why));
  const timer = setTimeout(() => end('nobody signed in in time'), signInLimitMs).unref();
  return {
    url: `http://127.0.0.1:${String(address.port)}/callback`,
    came: came.promise,
    end,
    close: (): void => {
      clearTimeout(timer);
      server.close();
      server.closeIdleConnections();
    },
  };
}

/** An error code of RFC 6749 has no other signs. */
const shown = (code: string): string => code.replaceAll(/[^A-Za-z0-9_. -]/g, '?').slice(0, 64);

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
