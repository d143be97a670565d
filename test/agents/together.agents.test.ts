/**
 * Four real programs beside the agents of one mission: each was told of it through its own door, each works under a child of its mandate, and one revocation ends all of them. Effects are judged, and
 * processes looked for.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Canary, ModelServer } from '@writ/enforce';
import { harnessAdapters, startModelServer } from '@writ/enforce';
import { expect, test } from 'vitest';
import { mandates, sessions, startMission } from '../e2e/support/mission.ts';
import { linesIn } from '../e2e/support/night-repository.ts';
import { processesWith } from '../e2e/support/processes.ts';
import type { World } from '../e2e/support/world.ts';
import { createWorld, stays, until } from '../e2e/support/world.ts';
import { openTerminal, type Terminal } from '../kit/terminal/terminal.ts';
import { freshEnvironment, programPath } from './program.ts';

const main = join(import.meta.dirname, '../../apps/cli/writ.js');
const names = ['claude', 'codex', 'gemini', 'opencode'] as const;
type Name = (typeof names)[number];

const beat = (name: Name): string => `while :; do echo beat >> ${name}.txt; sleep 0.05; done # together-${name}`;

function mission(world: World, models: readonly ModelServer[]): string {
  const repository = join(world.place, 'app');
  execFileSync('git', ['init', '-q', '-b', 'main', repository]);
  const allow = models.map(({ url }) => `  - http.get, model.call on ${url}/*`);
  writeFileSync(
    join(repository, 'mission.md'),
    [
      ...['---', 'project: app', 'preset: worktree', 'delegation: 1', 'allow:', ...allow, '---', ''],
      ...['# Keep four of them busy', '', 'Everybody works until a person says stop.', ''],
      '- [ ] T1 touches: t1/** run: `sh -c "while :; do sleep 0.1; done"` done: `true` — the work of the mission itself',
      '',
    ].join('\n'),
  );
  const git = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid'];
  execFileSync('git', ['add', '-A'], { cwd: repository });
  execFileSync('git', [...git, 'commit', '-q', '-m', 'start'], { cwd: repository });
  return repository;
}

function canaryOf(name: Name): Canary {
  const { canary } = harnessAdapters[name];
  if (canary === null) throw new Error(`\`${name}\` cannot be started on a scripted model`);
  return canary;
}

/** The program at a terminal, in a home of its own, beside mission `id`. */
function start(world: World, name: Name, model: ModelServer, cwd: string, id: string): Terminal {
  const home = join(world.place, `home-${name}`);
  const prepared = canaryOf(name).prepare({ modelUrl: model.url, home, cwd });
  mkdirSync(home, { recursive: true });
  for (const { path, text } of prepared.files) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  execFileSync(process.execPath, [main, 'network', 'allow', new URL(model.url).host], { env: world.env });
  const path = `${dirname(programPath(name))}:${world.env['PATH'] ?? ''}`;
  const env = { ...freshEnvironment(home), ...prepared.env, ...world.env, HOME: home, PATH: path };
  const words = [name, '--preset', 'worktree', '--mission', id, '--reach', model.url, ...prepared.args];
  return openTerminal([process.execPath, main, ...words], { cwd, env });
}

test('four programs beside one mission know of it, and one revocation ends them all', async () => {
  await using open = new AsyncDisposableStack();
  const world = open.use(await createWorld());
  expect((await world.writ(['up'])).code).toBe(0);
  const models = await Promise.all(
    names.map(async (name) => {
      const call = canaryOf(name).run(beat(name));
      // As long as each of them lets a command run, however busy the machine is.
      const patient = name === 'codex' ? { yield_time_ms: 120_000 } : name === 'gemini' ? {} : { timeout: 600_000 };
      const turns = [{ tools: [{ ...call, input: { ...call.input, ...patient } }] }];
      return open.use(await startModelServer({ script: { turns, fallback: { say: 'That is all.' } } }));
    }),
  );
  const repository = mission(world, models);
  const { mission: id, mandate } = await startMission(world, repository);
  const terminals = names.map((name, index) => {
    const model = models[index];
    if (model === undefined) throw new Error(`${name} has no model`);
    return open.use(start(world, name, model, repository, id));
  });
  const lines = (name: Name): Promise<number> => linesIn(join(repository, `${name}.txt`));
  for (const [index, name] of names.entries())
    await until(`${name} works`, async () => (await lines(name)) > 3, 90_000).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${terminals[index]?.screen ?? ''}`);
    });

  // Each model saw it, through its program's own door; the log has what was given.
  const goal = 'Everybody works until a person says stop.';
  for (const [index, name] of names.entries())
    expect(JSON.stringify(models[index]?.requests).includes(goal), `what the model of ${name} saw`).toBe(true);
  const children = (await mandates(world)).filter(({ parent }) => parent === mandate).map((child) => child.id);
  for (const { agent, id: session, mandate: own } of await sessions(world)) {
    if (!names.some((name) => name === agent)) continue;
    expect(children, agent).toContain(own);
    type Given = { readonly type: string; readonly data: { readonly digest: string; readonly text: string } };
    type Log = { readonly items: readonly { readonly type: string; readonly data: Given }[] };
    const { body } = await world.api<Log>('runtime', 'GET', `/v1/sessions/${session}/log`);
    const given = body.items.find(({ data }) => data.type === 'context.given')?.data.data;
    expect(given?.text, agent).toContain(goal);
    expect(given?.digest).toBe(
      `sha256:${createHash('sha256')
        .update(given?.text ?? '')
        .digest('base64url')}`,
    );
  }
  expect(children).toHaveLength(names.length);

  const stopped = await world.writ(['stop', id]);
  expect(stopped.code, stopped.stdout).toBe(0);
  for (const name of names) await until(`${name} is gone`, () => processesWith(world, `together-${name}`).length === 0);
  await stays('what was stopped', 700, async () => (await Promise.all(names.map(lines))).join());
  for (const terminal of terminals) await terminal.ended;
});
