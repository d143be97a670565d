/**
 * The hooks of a machine's administrator with the real programs, each in a file system where its /etc is the one that `writ managed install` wrote to, with arguments that switch other hooks off. Effects are judged:
 * what landed in a remote.
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { harnessAdapters, startModelServer } from '@writ/enforce';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { World } from '../e2e/support/world.ts';
import { createWorld } from '../e2e/support/world.ts';
import { freshEnvironment, programPath } from './program.ts';

let world: World;
let etc = '';
beforeAll(async () => {
  world = await createWorld();
  const root = join(world.place, 'root');
  etc = join(root, 'etc');
  cpSync('/etc', etc, { recursive: true, verbatimSymlinks: true });
  expect((await world.writ(['managed', 'install', '--root', root, '--yes'])).code).toBe(0);
  expect((await world.writ(['up'])).code).toBe(0);
});
afterAll(async () => world[Symbol.asyncDispose]());

type Name = 'claude' | 'codex' | 'gemini';

/** What it did, in a repository and a home of its own: whether the allowed call ran, and what the remote got. */
async function run(name: Name, more: readonly string[], writHome: string) {
  const { canary } = harnessAdapters[name];
  if (canary === null) throw new Error(`\`${name}\` cannot be started on a scripted model`);
  const own = join(world.place, `${name}-${String(more.length)}-${writHome === world.home ? 'with' : 'without'}`);
  const [home, cwd, remote] = [join(own, 'home'), join(own, 'app'), join(own, 'remote.git')];
  mkdirSync(home, { recursive: true });
  execFileSync('git', ['init', '-q', '-b', 'main', cwd]);
  execFileSync('git', ['init', '-q', '--bare', remote]);
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid'];
  execFileSync('git', [...who, 'commit', '-q', '--allow-empty', '-m', 'start'], { cwd });
  const tools = [canary.run('echo yes > made.txt'), canary.run(`git push ${remote} HEAD:main`)];
  await using model = await startModelServer({
    script: { turns: tools.map((tool) => ({ tools: [tool] })), fallback: { say: 'That is all.' } },
  });
  const prepared = canary.prepare({ modelUrl: model.url, home, cwd });
  for (const { path, text } of prepared.files) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  const env = { ...freshEnvironment(home), ...prepared.env, WRIT_HOME: writHome };
  const words = ['--dev-bind', '/', '/', '--bind', etc, '/etc', '--chdir', cwd, programPath(name), ...more];
  const child = spawn('bwrap', [...words, ...prepared.args], { env, stdio: 'ignore' });
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  const landed = execFileSync('git', ['branch'], { cwd: remote, encoding: 'utf8' });
  return { made: existsSync(join(cwd, 'made.txt')), landed, asked: model.requests.length > 1 };
}

test.concurrent.each<[Name, readonly string[]]>([
  ['claude', ['--safe-mode']],
  ['claude', ['--settings', '{"disableAllHooks":true}']],
  ['codex', ['--disable', 'hooks']],
  ['gemini', []],
])('%s %j: what the preset covers runs, what it refuses has no effect', async (name, more) => {
  expect(await run(name, more, world.home)).toEqual({ made: true, landed: '', asked: true });
});

test.concurrent.each<Name>(['claude', 'codex', 'gemini'])('%s does nothing where no Writ answers', async (name) => {
  expect(await run(name, [], join(world.place, 'nobody'))).toEqual({ made: false, landed: '', asked: true });
});
