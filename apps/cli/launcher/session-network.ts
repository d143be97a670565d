/**
 * The network of an attended session as its sandbox and its program see it: which sockets of Writ's lie inside, which ports there lead to them, and what the
 * environment says of it.
 *
 * It opens nothing that the plan does not name. A session without a network still reaches its hooks.
 */

import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import type { Server } from 'node:net';
import { connect, createServer } from 'node:net';
import type { Containment } from '@writ/authority';
import { uncontained } from '@writ/authority';
import type { HookPlace, SessionWays } from '@writ/enforce/attended';
import { doorPath, gatePort, throughGate } from '@writ/enforce/start';
import { insidePlaces } from './inside-places.ts';
import type { NetworkPlan } from './plan-network.ts';

export type SessionNetwork = AsyncDisposable & {
  /** Where the program finds the gate; null: it has none. */
  readonly gatePort: number | null;
  /** Of a sandbox that shares this machine's ports: those it may connect to, and those where it is found. */
  readonly ports: 'open' | readonly number[];
  readonly listens: readonly number[];
  /** Whether the sandbox has a network namespace of its own. */
  readonly isOwn: boolean;
  /** What of outside is found inside: from, to. */
  readonly places: readonly (readonly [from: string, to: string])[];
  /** Around the program, inside: it starts it once a byte came from the descriptor `waitsAt`, or at once. */
  readonly relay: (waitsAt: number | null) => readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

/** Where the hook endpoint listens, and where hooks reach it. */
export type HookSocket = { readonly socketPath: string; readonly insidePort: number };
const hookPort = gatePort + 1;

/** What bounds a session with this network. */
export const containmentWith = (contained: boolean, network: NetworkPlan['kind']): Containment =>
  contained ? { files: 'worktree', network, credentials: 'none' } : uncontained;

/** A place for the hook endpoint of a session whose sandbox has no way to a port outside; null where ports are shared. */
export const hookSocket = (dir: string, { kind }: NetworkPlan): HookSocket | null =>
  kind === 'open' ? null : { socketPath: doorPath(dir, randomUUID(), 'hooks'), insidePort: hookPort };

/** Opens it. */
export async function openSessionNetwork(
  plan: NetworkPlan,
  ways: SessionWays,
  { dir, session, hooks }: { readonly dir: string; readonly session: string; readonly hooks: HookSocket | null },
): Promise<SessionNetwork> {
  const places: (readonly [string, string])[] = [];
  const pairs: string[] = [];
  if (hooks !== null) {
    places.push([hooks.socketPath, insidePlaces.hooks]);
    pairs.push(`${String(hooks.insidePort)}=${insidePlaces.hooks}`);
  }
  const relay = (waitsAt: number | null): readonly string[] => {
    const wait = waitsAt === null ? [] : [`wait=${String(waitsAt)}`];
    return [process.execPath, `${insidePlaces.bin}/egress-relay.cjs`, ...wait, ...pairs, '--'];
  };
  if (plan.kind !== 'gated')
    return { ...shared, isOwn: plan.kind === 'none', places, relay, env: {}, [Symbol.asyncDispose]: nothing };
  const way = await ways.openGate(doorPath(dir, session, 'gate'));
  places.push([way.socket ?? '', insidePlaces.gate]);
  for (const port of [gatePort, ...plan.ports]) pairs.push(`${String(port)}=${insidePlaces.gate}`);
  const callbacks = await openCallbacks(plan.callbacks, `${doorPath(dir, session)}-in`);
  if (callbacks.ports.length > 0) places.push([callbacks.folder, insidePlaces.callbacks]);
  for (const port of callbacks.ports) pairs.push(`${insidePlaces.callbacks}/${String(port)}=${String(port)}`);
  return {
    ...shared,
    gatePort,
    isOwn: true,
    places,
    relay,
    env: {
      ...way.env,
      ...gitRewrites(way.rewrites),
      ...baseAddress(plan, `http://127.0.0.1:${String(gatePort)}`, plan.ports),
    },
    [Symbol.asyncDispose]: () => callbacks.close(),
  };
}

/** Where the sandbox shares this machine's ports: the gate is one of them, behind a word that this session alone is told, and the sandbox lets it come to that one and to its hooks. */
export async function openNetworkOutside(
  plan: NetworkPlan,
  ways: SessionWays,
  hook: HookPlace | null,
): Promise<SessionNetwork> {
  const hooks = hook === null ? [] : [Number(new URL(hook.url).port)];
  const around = { ...shared, isOwn: false, places: [], relay: () => [], env: {}, [Symbol.asyncDispose]: nothing };
  if (plan.kind !== 'gated') return { ...around, ports: plan.kind === 'open' ? 'open' : hooks };
  const way = await ways.openGate(null);
  if (way.port === null) throw new Error('the gate has no port');
  const gate = way.env['HTTP_PROXY'] ?? '';
  const { password } = new URL(gate);
  const base = baseAddress(plan, `http://127.0.0.1:${String(way.port)}/${password}`, []);
  return {
    ...around,
    gatePort: way.port,
    ports: [...hooks, way.port],
    listens: plan.callbacks,
    env: { ...way.env, ...gitRewrites(way.rewrites), ...base },
  };
}

const shared = { gatePort: null, ports: 'open', listens: [] } as const;
const nothing = (): Promise<void> => Promise.resolve();

/** What Git finds under another address, said to it by its environment (git-config(1)). */
function gitRewrites(rewrites: readonly { readonly from: string; readonly to: string }[]): Record<string, string> {
  const env: Record<string, string> = rewrites.length === 0 ? {} : { GIT_CONFIG_COUNT: String(rewrites.length) };
  for (const [index, { from, to }] of rewrites.entries()) {
    env[`GIT_CONFIG_KEY_${String(index)}`] = `url.${to}.insteadOf`;
    env[`GIT_CONFIG_VALUE_${String(index)}`] = from;
  }
  return env;
}

/** A model of the person's own is spoken to through the gate, where its calls are counted. */
function baseAddress(
  { base }: Extract<NetworkPlan, { kind: 'gated' }>,
  gate: string,
  ports: readonly number[],
): Record<string, string> {
  if (base === null) return {};
  const { variable, url } = base;
  const address = url.href.replace(/\/$/, '');
  // A port of this machine is found inside as it is.
  const isHere = ports.includes(Number(url.port)) && url.protocol === 'http:';
  return { [variable]: isHere ? address : throughGate(gate, address) };
}

/** Longest path that a socket may have in a folder below (unix(7)). */
const maxSocketPath = 107;

/** Ports of this machine that lead to the same ports inside, for a browser that comes back from signing in. One that is taken already is left out. */
async function openCallbacks(ports: readonly number[], folder: string) {
  const servers: Server[] = [];
  const open: number[] = [];
  for (const port of ports) {
    const path = `${folder}/${String(port)}`;
    if (Buffer.byteLength(path) > maxSocketPath) continue;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const server = createServer((browser) => {
      const inside = connect({ path });
      for (const [one, other] of [
        [browser, inside],
        [inside, browser],
      ] as const) {
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroySoon());
        one.pipe(other);
      }
    });
    const listens = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!listens) continue;
    server.unref();
    servers.push(server);
    open.push(port);
  }
  return {
    folder,
    ports: open,
    close(): Promise<void> {
      for (const server of servers) server.close();
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}
