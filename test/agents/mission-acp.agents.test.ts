/**
 * The real agents of the Agent Client Protocol at the work of one mission, each on a scripted model that it reaches through the gate of its run: what a person does to the mandate holds all of them, side by
 * side. Each test goes on where the one before it left them. Effects are judged: files, what a remote has, processes, and what the models were asked.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ModelServer } from '@writ/enforce';
import { startModelServer } from '@writ/enforce';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sessions, startMission } from '../e2e/support/mission.ts';
import { linesIn } from '../e2e/support/night-repository.ts';
import { allStopped, processesWith } from '../e2e/support/processes.ts';
import type { World } from '../e2e/support/world.ts';
import { createWorld, stays, until } from '../e2e/support/world.ts';
import type { AcpName } from './acp-agents.ts';
import { acpAgent, acpNames, beatBy, runBy } from './acp-agents.ts';
import { programPath } from './program.ts';

const names = acpNames;
type Name = AcpName;

/** In double quotes of a shell, which looks names up. */
const quoted = (text: string): string => `"${text.replaceAll(/["\\`]/g, '\\$&')}"`;

/** What starts it, as a program of the repository: it says where its model is, through the gate of the run. */
function starter(name: Name, { url }: ModelServer): string {
  const { canary, args } = acpAgent(name);
  const { env, files } = canary.prepare({ modelUrl: '$GATE', home: '$HOME', cwd: '$PWD' });
  return [
    '#!/bin/sh',
    `GATE="$HTTP_PROXY/to/http/${new URL(url).host}"`,
    ...files.flatMap(({ path, text }) => [
      `mkdir -p "$HOME/${dirname(path)}"`,
      // A login shell would look for programs where the machine says, and not where those of the run are.
      `printf '%s' ${quoted(path.endsWith('config.toml') ? `allow_login_shell = false\n${text}` : text)} > "$HOME/${path}"`,
    ]),
    ...Object.entries(env).map(([key, value]) => `export ${key}=${quoted(value ?? '')}`),
    `exec ${[programPath(name), ...args].join(' ')}`,
    '',
  ].join('\n');
}

/** What the model of each says: at its first task it asks for something that nobody approved, at its second it works until it is stopped. */
const scripts = names.flatMap((name) => {
  const turns = (...commands: readonly string[]) => commands.map((command) => ({ tools: [runBy(name, command)] }));
  const push = `sh agents/push.sh ${name}`;
  const left = `setsid sh -c '${beatBy(name, 'left', 'never')}' & ${beatBy(name, 'three', 'never')}`;
  return [
    {
      marker: `LATER-${name}`,
      turns: turns(push, beatBy(name, 'one', 'go'), push, beatBy(name, 'two', 'go-on'), left),
    },
    {
      marker: `FIRST-${name}`,
      turns: turns('echo hello > made.txt', 'git push origin HEAD:main; echo no > unasked.txt'),
    },
  ];
});

const open = new AsyncDisposableStack();
let world: World;
let model: ModelServer;
let remote = '';
let mission = { mission: '', mandate: '' };

const git = (cwd: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], { cwd, encoding: 'utf8' });
const pushed = (name: Name): string => git(remote, 'for-each-ref', '--format=%(objectname)', `refs/heads/work/${name}`);
const places = new Map<string, string>();
/** Where the agent works at its task `number`, once it does. */
async function place(name: Name, number: number): Promise<string> {
  const task = `T${String(names.indexOf(name) + 1 + number * names.length)}`;
  const known = places.get(task);
  if (known !== undefined) return known;
  const found = await until(
    `${name} has a place`,
    async () => {
      const one = (await sessions(world)).find((session) => session.task === task && session.parent === null);
      return one?.workspace?.path;
    },
    60_000,
  );
  places.set(task, found);
  return found;
}
const forEach = async (what: (name: Name, at: string) => unknown): Promise<void> => {
  await Promise.all(names.map(async (name) => what(name, await place(name, 1))));
};
const works = (file: string): Promise<void> =>
  forEach((name, at) => until(`${name} works at ${file}`, async () => (await linesIn(join(at, file))) > 3, 60_000));
const all = async (file: string): Promise<string> => {
  const counted: number[] = [];
  for (const name of names) counted.push(await linesIn(join(await place(name, 1), file)));
  return counted.join();
};
const go = (file: string): Promise<void> => forEach((_, at) => writeFileSync(join(at, file), ''));

beforeAll(async () => {
  world = open.use(await createWorld());
  expect((await world.writ(['up'])).code).toBe(0);
  model = open.use(
    await startModelServer({ script: { turns: [], conversations: scripts, fallback: { say: 'That is all.' } } }),
  );
  expect((await world.writ(['network', 'allow', new URL(model.url).host])).code).toBe(0);
  remote = join(world.place, 'remote.git');
  execFileSync('git', ['init', '-q', '--bare', remote]);
  const repository = join(world.place, 'app');
  execFileSync('git', ['init', '-q', '-b', 'main', repository]);
  mkdirSync(join(repository, 'agents'));
  for (const name of names) {
    writeFileSync(join(repository, 'agents', name), starter(name, model));
    chmodSync(join(repository, 'agents', name), 0o755);
  }
  // A push that no question of its agent shows.
  writeFileSync(
    join(repository, 'agents/push.sh'),
    'git commit -q --allow-empty -m more; git push origin HEAD:work/$1\n',
  );
  const agents = names.map((name) => `  ${name}: { driver: acp, run: agents/${name}, network: gated }`);
  const task = (name: Name, number: number): string => {
    const at = names.indexOf(name) + 1;
    return number === 0
      ? `- [ ] T${String(at)} [P] @${name} done: \`test -e made.txt\` — FIRST-${name}`
      : `- [ ] T${String(at + names.length)} [P] @${name} (after: T${String(at)}) touches: ${name}/** done: \`true\` — LATER-${name}`;
  };
  writeFileSync(
    join(repository, 'mission.md'),
    [
      ...['---', 'project: app', 'preset: pr', 'branch_prefix: work', 'attempts: 1', 'agents:', ...agents],
      ...['allow:', `  - http.get, model.call on ${model.url}/*`, '---', '', '# Four at work', ''],
      ...['Everybody works until a person says stop.', ''],
      ...[0, 1].flatMap((number) => names.map((name) => task(name, number))),
      '',
    ].join('\n'),
  );
  git(repository, 'add', '-A');
  git(repository, 'commit', '-q', '-m', 'start');
  git(repository, 'remote', 'add', 'origin', remote);
  mission = await startMission(world, repository);
}, 120_000);
afterAll(() => open.disposeAsync());

test('an allowed call runs, a push that was approved lands, and what it asks for beyond that has no effect', async () => {
  for (const name of names) {
    const at = await place(name, 0);
    await until(`${name} did its first task`, () => existsSync(join(at, 'made.txt')), 60_000);
  }
  await works('one');
  for (const name of names) {
    expect(pushed(name), `what ${name} pushed`).not.toBe('');
    expect(existsSync(join(await place(name, 0), 'unasked.txt')), name).toBe(false);
  }
  expect(git(remote, 'for-each-ref', 'refs/heads/main')).toBe('');
}, 120_000);

test('suspended all of them stand still, reinstated each goes on', async () => {
  await world.json(['mandate', 'suspend', mission.mandate]);
  await stays('what was suspended', 700, () => all('one'));
  const before = await Promise.all(names.map(async (name) => linesIn(join(await place(name, 1), 'one'))));
  await world.json(['mandate', 'reinstate', mission.mandate]);
  await forEach((name, at) =>
    until(`${name} goes on`, async () => (await linesIn(join(at, 'one'))) > (before[names.indexOf(name)] ?? 0), 30_000),
  );
});

test('narrowed, the next push has no effect, and the work that is still approved goes on', async () => {
  type Shown = { readonly authorization_details: readonly { readonly actions: readonly string[] }[] };
  const shown = await world.json<Shown>(['mandate', 'show', mission.mandate]);
  const left = new Set(shown.authorization_details.flatMap(({ actions }) => actions));
  for (const action of left) if (action.startsWith('git.push')) left.delete(action);
  await world.json(['mandate', 'narrow', mission.mandate, ...[...left].flatMap((action) => ['--only', action])]);
  const before = names.map(pushed);
  await go('go');
  await works('two');
  expect(names.map(pushed)).toEqual(before);
});

test('with control gone all of them stand still, and go on once it is back', async () => {
  const control = await world.pid('control');
  process.kill(control, 'SIGSTOP');
  let before = '';
  try {
    for (const name of names) await until(`${name} stands still`, () => allStopped(world, `${name}-two`));
    before = await stays('what nobody vouches for', 500, () => all('two'));
  } finally {
    process.kill(control, 'SIGCONT');
  }
  await forEach(async (name, at) => {
    const was = Number(before.split(',')[names.indexOf(name)]);
    await until(`${name} goes on`, async () => (await linesIn(join(at, 'two'))) > was, 30_000);
  });
});

test('one revocation in the middle of a call ends all of them, what they left behind included', async () => {
  await go('go-on');
  await works('three');
  await works('left');
  await world.writ(['stop', mission.mission]);
  for (const name of names) await until(`${name} is gone`, () => processesWith(world, `${name}-`).length === 0);
  await stays('what was stopped', 500, async () => `${await all('three')},${await all('left')}`);
});

test('revoked, none of them is woken by a person, nor by a restart', async () => {
  const asked = model.requests.length;
  for (const { id } of await sessions(world)) {
    const body = { text: 'go on', delivery: 'queue' };
    await world.api('runtime', 'POST', `/v1/sessions/${id}/input`, body);
    await world.writ(['unpause', id]);
  }
  const killed = await world.pid('runtime');
  process.kill(killed, 'SIGKILL');
  await until(
    'the runtime is back',
    async () =>
      (await world.pid('runtime')) !== killed && (await world.api('runtime', 'GET', '/healthz')).status === 200,
    30_000,
  );
  await until('every session is inert', async () =>
    (await sessions(world)).every(({ state }) => ['inert', 'closed'].includes(state)),
  );
  await stays('what was revoked', 1_000, () => [
    model.requests.length,
    ...names.map((name) => processesWith(world, `agents/${name}`).length),
  ]);
  expect(model.requests).toHaveLength(asked);
});
