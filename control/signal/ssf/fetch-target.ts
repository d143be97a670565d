/**
 * Where control may fetch from on somebody's word: public addresses, and those an admin allowed by name.
 *
 * It refuses addresses of this machine, of private networks, of clouds' metadata, and every way to write one of them as something else. It is asked
 * about the address a connection is made to, not about the name it was found by.
 */

import { BlockList, isIP } from 'node:net';

/** Not public, by the registries of RFC 6890 and RFC 8190, and the mappings that hide an IPv4 address in an IPv6 one. */
const ipv4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];
const ipv6: readonly (readonly [string, number])[] = [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

/** One list for each family: in one of both, the mapping of IPv4 into IPv6 would hold every IPv4 address. */
const notPublic = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [net, bits] of ipv4) notPublic.ipv4.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of ipv6) notPublic.ipv6.addSubnet(net, bits, 'ipv6');

/** Why a connection to `address` is not made, or undefined. `allowed`: addresses that were allowed although they are not public. */
export function whyNotConnected(address: string, allowed: readonly string[]): string | undefined {
  const family = isIP(address);
  if (family === 0) return `\`${address}\` is no address`;
  if (allowed.includes(address)) return undefined;
  const name = family === 4 ? 'ipv4' : 'ipv6';
  return notPublic[name].check(address, name) ? `\`${address}\` is not a public address` : undefined;
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
