/**
 * Starts the one process of a run, in a session of its own, its output in a file.
 *
 * It refuses to start what it cannot bound as asked: `contain` without a working sandbox is an error, never a quiet `none`. Uncontained,
 * `setpriv --pdeathsig` ends at least the first process with the enforcer; the rest is reaped when the enforcer is back.
 */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { runRequestWire } from '@writ/protocol';
import type { RepositoryRemote } from '../broker/repository-remotes.ts';
import { repositoryRemotes } from '../broker/repository-remotes.ts';
import type { SshWay } from '../broker/ssh/ssh-way.ts';
import { acpAgentOf } from '../gateway/acp/acp-agent.ts';
import type { WayOut } from '../gateway/egress/way-out.ts';
import { gitPlaces, straysIn } from './git-places.ts';
import type { GitPlaces } from './git-places.ts';
import { scrubbedEnv } from './hidden-places.ts';
import type { SandboxProbe } from './probe-sandbox.ts';
import type { SandboxKind } from './sandbox-kind.ts';
import { seatbeltRun } from './seatbelt-run.ts';
import { insidePlaces } from './inside-places.ts';
import { runsDir } from './run-record.ts';
import type { RunRules } from './run-rules.ts';
import { takeRules } from './run-rules.ts';
import { giveFilter } from './kernel-filter.ts';
import type { SandboxArgv } from './sandbox.ts';
import { sandboxArgv } from './sandbox.ts';

export type RunRequest = ReturnType<typeof runRequestWire.parse>;

export type SpawnPlan = {
  readonly request: RunRequest;
  readonly dir: string;
  readonly probe: SandboxProbe;
  /** The run's door, as a socket outside. */
  readonly door: string;
  /** Of a run whose network is gated, else null. */
  readonly gate: WayOut | null;
  /** Of a run whose project was given SSH keys, else null. */
  readonly ssh: SshWay | null;
  /** Directory of programs every run finds first on its PATH. */
  readonly bin: string;
  readonly visible: readonly string[];
  /** The person's identity for commits. */
  readonly identity: { readonly name: string; readonly email: string };
};

export type Spawned =
  | {
      readonly ok: true;
      readonly child: ChildProcess;
      readonly pid: number;
      readonly marker: string;
      readonly output: string;
      /** Held until the run is over. */
      readonly rules: RunRules;
    }
  | { readonly ok: false; readonly why: string };

/** What stands around a run; null where nothing does. */
export const sandboxOf = ({ request, probe }: Pick<SpawnPlan, 'request' | 'probe'>): SandboxKind | null =>
  request.sandbox.kind === 'contain' && probe.works ? probe : null;

/** Starts it, or says why not. The process has been spawned when this resolves. */
export async function spawnRun(plan: SpawnPlan): Promise<Spawned> {
  const { request, dir } = plan;
  if (request.sandbox.kind === 'contain' && !plan.probe.works) return { ok: false, why: plan.probe.why };
  if (!existsSync(request.cwd)) return { ok: false, why: `the working directory \`${request.cwd}\` does not exist` };
  const places = gitPlaces(request.cwd);
  const [stray] = places === null ? [] : straysIn(places);
  if (stray !== undefined)
    return { ok: false, why: `\`${stray}\` would lead Git to another configuration; look at it and remove it` };
  const place = join(runsDir(dir), request.id);
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const gitConfig = gitConfigText(plan, places === null ? [] : await repositoryRemotes(places.commonDir));
  const rules = takeRules({
    standsIn: sandboxOf(plan)?.places === 'own',
    dir: join(place, 'rules'),
    stateDir: dir,
    cwd: request.cwd,
    writable: request.sandbox.writable.filter((path) => existsSync(path)),
    git: places,
    project: request.repository?.project ?? null,
    gitConfig,
  });
  const spawned = await spawnUnder(plan, { place, places, rules, gitConfig });
  if (!spawned.ok) rules.end();
  return spawned;
}

type Around = {
  readonly place: string;
  readonly places: GitPlaces | null;
  readonly rules: RunRules;
  readonly gitConfig: string;
};

async function spawnUnder(plan: SpawnPlan, { place, places, rules, gitConfig: text }: Around): Promise<Spawned> {
  const { request } = plan;
  const output = join(place, 'output');
  const marker = `WRIT_RUN=${request.id}`;
  const fd = openSync(output, 'a', 0o600);
  try {
    const around = aroundRun(plan, { place, places, rules, gitConfig: text }, output);
    if (!around.ok) return around;
    const relay = plan.gate === null || plan.gate.socket === null ? [] : relayed;
    const [file = '', ...argv] = [...around.argv, ...relay, ...request.argv];
    const child = spawn(file, argv, {
      cwd: rules.standIns === null ? request.cwd : '/',
      env: { ...environment(plan, rules.standIns !== null, join(place, 'gitconfig')), ...around.env },
      detached: true,
      stdio: [request.stdin === '' ? 'ignore' : 'pipe', fd, fd, ...(rules.standIns === null ? [] : ['pipe' as const])],
    });
    if (rules.standIns !== null) void giveFilter(child);
    const failed = await started(child);
    if (failed !== null) {
      around.end();
      return { ok: false, why: `\`${request.argv[0] ?? ''}\` could not be started: ${failed}` };
    }
    child.stdin?.on('error', () => undefined); // the process may end without reading
    if (request.stdin !== null && request.stdin !== '') child.stdin?.end(request.stdin);
    if (child.pid === undefined) return { ok: false, why: 'the process has no pid' };
    const held: RunRules = {
      ...rules,
      end() {
        around.end();
        return rules.end();
      },
    };
    return { ok: true, child, pid: child.pid, marker, output: realpathSync(output), rules: held };
  } finally {
    closeSync(fd);
  }
}

function started(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    child.once('spawn', () => {
      resolve(null);
    });
    child.once('error', (error) => {
      resolve(error.message);
    });
  });
}

type Holding = Extract<ReturnType<typeof seatbeltRun>, { ok: true }> | Extract<SandboxArgv, { ok: false }>;

/** What is put around it, and its Git configuration where nothing stands in for that. */
function aroundRun(plan: SpawnPlan, { place, places: git, rules, gitConfig }: Around, output: string): Holding {
  const { request, dir, door, gate, ssh, bin, visible } = plan;
  const { cwd, sandbox } = request;
  const { writable, hidden, network } = sandbox;
  const kind = sandboxOf(plan);
  const shared = { cwd, writable, hidden, stateDir: dir, git, door, bin, visible, node: process.execPath };
  const nothing = { env: {}, end: () => undefined };
  if (rules.standIns !== null) {
    const { standIns, kept: rulesKept } = rules;
    const [gateSocket, places] = [gate?.socket ?? null, ssh?.places ?? []];
    const made = sandboxArgv({ ...shared, network, gate: gateSocket, places, standIns, rulesKept });
    return made.ok ? { ...made, ...nothing } : made;
  }
  if (kind === null) {
    writeFileSync(join(place, 'gitconfig'), gitConfig, { mode: 0o600 });
    return { ok: true, argv: pdeathsig(), ...nothing };
  }
  return seatbeltRun({
    ...shared,
    ...{ command: kind.command, output, gitConfig },
    network: network === 'open' ? 'open' : (gate?.port ?? null),
  });
}

/** Inside, between the program and its gate. */
const relayed: readonly string[] = [
  insidePlaces.node,
  `${insidePlaces.bin}/egress-relay.cjs`,
  `${String(insidePlaces.gatePort)}=${insidePlaces.gate}`,
  '--',
];

function environment(plan: SpawnPlan, inOwnPlaces: boolean, gitConfig: string): Record<string, string> {
  const env = scrubbedEnv(process.env, plan.request.env);
  const bin = inOwnPlaces ? insidePlaces.bin : plan.bin;
  return {
    ...env,
    PATH: [bin, env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'].join(delimiter),
    WRIT_RUN: plan.request.id,
    WRIT_SESSION: plan.request.session,
    WRIT_MANDATE: plan.request.mandate,
    WRIT_DOOR: inOwnPlaces ? insidePlaces.door : plan.door,
    WRIT_NODE: inOwnPlaces ? insidePlaces.node : process.execPath,
    ...gitEnv(plan.request.argv, inOwnPlaces ? insidePlaces.gitConfig : gitConfig),
    GIT_TERMINAL_PROMPT: '0',
    ...plan.gate?.env,
    ...plan.ssh?.env,
  };
}

/**
 * Where Git finds the run's own configuration. The shell of Gemini CLI empties the global one, and keeps what else the environment says: there it is included besides, so that a push still comes to the door. Never both, where
 * both are read: each address would be pushed to twice.
 */
const gitEnv = (argv: readonly string[], file: string): Record<string, string> =>
  acpAgentOf(argv).harness === 'gemini'
    ? {
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'include.path',
        GIT_CONFIG_VALUE_0: file,
      }
    : { GIT_CONFIG_GLOBAL: file };

/** The run's own global Git configuration: the person's name, and every push led through the door. */
function gitConfigText({ request, identity, gate }: SpawnPlan, remotes: readonly RepositoryRemote[]): string {
  const lines = [
    `[user]`,
    `\tname = ${quote(identity.name)}`,
    `\temail = ${quote(identity.email)}`,
    '[gc]',
    '\tauto = 0',
    '[safe]',
    '\tdirectory = *',
  ];
  for (const { from, to } of gate?.rewrites ?? []) lines.push(`[url ${quote(to)}]`, `\tinsteadOf = ${quote(from)}`);
  for (const { name, url } of remotes) {
    if (!request.remotes.includes(name)) continue;
    lines.push(`[remote ${quote(name)}]`, `\tpushurl = ${quote(`writ::${name}`)}`);
    // A push that names the address instead of the remote.
    lines.push(`[url ${quote(`writ::${name}`)}]`, `\tpushInsteadOf = ${quote(url)}`);
  }
  return `${lines.join('\n')}\n`;
}

const quote = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

let setprivPath: string | null | undefined;

export function pdeathsig(): readonly string[] {
  setprivPath ??= ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path)) ?? null;
  return setprivPath === null ? [] : [setprivPath, '--pdeathsig', 'KILL', '--'];
}
