/** A harness whose hooks do not see everything it does: played by a program in Claude Code's place that tells of a call nobody was asked about. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openTerminal } from '../../../test/kit/terminal/terminal.ts';
import { main, ownMachine, until } from '../testing/machine.ts';

const machine = ownMachine();
const { writ, json, repositoryWith } = machine;

type Shown = { readonly id: string; readonly state: string; readonly state_detail: string };
const mandates = async (): Promise<readonly Shown[]> =>
  (await json<{ items: Shown[] }>(['mandate', 'list', '--all'])).items;
const beats = (): number => {
  try {
    return readFileSync(join(machine.root, 'app', 'beats'), 'utf8').length;
  } catch {
    return 0; // it has not begun
  }
};

/** Asks about one call and tells of its end; then, once `blind` is there, tells of another that it never asked about. */
const harness = `#!/usr/bin/env node
const { appendFileSync, existsSync } = require('node:fs');
const settings = JSON.parse(process.argv[process.argv.indexOf('--settings') + 1]);
const [{ hooks: [hook] }] = settings.hooks.PreToolUse;
const [[variable]] = [hook.allowedEnvVars];
const tell = (event, id) => fetch(hook.url, {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: 'Bearer ' + process.env[variable] },
  body: JSON.stringify({ session_id: 's', cwd: process.cwd(), transcript_path: '', hook_event_name: event, tool_name: 'Read', tool_input: { file_path: 'a' }, tool_use_id: id }),
});
(async () => {
  await tell('PreToolUse', 'asked');
  await tell('PostToolUse', 'asked');
  setInterval(() => appendFileSync('beats', 'x'), 20);
  while (!existsSync('blind')) await new Promise((resolve) => setTimeout(resolve, 50));
  await tell('PostToolUse', 'never asked');
})();
`;

it('is held, with everything under its mandate, until a person lets it go on', { timeout: 120_000 }, async () => {
  await writ(['up']);
  repositoryWith('');
  const bin = join(machine.root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'claude'), harness, { mode: 0o755 });
  await using terminal = openTerminal([process.execPath, main, 'claude', '--preset', 'worktree', '-p', 'go'], {
    cwd: join(machine.root, 'app'),
    env: { ...machine.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
  });
  await until('it works', () => beats() > 3);
  expect(await mandates()).toMatchObject([{ state: 'active' }]);
  writeFileSync(join(machine.root, 'app', 'blind'), '');
  await until('it is held', async () => (await mandates())[0]?.state === 'suspended');
  const [held] = await mandates();
  expect(held?.state_detail).toContain('its harness ran `Read` without a yes');
  let last = -1;
  await until('nothing of it moves', async () => {
    const before = last;
    last = beats();
    await new Promise((resolve) => setTimeout(resolve, 300));
    return before === last;
  });
  expect(terminal.screen).toContain('writ: held: its harness ran `Read` without a yes');
  expect((await writ(['mandate', 'reinstate', held?.id ?? ''])).code).toBe(0);
  await until('it goes on', () => beats() > last);
  await writ(['stop']);
  await terminal.ended;
});
