/**
 * From a name to the address a connection is made to, at the moment it is made.
 *
 * It refuses every address that is not public, or that is one of this machine's own, unless a person allowed it; and a name that leads to one such address among
 * others. A name is looked up once for a connection, and what was looked at is what is connected to: a name that leads elsewhere a moment later changes nothing.
 */

import { lookup as systemLookup } from 'node:dns/promises';
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

/** Throws `AddressRefused` for an address in the place of a name that may not be reached: such a one is never looked up. */
export function checkLiteral({ host, port }: Destination, { allowances }: LookupGuard): void {
  const why = isIP(host) === 0 ? undefined : whyNoConnection(host, port, allowances());
  if (why !== undefined) throw new AddressRefused(why);
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
        else if (why !== undefined) done(new AddressRefused(`\`${name}\` leads where nothing goes: ${why}`), '', 0);
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
