/**
 * Where control may fetch from on somebody's word: public addresses, and those an admin allowed by name.
 *
 * It refuses addresses of this machine, of private networks, of clouds' metadata, and every way to write one of them as something else. It is asked
 * about the address a connection is made to, not about the name it was found by.
 */

import { isIP } from 'node:net';
import { isPublicAddress } from '@writ/protocol';

/** Why a connection to `address` is not made, or undefined. `allowed`: addresses that were allowed although they are not public. */
export function whyNotConnected(address: string, allowed: readonly string[]): string | undefined {
  if (isIP(address) === 0) return `\`${address}\` is no address`;
  if (allowed.includes(address)) return undefined;
  return isPublicAddress(address) ? undefined : `\`${address}\` is not a public address`;
}

/** Why nothing is fetched from `url`, whatever its name leads to, or undefined. */
export function whyUnfetchable(url: string, allowed: readonly string[]): string | undefined {
  if (!URL.canParse(url)) return `\`${url}\` is no URL`;
  const { protocol, hostname, username, password, hash } = new URL(url);
  if (username !== '' || password !== '')
    return `\`${hostname}\` is asked for with a name or password in the URL; leave it out`;
  if (hash !== '') return 'the URL has a fragment, which is never sent; leave it out';
  const literal = hostname.replace(/^\[(.*)\]$/, '$1');
  const why = isIP(literal) === 0 ? undefined : whyNotConnected(literal, allowed);
  if (why !== undefined) return `${why}; allow it by name if it is meant`;
  if (protocol === 'https:') return undefined;
  // Without TLS only where nobody is in between.
  if (protocol === 'http:' && isLoopback(literal) && allowed.includes(literal)) return undefined;
  return 'keys are fetched over https, or over http from a loopback address that was allowed by name';
}

/** Why a text is no address that could be allowed, or undefined. */
export const whyNoAddress = (text: string): string | undefined =>
  isIP(text) === 0 ? `\`${text}\` is no address; allow one such as \`127.0.0.1\`` : undefined;

const isLoopback = (address: string): boolean =>
  address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
