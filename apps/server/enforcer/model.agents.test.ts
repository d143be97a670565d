/** The real Claude Code in a sandbox whose only way out is the gate: its calls are counted, its key is not its own, and at the end of the budget it is told so and does no more. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCaller } from '@writ/enforce';
import { controlApi, enforcerApi } from '@writ/protocol';
import { expect, test } from 'vitest';
import { programPath } from '../../../test/agents/program.ts';
import { startModelServer } from '@writ/enforce';
import { must, openHouse, work } from './testing.ts';

const bash = (file: string) => ({
  name: 'Bash',
  input: { command: `echo hello > ${file}`, description: 'make a file' },
});

test('Claude Code works until its budget of tokens is spent, and no further', { timeout: 120_000 }, async () => {
  await using house = await openHouse();
  await using model = await startModelServer({
    script: {
      turns: ['one', 'two', 'three', 'four'].map((file) => ({
        say: `I make ${file}.`,
        tools: [bash(file)],
        usage: { input: 60_000, output: 500 },
      })),
    },
  });
  const { origin, host } = new URL(model.url);
  writeFileSync(join(house.dir, 'enforcer', 'egress.json'), JSON.stringify({ addresses: [host] }));
  using person = createCaller({
    base: { socketPath: house.server.socketPath },
    token: readFileSync(join(house.dir, 'enforcer', 'local.token'), 'utf8').trim(),
    timeoutMs: 5_000,
  });
  must(
    await person.call(enforcerApi.addCredential, {
      params: { project: 'p', name: 'anthropic' },
      body: {
        origin,
        path: '/',
        header: 'x-api-key',
        template: '{secret}',
        env: 'ANTHROPIC_API_KEY',
        base_url_env: 'ANTHROPIC_BASE_URL',
        git: false,
        secret: 'sk-real-key',
      },
    }),
  );
  const m = await house.mandate(
    [
      ...work(),
      { resource: `${origin}/`, resource_match: 'prefix', actions: ['http.get', 'model.call'] },
      { resource: 'secret://p/', resource_match: 'prefix', actions: ['credential.use'] },
    ],
    undefined,
    [{ kind: 'tokens', limit: 130_000 }],
  );
  const home = join(house.work, 'home');
  mkdirSync(home);
  const run = await house.start(m, '', {
    argv: [
      programPath('claude'),
      '-p',
      'make the files',
      '--output-format',
      'stream-json',
      '--verbose',
      '--model',
      'claude-sonnet-4-5',
      '--permission-mode',
      'bypassPermissions',
    ],
    env: {
      HOME: home,
      IS_SANDBOX: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
    },
    sandbox: { kind: 'contain', writable: [house.work], network: 'gated' },
    repository: { path: house.work, project: 'p' },
  });
  const ended = must(
    await house.enforcer.call(enforcerApi.getRun, {
      params: { id: run.id },
      query: { wait_ms: 90_000 },
      timeoutMs: 100_000,
    }),
  );
  const { text } = must(await house.enforcer.call(enforcerApi.output, { params: { id: run.id } }));
  expect(
    [ended.state, ['one', 'two', 'three', 'four'].filter((file) => existsSync(join(house.work, file)))],
    text,
  ).toEqual(['exited', ['one', 'two']]);
  expect(text).toMatch(/API Error: 400 writ: (?:refused|not yet): [^"]*tokens/);
  expect(text).not.toContain('sk-real-key');
  expect(model.requests.filter(({ played }) => played !== 'side')).toHaveLength(2);
  expect(model.requests.every(({ headers }) => headers['x-api-key'] === 'sk-real-key')).toBe(true);
  const [statement] = must(await house.owner.call(controlApi.budget, { params: { id: m } })).items;
  expect(statement?.lines.find(({ kind }) => kind === 'tokens')?.spent).toBe(121_000);
});
