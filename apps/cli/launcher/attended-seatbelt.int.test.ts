/**
 * A session at a terminal in the sandbox of macOS, as far as it can be seen elsewhere: which rules are made of its places, and that its canary names what a sandbox lets through which holds
 * nothing. Whether the rules hold is shown by `writ doctor` on a Mac.
 */

import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createControlClient,
  createHeldArtifacts,
  createSessionWays,
  createVerdicts,
  seatbelt,
  systemClock,
} from '@writ/enforce';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SeatbeltAround } from './attended-seatbelt.ts';
import { attendedSeatbelt } from './attended-seatbelt.ts';
import type { LaunchPlan } from './plan-launch.ts';
import { programCommand } from './program-command.ts';
import { openNetworkOutside } from './session-network.ts';
import { tryAttendedSeatbelt } from './try-attended-seatbelt.ts';

let base = '';
const at = (name: string): string => join(base, name);
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'writ-as-')));
  for (const path of ['app', 'home/.claude', 'state/launcher/h', 'state/bin', 'tmp'])
    mkdirSync(at(path), { recursive: true });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const around = (): SeatbeltAround => ({
  ...{ command: '/usr/bin/sandbox-exec', root: at('app'), cwd: at('app'), home: at('home'), stateDir: at('state') },
  ...{
    harnessState: ['.claude'],
    harnessRules: ['.claude/settings.json'],
    repositoryRules: [],
    readOnly: false,
    programs: ['/bin/sh'],
  },
  ...{ harnessFolder: { path: at('state/launcher/h'), isWritable: true }, door: at('door'), bin: at('state/bin') },
  ...{ tmp: at('tmp'), given: [], sockets: [at('ssh')], network: [4_001, 4_002], listens: [1_455] },
  terminal: '/dev/ttys003',
});

/** Its rules, a line each, with the scratch folder named `~`. */
function rulesOf(one: SeatbeltAround): readonly string[] {
  const made = attendedSeatbelt(one);
  if (!made.ok) throw new Error(made.why);
  const [, option, text = '', ...rest] = made.argv;
  expect([option, ...rest]).toEqual(['-p', '/usr/bin/env', `TMPDIR=${at('tmp')}`]);
  return text.replaceAll(base, '~').split('\n');
}

test('the repository and what the harness keeps are writable, what governs it is not, keys and the state are not seen', () => {
  const rules = rulesOf(around());
  const all = 'file-read* file-write* file-map-executable';
  const indexOf = (rule: string): number => rules.indexOf(rule);
  for (const rule of [
    `(allow ${all} (subpath "~/app"))`,
    `(allow ${all} (subpath "~/home/.claude"))`,
    '(deny file-write* (subpath "~/home/.claude/settings.json"))',
    '(deny file-write* (subpath "~/app/.git/hooks"))',
    `(deny ${all} (subpath "~/home/.ssh"))`,
    `(deny ${all} (subpath "~/state"))`,
  ])
    expect([rule, indexOf(rule) >= 0]).toEqual([rule, true]);
  // The last rule counts: of the state it has what was put beside it for this session alone.
  expect(indexOf(`(allow ${all} (subpath "~/state/launcher/h"))`)).toBeGreaterThan(
    rules.lastIndexOf(`(deny ${all} (subpath "~/state"))`),
  );
});

test('it comes to its gate, its hooks, its door and its keys, is found where a browser comes back, and has its own terminal', () => {
  const rules = rulesOf(around()).filter((line) => /network|unix-socket|ttys003/.test(line) && !line.startsWith(';'));
  expect(rules).toEqual([
    '(allow file-read* file-write-data file-ioctl (literal "/dev/ttys003"))',
    '(allow network-outbound (remote ip "localhost:4001"))',
    '(allow network-outbound (remote ip "localhost:4002"))',
    '(allow network-bind network-inbound (local ip "localhost:1455"))',
    '(allow network-outbound (remote unix-socket (path-literal "~/door")))',
    '(allow network-outbound (remote unix-socket (path-literal "~/ssh")))',
  ]);
});

test('a session that may only read has no rule by which it writes in its repository', () => {
  const rules = rulesOf({ ...around(), readOnly: true });
  expect(rules.filter((line) => line.startsWith('(allow') && /file-write.*"~\/app"/.test(line))).toEqual([]);
});

test('a state that lies in the repository is not seen for that', () => {
  const rules = rulesOf({ ...around(), root: base });
  const writable = rules.lastIndexOf('(allow file-read* file-write* file-map-executable (subpath "~"))');
  expect(rules.lastIndexOf('(deny file-read* file-write* file-map-executable (subpath "~/state"))')).toBeGreaterThan(
    writable,
  );
});

const gateConnect = fileURLToPath(new URL('../../../enforce/gateway/egress/gate-connect.mjs', import.meta.url));

/** What a program that comes to the gate hears there. */
const through = (port: number, env: Readonly<Record<string, string>>): Promise<string> =>
  new Promise((resolve) => {
    execFile(process.execPath, [gateConnect, String(port), 'example.org', '22'], { env }, (_error, _stdout, stderr) =>
      resolve(stderr),
    );
  });

test('its gate is a port of this machine, and whoever was not told its word is asked for it', async () => {
  await using open = new AsyncDisposableStack();
  const control = createControlClient({ base: () => null, token: null, timeoutMs: 500 });
  open.defer(() => control[Symbol.dispose]());
  const artifacts = open.use(createHeldArtifacts({ control, point: 'launcher-s', clock: systemClock, timeoutMs: 500 }));
  const pointToken = (): null => null;
  const containment = { files: 'worktree', network: 'gated', credentials: 'none' } as const;
  const ways = open.use(
    createSessionWays({
      ...{ dir: at('state'), control, pointToken, clock: systemClock },
      holder: { run: 's-1', session: 's-1', mandate: 'm-1', project: 'app', credential: 'none', containment },
      verdicts: createVerdicts({ control, artifacts, pointToken }),
      closedBecause: () => 'the session stands still',
      askPerson: () => Promise.resolve(null),
      ...{ onRefused: () => undefined, warn: () => undefined },
    }),
  );
  const url = new URL('http://127.0.0.1:11434');
  const base = { variable: 'MODEL_URL', url };
  const plan = { kind: 'gated', modelHosts: [], origins: [], ports: [11_434], callbacks: [1_455], base } as const;
  const hook = { url: 'http://127.0.0.1:4001/hook', urlVariable: 'U', tokenVariable: 'T' };
  const network = open.use(await openNetworkOutside(plan, ways, hook));
  const { gatePort } = network;
  if (gatePort === null) throw new Error('there is no gate');
  expect([network.ports, network.listens]).toEqual([[4_001, gatePort], [1_455]]);
  expect(network.env['MODEL_URL']).toMatch(
    new RegExp(`^http://127\\.0\\.0\\.1:${String(gatePort)}/[^/]+/to/http/127\\.0\\.0\\.1:11434$`),
  );
  expect(await through(gatePort, network.env)).toContain('the session stands still');
  expect(await through(gatePort, {})).not.toContain('the session stands still');

  const command = at('sandbox-exec');
  using started = programCommand(
    { env: { HOME: at('home'), PATH: '/bin' }, cwd: at('app') } as unknown as Parameters<typeof programCommand>[0], // all it reads of it
    { root: at('state') } as Parameters<typeof programCommand>[1], // likewise
    {
      door: { kind: 'exec', argv: ['sh', '-c', 'true'] },
      ...{ program: '/bin/sh', root: at('app'), session: 's-1', readOnly: false, harness: null, hooks: { env: {} } },
      sandbox: { ...seatbelt, command } satisfies LaunchPlan['sandbox'],
      outside: {
        ...{ network, agent: { sockets: [], given: [], places: [], env: {} }, servers: [] },
        door: {
          socketPath: at('door'),
          bin: at('state/bin'),
          binInside: at('state/bin'),
          env: {},
          [Symbol.asyncDispose]: () => Promise.resolve(),
        },
      },
    },
  );
  expect(started.argv.slice(0, 2)).toEqual([command, '-p']);
  expect(started.argv.slice(-3)).toEqual(['/bin/sh', '-c', 'true']);
  expect(started.argv[2]).toContain(`(allow network-outbound (remote ip "localhost:${String(gatePort)}"))`);
});

test('its canary names everything that a sandbox which holds nothing lets through', async () => {
  const command = at('sandbox-exec');
  writeFileSync(command, '#!/bin/sh\nprintf "%s" "$2" > "$0.rules"; shift 2; exec "$@"\n');
  chmodSync(command, 0o755);
  expect(await tryAttendedSeatbelt({ command })).toEqual([
    'writing beside its repository works',
    'reading a key of the person works',
    "reading Writ's state works",
    "listing Writ's state works",
    'writing what governs the harness works',
    'writing what governs it in its repository works',
    'moving away what leads there works',
    'coming to another port works',
    'coming to another socket works',
    'signalling a process outside works',
  ]);
  expect(readFileSync(`${command}.rules`, 'utf8')).toContain('(deny default)');
});
