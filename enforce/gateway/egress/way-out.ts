/** What a run is told of its gate: addresses in its environment and in its Git configuration. Pure. */

import type { Credential } from '../../broker/credentials/credential.ts';
import { placeholderOf } from '../../broker/credentials/credential.ts';
import { insidePlaces } from '../../supervisor/inside-places.ts';

export type WayOut = {
  /** The gate's socket outside, to be found inside; null where it has no places of its own. */
  readonly socket: string | null;
  /** Else its port on loopback. */
  readonly port: number | null;
  readonly env: Readonly<Record<string, string>>;
  /** What Git finds under another address. */
  readonly rewrites: readonly { readonly from: string; readonly to: string }[];
};

/** Where a gate listens, as programs of the run reach it. */
export type GatePlace =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'port'; readonly port: number; readonly secret: string };

/** Names of this machine itself need no proxy: inside a sandbox they lead to the run alone. */
const direct = 'localhost,127.0.0.1,::1';

/** The way out through a gate at `place`, with what stands for `credentials`. */
export function wayOut(place: GatePlace, credentials: readonly Credential[]): WayOut {
  const inside = `http://127.0.0.1:${String(insidePlaces.gatePort)}`;
  const proxy = place.kind === 'socket' ? inside : `http://writ:${place.secret}@127.0.0.1:${String(place.port)}`;
  const base = place.kind === 'socket' ? inside : `http://127.0.0.1:${String(place.port)}/${place.secret}`;
  const through = ({ origin, path }: Credential): string => throughGate(base, `${origin}${path}`);
  return {
    ...(place.kind === 'socket' ? { socket: place.path, port: null } : { socket: null, port: place.port }),
    env: {
      ...Object.fromEntries(['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].map((name) => [name, proxy])),
      NO_PROXY: direct,
      no_proxy: direct,
      // Node's own `fetch` and `http` look at the names above only when they are told to.
      NODE_USE_ENV_PROXY: '1',
      ...Object.fromEntries(
        credentials.flatMap((one) => [
          ...(one.env === null ? [] : [[one.env, placeholderOf(one)] as const]),
          ...(one.baseUrlEnv === null ? [] : [[one.baseUrlEnv, through(one).replace(/\/$/, '')] as const]),
        ]),
      ),
    },
    rewrites: credentials
      .filter(({ git }) => git)
      .map((one) => ({ from: `${one.origin}${one.path}`, to: through(one) })),
  };
}

/** The address at a gate that stands for another: `…/to/https/host/path`. */
export const throughGate = (gate: string, address: string): string =>
  `${gate}${address.replace(/^(https?):\/\//, '/to/$1/')}`;

/** The address a path at the gate stands for; null where it is none. `secret`: what it begins with where a port is the gate's. */
export function addressAt(path: string, secret: string | null): string | null {
  const own = secret === null ? path : path.startsWith(`/${secret}/`) ? path.slice(secret.length + 1) : '';
  const [, scheme, rest] = /^\/to\/(https?)\/(.+)$/s.exec(own) ?? [];
  return scheme === undefined || rest === undefined ? null : `${scheme}://${rest}`;
}
