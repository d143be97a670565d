/**
 * Which network an attended session has: gated where a sandbox stands around it, and what it reaches through the gate besides what its preset names.
 *
 * It refuses a gate that nothing would hold, a place of this machine that nobody allowed, and a way through somebody else's proxy, where no address could be looked at.
 */

import { isIP } from 'node:net';
import type { HarnessAdapter, SandboxKind } from '@writ/enforce/attended';
import { readAllowances } from '@writ/enforce/start';
import { failed, usage } from '../exit.ts';

export const networkKinds = ['gated', 'open', 'none'] as const;
export type NetworkKind = (typeof networkKinds)[number];

export type NetworkPlan =
  | { readonly kind: 'open' | 'none' }
  | {
      readonly kind: 'gated';
      /** Of its provider; null for those of every preset. */
      readonly modelHosts: readonly string[] | null;
      /** Named for this start: with scheme and port. */
      readonly origins: readonly string[];
      /** Of this machine, found inside under the same number. */
      readonly ports: readonly number[];
      /** Where a browser outside finds the harness, under the same number. */
      readonly callbacks: readonly number[];
      /** Where the person keeps the model, as the harness is told: the variable and the address. */
      readonly base: { readonly variable: string; readonly url: URL } | null;
    };

export type NetworkStart = {
  /** What the harness reaches by itself; null for a program nothing is known of. */
  readonly reaches: HarnessAdapter['reaches'] | null;
  readonly wanted: string | undefined;
  readonly reach: readonly string[];
  /** Of the sandbox around it; null: none stands there. */
  readonly places: SandboxKind['places'] | null;
  readonly env: NodeJS.ProcessEnv;
  /** Writ's state directory. */
  readonly dir: string;
};

/** The plan. Ends the command where it cannot be had. */
export function planNetwork({ reaches, wanted, reach, places, env, dir }: NetworkStart): NetworkPlan {
  const kind = networkKinds.find((one) => one === (wanted ?? (places === null ? 'open' : 'gated')));
  if (kind === undefined) throw usage(`there is no network \`${wanted ?? ''}\``, `one of ${networkKinds.join(', ')}`);
  if (kind !== 'open' && places === null)
    throw usage(
      `\`--network ${kind}\` cannot be held here: no sandbox stands around the program`,
      'see `writ doctor`; leave it out to start with an open network',
    );
  if (kind !== 'gated') {
    if (reach.length > 0) throw usage(`\`--reach\` means nothing with \`--network ${kind}\``, 'leave one of them out');
    return { kind };
  }
  const behind = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'].find((name) => (env[name] ?? '') !== '');
  if (behind !== undefined)
    throw failed(
      `this machine reaches the network through a proxy (\`${behind}\`), where the gate cannot look at an address`,
      'start it with `--network open`',
    );
  const here = reach.map(originOf).find((origin) => isHere(new URL(origin)));
  if (places === 'outside' && here !== undefined)
    throw usage(
      `\`${here}\` is a place of this machine, and here nothing stands between it and the program that could lead it through the gate`,
      'leave it out, or start with `--network open`',
    );
  const base = baseOf(reaches?.baseUrl ?? null, env);
  const origins = [...new Set([...reach.map(originOf), ...(base === null ? [] : [base.url.origin])])];
  return {
    kind,
    modelHosts: reaches?.hosts ?? null,
    origins,
    ports: origins.flatMap((origin) => ownPort(origin, dir)),
    callbacks: reaches?.callbacks ?? [],
    base,
  };
}

function baseOf(variable: string | null, env: NodeJS.ProcessEnv): { variable: string; url: URL } | null {
  const text = variable === null ? '' : (env[variable] ?? '');
  if (variable === null || text === '') return null;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw usage(`\`${variable}\` says \`${text}\`, which is no address of the web`, null);
  // One name for what is on this machine: the one that an allowance has.
  if (url.hostname === 'localhost') url.hostname = '127.0.0.1';
  return { variable, url };
}

/** `docs.example.com`, or an origin with its scheme. */
function originOf(text: string): string {
  const url = URL.parse(/^https?:\/\//.test(text) ? text : `https://${text}`);
  if (url === null || url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '')
    throw usage(
      `\`${text}\` is no host that could be reached`,
      'write `docs.example.com`, or `http://127.0.0.1:11434` for a place of this machine',
    );
  if (url.hostname === 'localhost') throw usage('`localhost` has more than one address', 'write `127.0.0.1`');
  return url.origin;
}

const isHere = ({ hostname }: URL): boolean => isIP(hostname) === 4 && hostname.startsWith('127.');

/** The port of an origin of this machine; a person has allowed it, or nothing is started. */
function ownPort(origin: string, dir: string): readonly number[] {
  const url = new URL(origin);
  const { hostname, port, protocol } = url;
  if (!isHere(url)) return [];
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  if (!readAllowances(dir).holds(hostname, number))
    throw failed(
      `\`${origin}\` is a place of this machine, which nothing reaches through the gate before a person allowed it`,
      `allow it with \`writ network allow ${hostname}:${String(number)}\`, or start with \`--network open\``,
    );
  return [number];
}
