/** `writ opencode` with the real program: a question of its model is answered by Writ's prompter, once, and a call that was judged needs no prompt of its own. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startModelServer } from '@writ/enforce';
import { test } from 'vitest';
import { createWorld, until } from '../e2e/support/world.ts';
import { openTerminal } from '../kit/terminal/terminal.ts';
import { opencodeEnvironment } from './opencode.ts';
import { programPath } from './program.ts';

const main = join(import.meta.dirname, '../../apps/cli/writ.js');

test('a question of its model is answered at the terminal by Writ, and goes in by its own route', async () => {
  await using world = await createWorld();
  const repository = join(world.place, 'app');
  mkdirSync(repository);
  execFileSync('git', ['init', '-q', '-b', 'main', repository]);
  const options = [
    { label: 'SQLite', description: 'one file' },
    { label: 'Postgres', description: 'a server' },
  ];
  const questions = [{ question: 'Which database?', header: 'DB', options }];
  await using model = await startModelServer({
    script: {
      turns: [
        { tools: [{ name: 'question', input: { questions } }] },
        { tools: [{ name: 'bash', input: { command: 'touch made', description: 'x' } }] },
        { say: 'That is all.' },
      ],
      fallback: { say: 'That is all.' },
    },
  });
  execFileSync(process.execPath, [main, 'network', 'allow', new URL(model.url).host], { env: world.env });
  const env = {
    ...opencodeEnvironment(world.env['HOME'] ?? '', model.url, { permission: { bash: 'ask' } }),
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_fetch_retries: '0',
    ...world.env,
    PATH: `${dirname(programPath('opencode'))}:${world.env['PATH'] ?? ''}`,
  };
  const start = ['opencode', '--preset', 'worktree', '--reach', model.url, '--prompt', 'work'];
  await using terminal = openTerminal([process.execPath, main, ...start], { cwd: repository, env });
  await terminal.expect('Which database?', 60_000);
  await terminal.expect('a number, [o] for words of your own');
  terminal.press('2');
  await until('the answer is with the model', () =>
    model.requests.some(({ lastToolResults }) => lastToolResults.some(({ text }) => text.includes('="Postgres"'))),
  );
  await until('the command ran', () => existsSync(join(repository, 'made')));
  terminal.press('\u0003');
}, 120_000);
