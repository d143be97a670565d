/**
 * From a name to the address a connection is made to, at the moment it is made.
 *
 * It refuses every address that is not public, or that is one of this machine's own, unless a person allowed it; and a name that leads to one such address among
 * others. A name is looked up once for a connection, and what was looked at is what is connected to: a name that leads elsewhere a moment later changes nothing. What this machine knows
 * by itself (an address in the place of a name, `localhost`, its file of hosts) is refused before anybody is asked; no name server is, before a name was permitted.
 */

import { lookup as systemLookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isPublicAddress } from '@writ/protocol';
import type { Allowances } from './allowances.ts';
import type { Destination } from './egress-target.ts';

/** Every address of a name. Rejects where it has none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** As the operating system resolves names. */
export const systemResolve: Resolve = async (host) =>
  (await systemLookup(host, { all: true, order: 'verbatim' })).map(({ address }) => address);

/** Nothing is connected to. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

export type LookupGuard = { readonly resolve: Resolve; readonly allowances: () => Allowances };

/** Why nothing is connected to `address`, or undefined. */
export function whyNoConnection(address: string, port: number, allowances: Allowances): string | undefined {
  if (allowances.holds(address, port)) return undefined;
  if (!isPublicAddress(address)) return `${address} is not a public address`;
  return ownAddresses().has(address) ? `${address} is this machine` : undefined;
}

/** Why nothing goes to `destination`, as far as this machine knows by itself; undefined where it may, or only a name server knows. */
export function whyNowhere(
  { host, port, name }: Destination,
  { allowances }: Pick<LookupGuard, 'allowances'>,
): string | undefined {
  const allowed = allowances();
  const refused = knownAddresses(host).find((address) => whyNoConnection(address, port, allowed) !== undefined);
  if (refused === undefined) return undefined;
  const why = whyNoConnection(refused, port, allowed) ?? '';
  const place = isIP(refused) === 6 ? `[${refused}]` : refused;
  return `${isIP(host) === 0 ? leadsNowhere(name, why) : why}; a person lets it be reached with \`writ network allow ${place}:${String(port)}\``;
}

const leadsNowhere = (name: string, why: string): string => `\`${name}\` leads where nothing goes: ${why}`;

/** Throws `AddressRefused` for what may not be reached as far as this machine knows by itself: an address in the place of a name is never looked up. */
export function checkKnown(destination: Destination, guard: Pick<LookupGuard, 'allowances'>): void {
  const why = whyNowhere(destination, guard);
  if (why !== undefined) throw new AddressRefused(why);
}

/** What this machine says a host is without asking anybody: every name that ends in `localhost` is this machine (RFC 6761 §6.3). */
function knownAddresses(host: string): readonly string[] {
  if (isIP(host) !== 0) return [host];
  const name = host.toLowerCase().replace(/\.$/, '');
  const listed = inHostsFile(name);
  return listed.length === 0 && /(?:^|\.)localhost$/.test(name) ? ['127.0.0.1'] : listed;
}

/** hosts(5). */
function inHostsFile(name: string): readonly string[] {
  try {
    return readFileSync('/etc/hosts', 'utf8')
      .split('\n')
      .map((line) => line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/))
      .flatMap(([address = '', ...names]) => (isIP(address) !== 0 && names.includes(name) ? [address] : []));
  } catch {
    return []; // there is none; a connection looks once more
  }
}

/** The lookup of one connection to `destination`, for `net.connect` and its like. */
export const guardedLookup =
  ({ host, port, name }: Destination, { resolve, allowances }: LookupGuard): LookupFunction =>
  (_, options, done) => {
    resolve(host).then(
      (addresses) => {
        const allowed = allowances();
        const why = addresses
          .map((address) => whyNoConnection(address, port, allowed))
          .find((one) => one !== undefined);
        const [first] = addresses;
        if (first === undefined) done(new Error(`\`${name}\` has no address`), '', 0);
        else if (why !== undefined) done(new AddressRefused(leadsNowhere(name, why)), '', 0);
        else if (options.all === true)
          done(
            null,
            addresses.map((address) => ({ address, family: isIP(address) })),
          );
        else done(null, first, isIP(first));
      },
      (error: unknown) => {
        done(error instanceof Error ? error : new Error(String(error)), '', 0);
      },
    );
  };

const ownAddresses = (): ReadonlySet<string> =>
  new Set(Object.values(networkInterfaces()).flatMap((of) => (of ?? []).map(({ address }) => address)));
