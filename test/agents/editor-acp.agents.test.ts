/**
 * `writ acp` with the real agents of the Agent Client Protocol, each behind a small editor that says yes to everything, and on a scripted model: what a person does to its mandate holds it, whatever its
 * program. Each test goes on where the one before it left them. Effects are judged: files, commits, processes, and what the model was asked. What is special about one agent is in `writ-acp.agents.test.ts`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ModelServer, Turn } from '@writ/enforce';
import { startModelServer } from '@writ/enforce';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { linesIn } from '../e2e/support/night-repository.ts';
import { allStopped, processesWith } from '../e2e/support/processes.ts';
import type { World } from '../e2e/support/world.ts';
import { createWorld, stays, until } from '../e2e/support/world.ts';
import type { Answer, Editor } from '../kit/acp/editor.ts';
import { choose, openEditor } from '../kit/acp/editor.ts';
import type { AcpName } from './acp-agents.ts';
import { acpAgent, acpNames, beatBy, runBy, spawnBy } from './acp-agents.ts';
import { freshEnvironment, programPath } from './program.ts';

const main = join(import.meta.dirname, '../../apps/cli/writ.js');
const hello = { protocolVersion: 1, clientCapabilities: {}, clientInfo: { name: 'small', version: '0' } };

/** What each is told by the editor, one after another, and does then. */
const work = {
  first: ['echo hello > made.txt', 'git push origin main; echo no > unasked.txt'],
  helped: [],
  second: (name: AcpName) => [beatBy(name, 'one', 'go')],
  third: ['git commit --allow-empty -m no; echo no > committed.txt'],
  fourth: (name: AcpName) => [beatBy(name, 'two', 'go-on')],
  fifth: (name: AcpName) => [`setsid sh -c '${beatBy(name, 'left', 'never')}' & ${beatBy(name, 'three', 'never')}`],
} as const;
type Task = keyof typeof work;
// The newest is looked for first: each prompt stands in the conversation of those after it. A helper's conversation is its own.
const conversations = acpNames.flatMap((name) => {
  const run = (command: string): Turn => ({ tools: [runBy(name, command)] });
  const spawn = (task: string): Turn => ({ tools: [spawnBy(name, task)] });
  const push = run('git push origin main; echo no > unasked-by-child.txt');
  return [
    { marker: `grandchild of ${name}`, turns: [run('echo no > grandchild.txt')] },
    { marker: `child of ${name}`, turns: [run('echo child > child.txt'), push, spawn(`the grandchild of ${name}`)] },
    ...(Object.keys(work) as Task[]).toReversed().map((task) => {
      const given = work[task];
      const commands = typeof given === 'function' ? given(name) : given;
      const turns = task === 'helped' ? [spawn(`the child of ${name}`)] : commands.map(run);
      return { marker: `${task} of ${name}`, turns };
    }),
  ];
});

const open = new AsyncDisposableStack();
let world: World;
let model: ModelServer;
type At = { readonly editor: Editor; readonly session: string };
const editors = new Map<AcpName, At>();
const turns = new Map<AcpName, Promise<Answer>>();

const home = (name: AcpName): string => join(world.place, `home-${name}`);
const place = (name: AcpName): string => join(world.place, `app-${name}`);
const at = (name: AcpName, file: string): string => join(place(name), file);
const git = (cwd: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], { cwd, encoding: 'utf8' });
const all = async (file: string): Promise<string> =>
  (await Promise.all(acpNames.map((name) => linesIn(at(name, file))))).join();
const forEach = async (what: (name: AcpName) => unknown): Promise<void> => {
  await Promise.all(acpNames.map(what));
};
const works = (file: string): Promise<void> =>
  forEach((name) =>
    until(`${name} works at ${file}`, async () => (await linesIn(at(name, file))) > 3, 60_000).catch(
      (error: unknown) => {
        throw new Error(`${String(error)}\n${editors.get(name)?.editor.stderr() ?? ''}`);
      },
    ),
  );

/** Its editor starts it, as a person set it up. */
function started(name: AcpName): Editor {
  const { canary, args } = acpAgent(name);
  const prepared = canary.prepare({ modelUrl: model.url, home: home(name), cwd: place(name) });
  for (const { path, text } of prepared.files) {
    mkdirSync(dirname(join(home(name), path)), { recursive: true });
    writeFileSync(join(home(name), path), text);
  }
  return openEditor({
    argv: [process.execPath, main, 'acp', '--reach', model.url, '--', programPath(name), ...args],
    cwd: place(name),
    env: {
      ...freshEnvironment(home(name)),
      ...prepared.env,
      ...world.env,
      HOME: home(name),
      PATH: `${dirname(programPath(name))}:${world.env['PATH'] ?? ''}`,
    },
    answer: choose('allow_once'),
  });
}

async function asked(editor: Editor, method: string, params: object): Promise<{ readonly [key: string]: unknown }> {
  const { result, error } = await editor.ask(method, { ...params });
  if (result === undefined) throw new Error(`${JSON.stringify(error)}\n${editor.stderr()}`);
  return result as { readonly [key: string]: unknown }; // an object, by the protocol
}

/** Each is told to do it. */
function tell(task: Task): void {
  for (const [name, { editor, session }] of editors)
    turns.set(
      name,
      editor.ask('session/prompt', { sessionId: session, prompt: [{ type: 'text', text: `the ${task} of ${name}` }] }),
    );
}
const over = (): Promise<unknown> => Promise.all(turns.values());

async function mandates(): Promise<readonly string[]> {
  type Listed = {
    readonly id: string;
    readonly project: string;
    readonly state: string;
    readonly parent: string | null;
  };
  const { items } = (await world.api<{ items: Listed[] }>('control', 'GET', '/v1/mandates')).body;
  return items
    .filter(({ project, state, parent }) => project.startsWith('app-') && parent === null && state === 'active')
    .map(({ id }) => id);
}
let held: readonly string[] = [];

beforeAll(async () => {
  world = open.use(await createWorld());
  expect((await world.writ(['up'])).code).toBe(0);
  model = open.use(await startModelServer({ script: { turns: [], conversations, fallback: { say: 'That is all.' } } }));
  expect((await world.writ(['network', 'allow', new URL(model.url).host])).code).toBe(0);
  for (const name of acpNames) {
    mkdirSync(home(name));
    execFileSync('git', ['init', '-q', '-b', 'main', place(name)]);
    git(place(name), 'commit', '-q', '--allow-empty', '-m', 'start');
    const chosen = await world.writ(['init', '--preset', 'worktree', '--yes'], { cwd: place(name) });
    expect(chosen.code, chosen.stderr).toBe(0);
  }
  await forEach(async (name) => {
    const editor = open.use(started(name));
    await asked(editor, 'initialize', hello);
    const { sessionId } = await asked(editor, 'session/new', { cwd: place(name), mcpServers: [] });
    editors.set(name, { editor, session: String(sessionId) });
  });
  held = await mandates();
  expect(held).toHaveLength(acpNames.length);
}, 120_000);
afterAll(() => open.disposeAsync());

test('an allowed call runs, and what was not approved has no effect, though its editor would say yes', async () => {
  tell('first');
  await over();
  for (const name of acpNames) {
    const { editor } = editors.get(name) ?? {};
    expect(existsSync(at(name, 'made.txt')) && readFileSync(at(name, 'made.txt'), 'utf8'), editor?.stderr()).toBe(
      'hello\n',
    );
    expect(existsSync(at(name, 'unasked.txt')), name).toBe(false);
  }
}, 120_000);

test('a helper works under a child mandate and no further, and starts none itself; where they are not told apart none gets further', async () => {
  tell('helped');
  await over();
  type Listed = { readonly project: string; readonly parent: string | null };
  const { items } = (await world.api<{ items: Listed[] }>('control', 'GET', '/v1/mandates')).body;
  const children = items.filter(({ parent }) => parent !== null).map(({ project }) => project);
  expect(children.toSorted()).toEqual(['app-claude-agent-acp', 'app-opencode']);
  for (const name of acpNames) {
    expect(existsSync(at(name, 'unasked-by-child.txt')), name).toBe(false);
    expect(existsSync(at(name, 'grandchild.txt')), name).toBe(false);
  }
  for (const name of ['claude-agent-acp', 'opencode'] as const) expect(existsSync(at(name, 'child.txt'))).toBe(true);
  // It asks before it starts one, and is refused. Codex asks nobody: its helper acts as itself.
  expect(existsSync(at('gemini', 'child.txt'))).toBe(false);
}, 120_000);

test('suspended all of them stand still, reinstated each goes on', async () => {
  tell('second');
  await works('one');
  for (const mandate of held) await world.json(['mandate', 'suspend', mandate]);
  const before = (await stays('what was suspended', 700, () => all('one'))).split(',').map(Number);
  for (const mandate of held) await world.json(['mandate', 'reinstate', mandate]);
  await forEach((name) =>
    until(`${name} goes on`, async () => (await linesIn(at(name, 'one'))) > (before[acpNames.indexOf(name)] ?? 0)),
  );
});

test('narrowed, the next call outside has no effect', async () => {
  type Shown = { readonly authorization_details: readonly { readonly actions: readonly string[] }[] };
  for (const mandate of held) {
    const { authorization_details: details } = await world.json<Shown>(['mandate', 'show', mandate]);
    const left = new Set(details.flatMap(({ actions }) => actions).filter((action) => !action.startsWith('git.')));
    await world.json(['mandate', 'narrow', mandate, ...[...left].flatMap((action) => ['--only', action])]);
  }
  const heads = acpNames.map((name) => git(place(name), 'rev-parse', 'HEAD'));
  for (const name of acpNames) writeFileSync(at(name, 'go'), '');
  await over();
  tell('third');
  await over();
  for (const name of acpNames) expect(existsSync(at(name, 'committed.txt')), name).toBe(false);
  expect(acpNames.map((name) => git(place(name), 'rev-parse', 'HEAD'))).toEqual(heads);
}, 120_000);

test('with control gone all of them stand still, and go on once it is back', async () => {
  tell('fourth');
  await works('two');
  const control = await world.pid('control');
  process.kill(control, 'SIGSTOP');
  let before: readonly number[] = [];
  try {
    for (const name of acpNames) await until(`${name} stands still`, () => allStopped(world, `${name}-two`));
    before = (await stays('what nobody vouches for', 500, () => all('two'))).split(',').map(Number);
  } finally {
    process.kill(control, 'SIGCONT');
  }
  await forEach((name) =>
    until(
      `${name} goes on`,
      async () => (await linesIn(at(name, 'two'))) > (before[acpNames.indexOf(name)] ?? 0),
      30_000,
    ),
  );
  for (const name of acpNames) writeFileSync(at(name, 'go-on'), '');
  await over();
}, 120_000);

test('revoked in the middle of a call all of them end, what they left behind included, and no conversation goes on', async () => {
  tell('fifth');
  await works('three');
  await works('left');
  await world.writ(['stop', '--all', '--reason', 'enough']);
  for (const name of acpNames) {
    await until(`${name} is gone`, () => processesWith(world, `${name}-`).length === 0);
    await editors.get(name)?.editor.ended;
  }
  await stays('what was stopped', 500, async () => `${await all('three')},${await all('left')}`);

  const requests = model.requests.length;
  await forEach(async (name) => {
    await using again = started(name);
    await asked(again, 'initialize', hello);
    const load = { sessionId: editors.get(name)?.session, cwd: place(name), mcpServers: [] };
    expect((await again.ask('session/load', load)).error?.message, name).toContain('revoked');
  });
  expect(model.requests).toHaveLength(requests);
}, 120_000);
