/** What a model's calls are judged as, by the loop itself on a scripted model: what governs the agent is written by nobody who may only write files. */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Caller } from '@writ/enforce';
import { startModelServer } from '@writ/enforce';
import { expect, it } from 'vitest';
import type { TurnAsk, TurnLine } from './turn-lines.ts';
import { runTurnProgram } from './turn-program.ts';

/** The door of a run that may do everything but administration. */
const door: Caller = {
  call: (async (_route: unknown, { body }: { readonly body: { readonly action: string } }) => ({
    ok: true,
    value: { decision: body.action === 'hooks.write' ? 'refuse' : 'permit', sentence: body.action, way_out: null },
  })) as unknown as Caller['call'], // one route is called
  [Symbol.dispose]: () => undefined,
};

it('what would write a file that governs the agent is judged as that, by a file tool and by a command alike', async () => {
  const dir = mkdtempSync(join(realpathSync(tmpdir()), 'writ-turn-'));
  const [stateDir, cwd] = [join(dir, 'state'), join(dir, 'state', 'worktree')];
  for (const made of [join(cwd, '.claude'), join(cwd, '.git', 'hooks'), join(stateDir, 'control')])
    mkdirSync(made, { recursive: true });
  writeFileSync(join(cwd, '.claude', 'settings.json'), '{}');
  const call = (name: string, input: Record<string, string>) => ({ name, input });
  await using model = await startModelServer({
    script: {
      turns: [
        {
          tools: [
            call('write', { path: '.claude/settings.json', content: 'mine' }),
            call('edit', { path: '.claude/settings.json', old: '{}', new: 'mine' }),
            call('write', { path: '.git/hooks/pre-commit', content: 'mine' }),
            call('run', { command: 'echo mine > .git/hooks/pre-push' }),
            call('run', { command: 'git config core.hooksPath mine' }),
            call('write', { path: '../control/policy', content: 'mine' }),
            call('write', { path: 'src/a.txt', content: 'work' }),
          ],
        },
      ],
      fallback: { say: 'done' },
    },
  });
  const said: TurnLine[] = [];
  const ask: TurnAsk = {
    ...{ system: null, model: 'tiny', url: `${model.url}/v1`, keyEnv: null, settings: {}, messages: [], maxSteps: 3 },
    ...{ prompt: 'go', tools: ['write', 'edit', 'run'], project: 'p', stateDir },
  };
  await runTurnProgram({
    lines: (async function* () {
      yield JSON.stringify(ask);
    })(),
    say: (line) => said.push(line),
    ...{ door, env: {}, cwd, signal: new AbortController().signal },
  });
  expect(said.at(-1)).toMatchObject({ line: 'ended', done: true });
  const judged = said.flatMap((line) => (line.line === 'judged' ? [`${line.action} ${line.resource}`] : []));
  const own = 'hooks.write workspace://p';
  expect(judged).toEqual([
    ...[`${own}/.claude/settings.json`, `${own}/.claude/settings.json`],
    ...[`${own}/.git/hooks/pre-commit`, `${own}/.git/hooks/pre-push`, `${own}/.git/config`],
    `hooks.write workspace://machine${join(stateDir, 'control', 'policy')}`,
    'file.write workspace://p/src/a.txt',
  ]);
  expect(readFileSync(join(cwd, '.claude', 'settings.json'), 'utf8')).toBe('{}');
  for (const path of ['.git/hooks/pre-commit', '.git/hooks/pre-push', '.git/config', '../control/policy'])
    expect(existsSync(join(cwd, path))).toBe(false);
  expect(readFileSync(join(cwd, 'src', 'a.txt'), 'utf8')).toBe('work');
  rmSync(dir, { recursive: true });
});
