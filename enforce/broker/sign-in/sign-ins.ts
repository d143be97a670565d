/**
 * The sign-ins of this machine to MCP servers: begun by a person, used and renewed for whoever speaks to such a server. A run never has a token, and a token goes to the
 * server it was given for alone.
 */

import { randomUUID } from 'node:crypto';
import type { AuthorizationServerMetadata } from '@modelcontextprotocol/client';
import type { Answer } from '../../enforcer/answer.ts';
import { done, refuse } from '../../enforcer/answer.ts';
import { readAllowances } from '../../gateway/egress/allowances.ts';
import type { Resolve } from '../../gateway/egress/guarded-lookup.ts';
import { checkedFetch } from './checked-fetch.ts';
import type { SignIn } from './sign-in-file.ts';
import { keepSignIn, readSignIns, whileRenewing } from './sign-in-file.ts';
import type { ClientId, SignInFlow } from './sign-in-flow.ts';
import { beginSignIn } from './sign-in-flow.ts';

export type SignInState =
  | { readonly state: 'waiting' }
  | { readonly state: 'signed_in'; readonly issuer: string }
  | { readonly state: 'failed'; readonly why: string };

export interface SignIns {
  /** Begins one; the person goes to the address. */
  begin(url: string, clientId: ClientId): Promise<Answer<{ readonly id: string; readonly authorizationUrl: string }>>;
  /** What became of one, after at most `waitMs`. */
  state(id: string, waitMs: number): Promise<Answer<SignInState>>;
  /** Who signed in for the server at `url`, null where nobody did. */
  issuerOf(url: string): string | null;
  /** The access token for the server at `url`. */
  token(url: string): string | undefined;
  /** Gets another in the place of the one that was refused. Rejects where only a person can. */
  renew(url: string): Promise<void>;
  forget(url: string): void;
}

type Flow = { readonly flow: SignInFlow; now: SignInState; over: Promise<void> };

/** How many a person may leave waiting. */
const mostWaiting = 8;

/** The sign-ins kept in `dir`. */
export function createSignIns(dir: string, resolve: Resolve): SignIns {
  const flows = new Map<string, Flow>();
  const fetchFor = (url: string) => checkedFetch(new URL(url), { resolve, allowances: () => readAllowances(dir) });
  const find = (url: string): SignIn | undefined => readSignIns(dir).find((one) => one.url === url);

  async function begin(url: string, clientId: ClientId): ReturnType<SignIns['begin']> {
    const [oldest] = flows.keys();
    if (flows.size >= mostWaiting && oldest !== undefined) {
      flows.get(oldest)?.flow.end('another was begun');
      flows.delete(oldest);
    }
    try {
      const flow = await beginSignIn(url, clientId, fetchFor(url));
      const id = randomUUID();
      const one: Flow = { flow, now: { state: 'waiting' }, over: Promise.resolve() };
      flows.set(id, one);
      one.over = kept(flow).then(
        (issuer) => void (one.now = { state: 'signed_in', issuer }),
        (error: unknown) => void (one.now = { state: 'failed', why: wordsOf(error) }),
      );
      return done({ id, authorizationUrl: flow.authorizationUrl });
    } catch (error) {
      return refuse('sign_in_failed', 502, `\`${url}\` cannot be signed in to: ${wordsOf(error)}`, null);
    }
  }

  /** Waits for the person, and keeps what was given. Who gave it. */
  async function kept({ signedIn }: SignInFlow): Promise<string> {
    const given = await signedIn;
    keepSignIn(dir, given.url, given);
    return given.issuer;
  }

  async function renew(url: string): Promise<void> {
    const used = find(url)?.tokens.access_token;
    if (used === undefined) throw new SignInNeeded();
    await whileRenewing(dir, async () => {
      const now = find(url);
      if (now === undefined) throw new SignInNeeded();
      if (now.tokens.access_token !== used) return; // somebody else did
      const { refresh_token: refreshToken } = now.tokens;
      if (refreshToken === undefined) throw new SignInNeeded();
      const { OAuthError, refreshAuthorization } = await import('@modelcontextprotocol/client');
      try {
        const tokens = await refreshAuthorization(now.issuer, {
          // As its authorization server published it, and as the library read it.
          metadata: now.metadata as unknown as AuthorizationServerMetadata,
          clientInformation: now.client,
          refreshToken,
          resource: now.resource,
          fetchFn: fetchFor(url),
        });
        keepSignIn(dir, url, { ...now, tokens, at: Date.now() });
      } catch (error) {
        // Away is not over: only a no of the authorization server ends a sign-in.
        if (!(error instanceof OAuthError) || error.code !== 'invalid_grant') throw error;
        keepSignIn(dir, url, null);
        throw new SignInNeeded();
      }
    });
  }

  return {
    begin,
    async state(id, waitMs) {
      const one = flows.get(id);
      if (one === undefined) return refuse('not_found', 404, `there is no sign-in \`${id}\``, null);
      if (one.now.state === 'waiting') await Promise.race([one.over, later(waitMs)]);
      return done(one.now);
    },
    issuerOf: (url) => find(url)?.issuer ?? null,
    token: (url) => find(url)?.tokens.access_token,
    renew,
    forget: (url) => keepSignIn(dir, url, null),
  };
}

/** Only a person can go on from here. */
export class SignInNeeded extends Error {
  override readonly name = 'SignInNeeded';
  constructor() {
    super('it wants a person to sign in');
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const later = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
