/** A transmitter of Shared Signals for tests: keys, tokens signed with them, and a server that publishes its keys. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CryptoKey, JWK } from 'jose';
import { CompactSign, exportJWK, generateKeyPair } from 'jose';

export const issuer = 'https://idp.example.com/123456789/';
export const audience = 'https://writ.example.com/caep';
export const caep = 'https://schemas.openid.net/secevent/caep/event-type/';
export const risc = 'https://schemas.openid.net/secevent/risc/event-type/';
export const ssf = 'https://schemas.openid.net/secevent/ssf/event-type/';

export type Signer = { readonly jwk: JWK; readonly key: CryptoKey; readonly alg: string; readonly kid: string };

/** A new key pair; its public half is what a transmitter publishes. */
export async function signer(kid: string, alg = 'RS256'): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }, key: privateKey, alg, kid };
}

let tokens = 0;

/** The claims of a token of about `now` (epoch milliseconds) about `sub_id`. */
export const claims = (now: number, event: string, subId: object, body: object = {}, more: object = {}) => ({
  iss: issuer,
  jti: `24c63fb56e5a2d77a6b512616ca9fa${String(tokens++)}`,
  iat: Math.floor(now / 1_000),
  aud: audience,
  txn: '8675309',
  sub_id: subId,
  events: { [event]: { event_timestamp: Math.floor(now / 1_000), ...body } },
  ...more,
});

/** Signs claims, or a text in their place. */
export const signed = async (
  { key, alg, kid }: Signer,
  payload: object | string,
  header: object = {},
): Promise<string> =>
  new CompactSign(new TextEncoder().encode(typeof payload === 'string' ? payload : JSON.stringify(payload)))
    .setProtectedHeader({ alg, kid, typ: 'secevent+jwt', ...header })
    .sign(key);

/** A server on this machine. */
export async function serving(listener: RequestListener) {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // It listens on a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    port,
    onConnection: (heard: () => void) => server.on('connection', heard),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
