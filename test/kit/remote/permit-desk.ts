/**
 * The part of control a sink meets, and no more: it publishes a key, signs permits with it and lets each be used once. A real HTTP server
 * on a free loopback port; for tests of sinks and remotes that need no mandates.
 */

import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import canonicalize from 'canonicalize';
import { CompactSign, calculateJwkThumbprint, compactVerify, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey } from 'jose';

export type Wanted = {
  readonly action: string;
  readonly resource: string;
  readonly parameters: Readonly<Record<string, unknown>>;
};

export type PermitDesk = {
  readonly url: string;
  /** What a sink must bring. */
  readonly token: string;
  /** A permit for this and nothing else. `expiresInS` and `typ` are for permits that are wrong. */
  issue(
    wanted: Wanted,
    wrong?: { readonly expiresInS?: number; readonly typ?: string; readonly key?: CryptoKey },
  ): Promise<string>;
  /** From now on no permit issued so far is current. */
  revoke(): void;
  /** Answers redeem with nothing until the connection gives up. */
  fallSilent(): void;
  /** The questions redeem was asked. */
  readonly asked: readonly Wanted[];
} & AsyncDisposable;

type Issued = {
  readonly digest: string;
  readonly action: string;
  readonly resource: string;
  state: 'current' | 'used' | 'revoked';
};

export async function startPermitDesk(): Promise<PermitDesk> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA');
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  const token = randomUUID();
  const issued = new Map<string, Issued>();
  const asked: Wanted[] = [];
  let silent = false;

  async function redeem(body: Wanted & { readonly permit: string }): Promise<unknown> {
    asked.push({ action: body.action, resource: body.resource, parameters: body.parameters });
    const { payload } = await compactVerify(body.permit, publicKey);
    const { jti } = JSON.parse(new TextDecoder().decode(payload)) as { jti: string };
    const permit = issued.get(jti);
    const no = (reason: string): unknown => ({ current: false, reason, operation: jti, mandate: 'm-1' });
    if (permit === undefined) return no('there is no such operation');
    if (permit.state !== 'current') return no(`the permit is ${permit.state}`);
    if (permit.action !== body.action || permit.resource !== body.resource)
      return no('the permit is for something else');
    if (permit.digest !== digest(body.parameters)) return no('the parameters are not those of the permit');
    permit.state = 'used';
    return { current: true, reason: '', operation: jti, mandate: 'm-1' };
  }

  const server = createServer((request, response) => {
    const reply = (status: number, body: unknown): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.method === 'GET' && request.url === '/.well-known/jwks.json')
      return reply(200, { keys: [{ ...jwk, kid, alg: 'EdDSA', use: 'sig', writ_use: 'permit' }], epoch: 1 });
    if (request.method !== 'POST' || request.url !== '/v1/permits/redeem') return reply(404, {});
    if (request.headers.authorization !== `Bearer ${token}`) return reply(401, {});
    if (silent) return;
    void readJson(request)
      .then(redeem)
      .then(
        (answer) => reply(200, answer),
        () => reply(400, {}),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the desk has no port');

  return {
    url: `http://127.0.0.1:${address.port}`,
    token,
    asked,
    async issue({ action, resource, parameters }, wrong = {}) {
      const jti = `op-${randomUUID()}`;
      issued.set(jti, { action, resource, digest: digest(parameters), state: 'current' });
      const now = Math.floor(Date.now() / 1_000);
      const claims = {
        iss: 'urn:writ:control',
        jti,
        sub: 'a',
        iat: now,
        exp: now + (wrong.expiresInS ?? 60),
        mandate: 'm-1',
        action,
        resource,
      };
      const header = { alg: 'EdDSA', typ: wrong.typ ?? 'writ-permit+jwt', kid };
      const payload = { ...claims, epochs: [], parameter_digest: digest(parameters), single_use: true };
      return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
        .setProtectedHeader(header)
        .sign(wrong.key ?? privateKey);
    },
    revoke() {
      for (const permit of issued.values()) if (permit.state === 'current') permit.state = 'revoked';
    },
    fallSilent() {
      silent = true;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const digest = (value: unknown): string =>
  createHash('sha256')
    .update(canonicalize(value) ?? 'null')
    .digest('base64url');

async function readJson(request: IncomingMessage): Promise<Wanted & { readonly permit: string }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Wanted & { readonly permit: string };
}
