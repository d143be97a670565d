/** One prompter (design, "When a person is asked"): a held call is asked about in the agent's own terminal, once, and answered there or from anywhere. */

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTerminal } from '../kit/terminal/terminal.ts';
import { createWorld, until } from './support/world.ts';

const main = join(import.meta.dirname, '../../apps/cli/writ.js');

/** Stands where Claude Code stands: whatever line is typed, it asks its hook about as a shell command, and shows what the hook said. */
const harness = `#!/usr/bin/env node
const [{ hooks: [hook] }] = JSON.parse(process.argv[process.argv.indexOf('--settings') + 1]).hooks.PreToolUse;
const authorization = 'Bearer ' + process.env[hook.allowedEnvVars[0]];
let calls = 0;
let typed = '';
process.stdin.setRawMode(true);
process.stdin.on('data', async (chunk) => {
  typed += chunk;
  if (!typed.endsWith('\\r')) return;
  const command = typed.trim();
  typed = '';
  if (command === 'quit') process.exit(0);
  const questions = [{ question: 'Which database?', header: 'DB', multiSelect: false, options: [{ label: 'SQLite', description: 'one file' }, { label: 'Postgres', description: 'a server' }] }];
  const call = command === 'ask' ? { tool_name: 'AskUserQuestion', tool_input: { questions } } : { tool_name: 'Bash', tool_input: { command } };
  const hook_event_name = command === 'permit' ? 'PermissionRequest' : 'PreToolUse';
  const body = { session_id: 'h', hook_event_name, cwd: process.cwd(), tool_use_id: 't' + ++calls, ...call };
  const reply = await fetch(hook.url, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const { hookSpecificOutput: said } = await reply.json();
  const words = [said.permissionDecisionReason, JSON.stringify(said.updatedInput?.answers), said.decision?.behavior].filter((one) => one !== undefined);
  process.stdout.write('\\r\\n<' + said.permissionDecision + '> ' + words.join(' ') + ' </' + calls + '>\\r\\n');
});
process.stdout.write('harness ready\\r\\n');
`;

test('a held call is asked about in the terminal, remembered where the person says so, and answered once from anywhere', async () => {
  await using world = await createWorld();
  const repository = join(world.place, 'app');
  const programs = join(world.place, 'programs');
  for (const folder of [repository, programs]) mkdirSync(folder);
  execFileSync('git', ['init', '-q', '-b', 'main', repository]);
  writeFileSync(join(programs, 'claude'), harness);
  chmodSync(join(programs, 'claude'), 0o755);
  const env = { ...world.env, PATH: `${programs}:${world.env['PATH'] ?? ''}` };
  await using terminal = openTerminal([process.execPath, main, 'claude', '--preset', 'worktree'], {
    cwd: repository,
    env,
  });
  await terminal.expect('harness ready', 40_000);

  // Work inside the worktree asks nobody.
  terminal.press('npm test\r');
  expect(await terminal.expect('</1>')).toContain('<allow>');

  // What the preset does not name is refused, and learnt from below.
  terminal.press('git push origin docs/x\r');
  expect(await terminal.expect('</2>')).toContain('<deny>');

  terminal.press('npm install left-pad\r');
  expect(await terminal.expect('(Esc: later, in the inbox)')).toContain('package.install');
  terminal.press('?');
  await terminal.expect('it is asked because');
  await terminal.expect('(Esc: later, in the inbox)');
  terminal.press('n');
  expect(await terminal.expect('</3>')).toMatch(/<deny>.*a person said no/s);

  terminal.press('npm install right-pad\r');
  await terminal.expect('[m] remember');
  terminal.press('m');
  expect(await terminal.expect('</4>')).toContain('<allow>');
  type Remembered = { items: { id: string; used: number; resource: string; state: string }[] };
  const remembered = () => world.json<Remembered>(['remembered', 'list']);
  expect(await remembered()).toMatchObject({ items: [{ resource: 'package://app/right-pad', state: 'in_force' }] });
  terminal.press('npm install right-pad\r');
  const again = await terminal.expect('</5>');
  expect(again).toContain('<allow>');
  expect(again).not.toContain('[y]');

  // From another terminal: the question goes away, and the call goes on.
  terminal.press('npm install middle-pad\r');
  await terminal.expect('[m] remember');
  const inbox = await world.json<{ waiting: { id: string; may_remember: boolean }[] }>(['inbox']);
  expect(inbox.waiting).toMatchObject([{ may_remember: true }]);
  expect((await world.writ(['inbox', inbox.waiting[0]?.id ?? '', 'yes'])).code).toBe(0);
  expect(await terminal.expect('</6>')).toContain('<allow>');

  // Left for later, it waits there, and the agent is told so.
  terminal.press('npm install late-pad\r');
  await terminal.expect('(Esc: later, in the inbox)');
  terminal.press('\u001b');
  expect(await terminal.expect('</7>')).toContain('<deny>');
  await until(
    'it waits in the inbox',
    async () => (await world.json<{ waiting: unknown[] }>(['inbox'])).waiting.length === 1,
  );

  // What the model asks by itself: here, or from anywhere; the answer goes in with the call.
  terminal.press('ask\r');
  expect(await terminal.expect('a number, [o] for words of your own')).toContain('Which database?');
  terminal.press('2');
  expect(await terminal.expect('</8>')).toContain('<allow> {"Which database?":"Postgres"}');
  terminal.press('ask\r');
  await terminal.expect('a number, [o] for words of your own');
  type Items = { items: { id: string; ask: string }[] };
  const question = async () => (await world.json<Items>(['inbox'])).items.find(({ ask }) => ask === 'Which database?');
  expect((await world.writ(['inbox', (await question())?.id ?? '', 'SQLite'])).code).toBe(0);
  expect(await terminal.expect('</9>')).toContain('<allow> {"Which database?":"SQLite"}');

  // A prompt of the harness's own is in the inbox as well, and answered there.
  terminal.press('permit\r');
  const prompt = async () => (await world.json<Items>(['inbox'])).items.find(({ ask }) => ask.includes('may: Bash'));
  await until('its prompt is in the inbox', async () => (await prompt()) !== undefined);
  expect((await world.writ(['inbox', (await prompt())?.id ?? '', 'deny'])).code).toBe(0);
  expect(await terminal.expect('</10>')).toContain('deny');

  terminal.press('quit\r');
  expect(await terminal.ended).toBe(0);

  // Counted, and bounded where the person says so.
  const here = { cwd: repository };
  const counted = JSON.parse((await world.writ(['inbox', '--per-hour', '3', '--json'], here)).stdout) as object;
  expect(counted).toMatchObject({ interruptions: { perHour: 3, terminal: 6, inbox: 0 } });

  // The smallest change of the preset, as a diff of its words, accepted line by line.
  const suggested = await world.writ(['suggest', '--preset', 'worktree', '--accept', '1', '--json'], here);
  expect(JSON.parse(suggested.stdout)).toMatchObject({
    diff: expect.arrayContaining([expect.stringMatching(/^\+ may push to .*docs\/x/)]),
    accepted: [1],
  });
  const none = await world.writ(['suggest', '--preset', 'worktree', '--json'], here);
  expect(JSON.parse(none.stdout)).toMatchObject({ suggestions: [], diff: [] });

  // Left before going: counted, until a time, shown, and told of on coming back.
  const leave = await world.writ(['leave', 'push to feat/x*, one pull request, for 2h', '--yes', '--json'], here);
  expect(leave.code, leave.stderr).toBe(0);
  expect(JSON.parse(leave.stdout)).toMatchObject({
    items: [{ resource: 'git://app/refs/heads/feat/x', uses: 10, kind: 'left' }, { uses: 1 }],
  });
  expect((await world.writ(['leave', 'push to main', '--yes'], here)).stderr).toContain('the branch is protected');
  const back = await world.writ(['back'], here);
  expect(back.stdout).toMatch(/Since you left[^]*used 0 of 10/);
  // Nothing has happened since: then `writ` alone says nothing of it.
  expect((await world.writ([], here)).stdout).not.toContain('Since you left');
  const { items } = await remembered();
  const [first, second, memory] = items;
  expect((await world.writ(['remembered', 'forget', first?.id ?? '', second?.id ?? ''])).code).toBe(0);
  expect((await remembered()).items).toMatchObject([{ id: memory?.id }]);
});
