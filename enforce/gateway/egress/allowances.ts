/**
 * Addresses that are not public and may be reached all the same, by a mandate that covers them: a model on this machine, a server of one's own network. A person
 * writes them down, in Writ's state, which no contained run can see.
 *
 * It refuses a whole network of this machine's own: a loopback address is allowed with its port alone, because Writ itself listens there.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

export type Allowances = { readonly holds: (address: string, port: number) => boolean };

export const allowancesWire = z.object({ addresses: z.array(z.string().max(128)).max(256).default([]) });

export const allowancesFile = (dir: string): string => join(dir, 'enforcer', 'egress.json');

type Allowance = { readonly net: string; readonly bits: number; readonly port: number | null };

export type ReadAllowance =
  { readonly ok: true; readonly allowance: Allowance } | { readonly ok: false; readonly why: string };

/** `10.1.0.0/16`, `192.168.1.5:8443`, `[fd00::1]:443`: an address or a network, and a port. */
export function readAllowance(text: string): ReadAllowance {
  const no = (why: string): ReadAllowance => ({
    ok: false,
    why: `\`${text}\` cannot be allowed: ${why}; write \`127.0.0.1:11434\` or \`10.1.0.0/16\``,
  });
  const [, inBrackets, plain, prefix, port] =
    /^(?:\[([^\]]+)\]|([^:/]+))(?:\/(\d{1,3}))?(?::(\d{1,5}))?$/.exec(text) ?? [];
  const net = inBrackets ?? plain ?? '';
  const family = isIP(net);
  if (family === 0) return no('it is no address');
  const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix);
  if (bits > (family === 4 ? 32 : 128)) return no('its prefix is longer than an address');
  const number = port === undefined ? null : Number(port);
  if (number !== null && (number < 1 || number > 65_535)) return no('its port is not a number from 1 to 65535');
  const reach = listOf([{ net, bits, port: null }]);
  const own = [...loopback].some((address) => reach.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6'));
  if ((own || net.startsWith('127.')) && number === null) return no('on this machine only one port at a time can be');
  return { ok: true, allowance: { net, bits, port: number } };
}

/** What `dir` allows now. A file that cannot be read allows nothing. */
export function readAllowances(dir: string): Allowances {
  let text: string;
  try {
    text = readFileSync(allowancesFile(dir), 'utf8');
  } catch {
    return nothing; // nobody has allowed anything
  }
  const read = allowancesWire.safeParse(jsonOf(text));
  return read.success ? allowancesOf(read.data.addresses) : nothing;
}

/** What these texts allow; what cannot be read allows nothing. */
export function allowancesOf(texts: readonly string[]): Allowances {
  const allowed = texts.flatMap((text) => {
    const read = readAllowance(text);
    return read.ok ? [{ port: read.allowance.port, list: listOf([read.allowance]) }] : [];
  });
  return {
    holds: (address, port) =>
      allowed.some(
        (one) =>
          (one.port === null || one.port === port) && one.list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'),
      ),
  };
}

const nothing: Allowances = { holds: () => false };
const loopback = ['127.0.0.1', '127.255.255.254', '::1', '0.0.0.0', '::'] as const;

function listOf(allowances: readonly Allowance[]): BlockList {
  const list = new BlockList();
  for (const { net, bits } of allowances) list.addSubnet(net, bits, isIP(net) === 6 ? 'ipv6' : 'ipv4');
  return list;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // no allowance is read from it
  }
}
