/**
 * What `writ claude`, `writ codex`, `writ gemini` and `writ opencode` have to hold, shown with the real program on a scripted model: one list of cases for all of
 * them, in one installation for each file. Effects on disk are judged, never exit codes.
 *
 * Each case works in a repository of its own, so that several run side by side. What is special about one program stands in its own file.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HarnessAdapter } from '@writ/enforce';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { linesIn } from '../e2e/support/night-repository.ts';
import { allStopped, processesWith } from '../e2e/support/processes.ts';
import type { World } from '../e2e/support/world.ts';
import { createWorld, stays, until } from '../e2e/support/world.ts';
import { startModelServer, type ModelServer } from '@writ/enforce';
import type { Script, ScriptedCall } from '@writ/enforce';
import { openTerminal, type Terminal } from '../kit/terminal/terminal.ts';
import { freshEnvironment, programPath, type ProgramName } from './program.ts';

const main = join(import.meta.dirname, '../../apps/cli/writ.js');
const limit = 100_000;

export type Door = {
  readonly adapter: HarnessAdapter;
  /** Its arguments to go on where it was. */
  readonly resume: readonly string[];
  /** How its model would make a file outside the repository with a file tool; null: it has none. */
  readonly writeTo: (path: string) => ScriptedCall;
  /** What its model calls the tool by which it reads where its session stands. */
  readonly orientationTool: string;
};

type At = Terminal & { readonly repository: string; readonly mandate: () => Promise<string> };

/** The cases. */
export function describeDoor({ adapter, resume, writeTo, orientationTool }: Door): void {
  const { canary, name } = adapter;
  if (canary === null) throw new Error(`\`${name}\` cannot be started on a scripted model`);
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    expect((await world.writ(['up'])).code).toBe(0);
  });
  afterAll(async () => world[Symbol.asyncDispose]());

  const run = (command: string): ScriptedCall => canary.run(command);
  const calls = (...tools: readonly ScriptedCall[]): Script => ({
    turns: [...tools.map((tool) => ({ tools: [tool] })), { say: 'That is all.' }],
    fallback: { say: 'That is all.' },
  });

  /** What the program needs to know of the model, in a home of its own: several sessions at once share no settings. */
  function surroundings(
    project: string,
    model: ModelServer,
  ): { home: string; cwd: string; env: NodeJS.ProcessEnv; args: readonly string[] } {
    const [home, cwd] = [join(world.place, `home-${project}`), join(world.place, project)];
    if (!existsSync(cwd)) {
      execFileSync('git', ['init', '-q', '-b', 'main', cwd]);
      const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid'];
      execFileSync('git', [...who, 'commit', '-q', '--allow-empty', '-m', 'start'], { cwd });
    }
    const prepared = canary?.prepare({ modelUrl: model.url, home, cwd });
    for (const { path, text } of prepared?.files ?? []) {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), text);
    }
    mkdirSync(home, { recursive: true });
    const path = `${dirname(programPath(adapter.program.command as ProgramName))}:${world.env['PATH'] ?? ''}`;
    const env = { ...freshEnvironment(home), ...prepared?.env, ...world.env, HOME: home, PATH: path };
    return { home, cwd, env, args: prepared?.args ?? [] };
  }

  function start(project: string, model: ModelServer, args?: readonly string[]): At {
    const { cwd, env, args: usual } = surroundings(project, model);
    // As a person allows a model of their own machine, and names it for a start.
    execFileSync(process.execPath, [main, 'network', 'allow', new URL(model.url).host], { env: world.env });
    const words = [process.execPath, main, name, '--preset', 'worktree', '--reach', model.url, ...(args ?? usual)];
    const terminal = openTerminal(words, { cwd, env });
    type Listed = { readonly title: string; readonly state: string; readonly mandate: string };
    const mandate = async (): Promise<string> =>
      until('the session is listed', async () => {
        const { body } = await world.api<{ items: Listed[] }>('runtime', 'GET', '/v1/sessions');
        return body.items.find((one) => one.title === `${name} in ${project}` && one.state !== 'closed')?.mandate;
      });
    return Object.assign(terminal, { repository: cwd, mandate });
  }

  test.concurrent(
    'what is allowed runs, what is not has no effect, and a helper works under a mandate of its own or not at all',
    { timeout: limit },
    async () => {
      const remote = join(world.place, 'remote.git');
      const outside = join(world.place, 'home-allowed', 'outside.txt');
      const task = 'CHILD-7: make the file';
      const helpers = canary.spawn === null ? [] : [canary.spawn(task)];
      await using model = await startModelServer({
        script: {
          ...calls(
            run('echo hello > made.txt'),
            writeTo(outside),
            run(`git push ${remote} HEAD:main`),
            ...helpers,
            run('echo end > last.txt'),
            { name: orientationTool, input: {} },
          ),
          conversations: [
            {
              marker: 'CHILD-7',
              turns: [
                { tools: [run('echo child > child.txt')] },
                { tools: [run(`git push ${remote} HEAD:child`)] },
                { say: 'The child is done.' },
              ],
            },
          ],
        },
      });
      execFileSync('git', ['init', '-q', '--bare', remote]);
      await using at = start('allowed', model);
      await at.ended;
      const made = (file: string): boolean => existsSync(join(at.repository, file));
      expect(made('made.txt'), at.screen).toBe(true);
      expect(made('last.txt'), at.screen).toBe(true);
      expect(existsSync(outside)).toBe(false);
      expect(execFileSync('git', ['branch'], { cwd: remote, encoding: 'utf8' })).toBe('');
      const hasHelper = adapter.helpers === 'told_apart' && helpers.length > 0;
      expect(made('child.txt'), at.screen).toBe(hasHelper);
      type Listed = { readonly items: readonly { readonly project: string; readonly parent: string | null }[] };
      const { items } = (await world.api<Listed>('control', 'GET', '/v1/mandates')).body;
      expect(items.filter(({ project, parent }) => project === 'allowed' && parent !== null)).toHaveLength(
        hasHelper ? 1 : 0,
      );
      expect(at.screen).toMatch(hasHelper ? /changed: 3 files/ : /changed: 2 files/);
      // Some of them keep themselves from writing outside, and ask nobody.
      expect(Number(/refused: (\d+)/.exec(at.screen)?.[1]), at.screen).toBeGreaterThanOrEqual(1 + helpers.length);
      expect(at.screen).toMatch(/spent: {3}\d+ tokens in, \d+ out/);
      // Nobody told it of that server: it is there by itself, and says how old what it says is.
      const said = model.requests.flatMap(({ lastToolResults }) => lastToolResults.map(({ text }) => text));
      expect(said.at(-1), JSON.stringify(said)).toMatch(/"standing":"verified now".*"observed_at":"\d/);
    },
  );

  test.concurrent(
    'suspended it stands still, reinstated it goes on, narrowed the next call has no effect, revoked its processes end, and nobody resumes it unseen',
    { timeout: limit },
    async () => {
      const beat = (file: string, word: string): string =>
        `while [ ! -e ${word} ]; do echo beat >> ${file}; sleep 0.05; done # ${name}-${word}`;
      await using model = await startModelServer({
        script: calls(run(beat('one.txt', 'go')), run('git commit --allow-empty -m no'), run(beat('two.txt', 'never'))),
      });
      await using at = start('stopped', model);
      const file = (path: string): string => join(at.repository, path);
      const head = (): string => execFileSync('git', ['rev-parse', 'HEAD'], { cwd: at.repository, encoding: 'utf8' });
      const [before, one] = [head(), () => linesIn(file('one.txt'))];
      await until('the call runs', async () => (await one()) > 3, 60_000);
      const mandate = await at.mandate();
      await world.json(['mandate', 'suspend', mandate]);
      await stays('a held session', 700, one);
      const held = await one();
      await world.json(['mandate', 'reinstate', mandate]);
      await until('it goes on', async () => (await one()) > held);
      type Shown = { readonly authorization_details: readonly { readonly actions: readonly string[] }[] };
      const { authorization_details: all } = await world.json<Shown>(['mandate', 'show', mandate]);
      const left = new Set(all.flatMap(({ actions }) => actions).filter((action) => !action.startsWith('git.')));
      await world.json(['mandate', 'narrow', mandate, ...[...left].flatMap((action) => ['--only', action])]);
      writeFileSync(file('go'), '');
      await until('the last call runs', async () => (await linesIn(file('two.txt'))) > 3, 30_000);
      expect(head(), 'a commit after it was narrowed').toBe(before);
      await world.json(['stop', mandate]);
      await until('its processes are gone', () => processesWith(world, `${name}-never`).length === 0);
      await at.ended;
      await stays('a stopped session', 500, () => linesIn(file('two.txt')));
      const requests = model.requests.length;
      // With nobody there a resume is nobody's approval.
      const { cwd, env } = surroundings('stopped', model);
      const resumed = await world.writ([name, ...resume], {
        cwd,
        env: { PATH: env['PATH'] ?? '', HOME: env['HOME'] ?? '' },
      });
      expect(resumed.code).toBe(3);
      expect(model.requests).toHaveLength(requests);
    },
  );

  // Last, and by itself: it stands in everybody's way.
  test('with control gone a call has no effect, and none after the hook is gone, too', { timeout: limit }, async () => {
    const wait = 'touch waits.txt; while [ ! -e go ]; do sleep 0.05; done';
    await using model = await startModelServer({ script: calls(run(wait), run('echo no > late.txt')) });
    await using at = start('gone', model);
    const file = (path: string): string => join(at.repository, path);
    await until('the call runs', () => existsSync(file('waits.txt')), 60_000);
    const control = await world.pid('control');
    process.kill(control, 'SIGSTOP');
    try {
      // What was signed a moment ago holds for that moment; then everything stands still.
      await until('it stands still', () => allStopped(world, 'touch waits.txt'));
      writeFileSync(file('go'), '');
      await stays('without control', 2_000, () => existsSync(file('late.txt')));
      // The launcher answers the hooks.
      for (const pid of processesWith(world, `apps/cli/writ.js\0${name}`)) process.kill(pid, 'SIGKILL');
    } finally {
      process.kill(control, 'SIGCONT');
    }
    await stays('what a dead launcher leaves', 3_000, () => existsSync(file('late.txt')));
    expect(existsSync(file('late.txt'))).toBe(false);
  });
}
