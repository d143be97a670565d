/**
 * Which addresses are public: everything the registries of special-purpose addresses (RFC 6890, RFC 8190), and a cloud for a machine's own services, do not set aside, and no mapping that hides an
 * IPv4 address in an IPv6 one. It resolves nothing: it is asked about the address a connection is made to, not about the name it was found by.
 */

import { BlockList, isIP } from 'node:net';

const ipv4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  // Azure's own services of a machine, metadata among them.
  ['168.63.129.16', 32],
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
  // IPv4 translated (RFC 2765).
  ['::ffff:0:0:0', 96],
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

/** Whether `address` is a public one; what is no address is not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  const name = family === 4 ? 'ipv4' : 'ipv6';
  return !notPublic[name].check(address, name);
}
