/**
 * `writ codex` with the real Codex, at a real terminal: allowed calls run, others have no effect, a stop ends the process tree in the middle of a
 * call, and hooks that nobody looked at stay untrusted. Effects are judged, never exit codes.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { auditEvents } from '../e2e/support/mission.ts';
import type { World } from '../e2e/support/world.ts';
import { createWorld, stays, until } from '../e2e/support/world.ts';
import { startModelServer, type ModelServer } from '@writ/enforce';
import type { ScriptedCall, Script } from '@writ/enforce';
import { openTerminal, type Terminal } from '../kit/terminal/terminal.ts';
import { freshEnvironment, programPath } from './program.ts';

const main = join(import.meta.dirname, '../../apps/cli/writ.js');
const limit = { timeout: 120_000 };

const run = (cmd: string): ScriptedCall => ({ name: 'exec_command', input: { cmd } });
const calls = (...tools: readonly ScriptedCall[]): Script => ({
  turns: [...tools.map((tool) => ({ tools: [tool] })), { say: 'That is all.' }],
});

/** Starts `writ codex` in a repository of its own, of which Codex was told nothing; `isTrusted`: its person told it that they trust what came with it. */
function atTerminal(
  world: World,
  model: ModelServer,
  args: readonly string[],
  isTrusted = false,
): Terminal & { readonly repository: string } {
  const [home, repository] = [world.env['HOME'] ?? '', join(world.place, 'app')];
  if (!existsSync(repository)) {
    execFileSync('git', ['init', '-q', '-b', 'main', repository]);
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid'];
    execFileSync('git', [...who, 'commit', '-q', '--allow-empty', '-m', 'start'], { cwd: repository });
  }
  mkdirSync(join(home, '.codex'), { recursive: true });
  const provider = ['name = "stub"', `base_url = "${model.url}/v1"`, 'env_key = "STUB_KEY"', 'wire_api = "responses"'];
  const config = ['model = "gpt-5"', 'model_provider = "stub"', '[model_providers.stub]', ...provider];
  const quiet = ['[analytics]', 'enabled = false', '[features]', 'plugins = false'];
  const trusted = [`[projects.${JSON.stringify(repository)}]`, 'trust_level = "trusted"'];
  writeFileSync(join(home, '.codex/config.toml'), [...config, ...quiet, ...(isTrusted ? trusted : [])].join('\n'));
  const path = `${dirname(programPath('codex'))}:${world.env['PATH'] ?? ''}`;
  const env = { ...freshEnvironment(home, { STUB_KEY: 'sk-local' }), ...world.env, PATH: path };
  // As a person allows a model of their own machine, and names it for a start.
  execFileSync(process.execPath, [main, 'network', 'allow', new URL(model.url).host], { env: world.env });
  const start = ['codex', '--preset', 'worktree', '--reach', model.url, ...args];
  const terminal = openTerminal([process.execPath, main, ...start], {
    cwd: repository,
    env,
  });
  return Object.assign(terminal, { repository });
}

test('allowed calls run, calls outside the approval have no effect, and the end says so', limit, async () => {
  await using world = await createWorld();
  const outside = join(world.env['HOME'] ?? '', 'outside.txt');
  const patch = (file: string): string =>
    `apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: ${file}\n+made\n*** End Patch\nEOF`;
  const script = calls(
    run('echo hello > made.txt'),
    run(patch('patched.txt')),
    run(patch(outside)),
    // To the classifier a place of everybody's: the sandbox is what holds it.
    run(`echo no > ${outside}`),
    // It says nothing of where it writes: what governs Codex is read-only all the same.
    run(
      'd=.cod; echo >> "$HOME/${d}ex/config.toml"; echo {} > "$HOME/${d}ex/hooks.json"; echo BASH_ENV=x > "$HOME/${d}ex/.env"; touch tried.txt',
    ),
    run('git push origin main'),
    { name: 'multi_agent_v1__spawn_agent', input: { message: 'HELPER-5: help' } },
  );
  const helper = { marker: 'HELPER-5', turns: [{ say: 'Helped.' }] };
  await using model = await startModelServer({ script: { ...script, conversations: [helper] } });
  await using terminal = atTerminal(world, model, ['exec', 'work']);
  const config = join(world.env['HOME'] ?? '', '.codex/config.toml');
  const before = readFileSync(config, 'utf8');
  await terminal.ended;
  const { repository, screen } = terminal;
  expect(existsSync(join(repository, 'tried.txt')), screen).toBe(true);
  expect(readFileSync(config, 'utf8')).toBe(before);
  expect(readFileSync(join(dirname(config), '.env'), 'utf8')).toBe('');
  expect(readFileSync(join(repository, 'made.txt'), 'utf8'), screen).toBe('hello\n');
  expect(readFileSync(join(repository, 'patched.txt'), 'utf8')).toBe('made\n');
  expect(existsSync(outside)).toBe(false);
  expect(screen).toMatch(/changed: 3 files/);
  expect(screen).toMatch(/refused: 2/);
  expect(screen).toMatch(/spent: {3}\d+ tokens in, \d+ out/);
  expect((await auditEvents(world)).filter(({ type }) => type === 'verdict.refused')).toHaveLength(2);
});

test(
  'a stop in the middle of a call ends the process tree, and a resume passes through and is judged anew',
  limit,
  async () => {
    await using world = await createWorld();
    await using model = await startModelServer({
      script: calls(
        run('touch waits.txt; while [ ! -e go ]; do sleep 0.1; done; touch late.txt'),
        run('git push origin main'),
      ),
    });
    await using terminal = atTerminal(world, model, ['exec', 'work']);
    const { repository } = terminal;
    await until('the call runs', () => existsSync(join(repository, 'waits.txt')));
    expect((await world.writ(['stop', '--all', '--reason', 'enough'])).code).toBe(0);
    await terminal.ended;
    writeFileSync(join(repository, 'go'), '');
    await stays('what was killed stays dead', 1_000, () => existsSync(join(repository, 'late.txt')));
    expect(existsSync(join(repository, 'late.txt'))).toBe(false);
    await using again = atTerminal(world, model, ['exec', 'resume', '--last', 'go on']);
    await again.ended;
    expect(again.screen).toMatch(/refused: 1/);
  },
);

test('only the hooks of Writ are trusted: one that came with the repository does not run', limit, async () => {
  await using world = await createWorld();
  await using model = await startModelServer({ script: calls(run('echo hello > made.txt')) });
  const repository = join(world.place, 'app');
  execFileSync('git', ['init', '-q', '-b', 'main', repository]);
  mkdirSync(join(repository, '.codex'));
  const hook = { type: 'command', command: `touch ${join(repository, 'evil.txt')}` };
  writeFileSync(
    join(repository, '.codex/hooks.json'),
    JSON.stringify({ hooks: { PreToolUse: [{ matcher: '.*', hooks: [hook] }] } }),
  );
  await using terminal = atTerminal(world, model, ['exec', 'work'], true);
  await terminal.ended;
  expect(existsSync(join(repository, 'made.txt')), terminal.screen).toBe(true);
  expect(existsSync(join(repository, 'evil.txt'))).toBe(false);
});

test.each([
  [['--dangerously-bypass-hook-trust', 'exec', 'work'], 'hooks that nobody looked at'],
  [['-c', 'features.hooks=false', 'exec', 'work'], 'switch the hooks off'],
  [['app-server'], 'done elsewhere'],
])('%j is refused, with the reason, before anything is approved', limit, async (args, why) => {
  await using world = await createWorld();
  await using model = await startModelServer({ script: calls() });
  await using terminal = atTerminal(world, model, args);
  expect(await terminal.ended).toBe(2);
  expect(terminal.screen.replaceAll(/\s+/g, ' ')).toContain(why);
  expect(model.requests).toHaveLength(0);
});

test(
  'a question of its model is answered at the terminal by Writ, and a call that was judged needs no prompt of its own',
  limit,
  async () => {
    await using world = await createWorld();
    const options = [
      { label: 'SQLite', description: 'one file' },
      { label: 'Postgres', description: 'a server' },
    ];
    await using model = await startModelServer({
      script: calls(
        {
          name: 'request_user_input',
          input: { questions: [{ id: 'db', header: 'DB', question: 'Which database?', options }] },
        },
        {
          name: 'exec_command',
          input: { cmd: 'echo hello > made.txt', sandbox_permissions: 'require_escalated', justification: 'to try' },
        },
      ),
    });
    await using terminal = atTerminal(world, model, ['-c', 'features.default_mode_request_user_input=true', 'work']);
    await terminal.expect('Which database?', 60_000);
    await terminal.expect('a number, [o] for words of your own');
    terminal.press('2');
    await until('the answer is with the model', () =>
      model.requests.some(({ lastToolResults }) => lastToolResults.some(({ text }) => text.includes('"Postgres"'))),
    );
    await until('the command ran', () => existsSync(join(terminal.repository, 'made.txt')));
    terminal.press('\u0003\u0003');
  },
);
