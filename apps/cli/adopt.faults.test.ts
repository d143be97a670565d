/** `writ init` and `writ off` with the real binary: one yes, every file put back byte for byte, and a hook that breaks nobody's harness. */

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { guardCommand, guardStartCommand } from './guard/guard-command.ts';
import { exitCodes } from './exit.ts';
import { openTerminal } from '../../test/kit/terminal/terminal.ts';
import { main, ownMachine } from './testing/machine.ts';

const machine = ownMachine();
let app = '';
const file = (name: string): string => join(app, name);
const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
    cwd: app,
    encoding: 'utf8',
  });
/** With a tab, another line ending, and no newline at its end. */
const agents = Buffer.from('# Here\r\n\tbe kind ✓');

beforeEach(() => {
  app = join(machine.root, 'app');
  mkdirSync(join(app, 'src'), { recursive: true });
  git('init', '-q', '-b', 'main');
  writeFileSync(file('package.json'), '{"scripts":{"test":"x"}}');
  writeFileSync(file('AGENTS.md'), agents);
  git('add', '-A');
  git('commit', '-q', '-m', 'start');
  git('remote', 'add', 'origin', 'https://user:password@git.example.invalid/app.git');
});

const init = (...args: readonly string[]) => machine.writ(['init', ...args], app);
const off = (...args: readonly string[]) => machine.writ(['off', ...args], app);

test('nothing is written before an answer, and without a terminal nobody answers', async () => {
  const ended = await init('--guard');
  expect(ended.code).toBe(exitCodes.usage);
  expect(ended.err).toContain('nobody is at the terminal');
  expect(git('status', '--porcelain')).toBe('');
  expect(existsSync(machine.home)).toBe(false);
});

test('at a terminal, who leaves by Esc or Ctrl-C changes nothing, and who presses Enter takes what fits', async () => {
  await using terminal = openTerminal(['bash', '--norc', '--noprofile', '-i'], {
    cwd: app,
    env: { ...machine.env, PS1: 'person> ', WRIT: main, NODE: process.execPath },
  });
  await terminal.expect('person> ');
  const answer = async (keys: string): Promise<number> => {
    terminal.press('"$NODE" "$WRIT" init --guard; echo "[$?]"\r');
    await terminal.expect('(Enter: worktree)');
    terminal.press(keys);
    return Number(/\n\[(\d+)\]/.exec(await terminal.expect(/\n\[\d+\]/))?.[1]);
  };
  for (const keys of ['\u001b\r', '\u0003']) {
    expect(await answer(keys)).toBe(exitCodes.interrupted);
    expect(git('status', '--porcelain')).toBe('');
    expect(existsSync(machine.home)).toBe(false);
  }
  expect(await answer('\r')).toBe(0);
  expect(git('status', '--porcelain')).toBe(' M AGENTS.md\n?? .claude/\n');
  expect((await off()).code).toBe(0);
  expect(git('status', '--porcelain')).toBe('');
});

test('for a script: what was found, what was changed, and no password of a remote', async () => {
  const ended = await init('--preset', 'pr', '--yes', '--json', '--guard');
  expect(ended.code, ended.err).toBe(0);
  expect(JSON.parse(ended.out)).toMatchObject({
    preset: 'pr',
    facts: {
      tests: ['npm test'],
      protectedBranches: ['main'],
      remotes: [{ name: 'origin', host: 'git.example.invalid' }],
      conventions: ['AGENTS.md'],
    },
    files: [
      { path: 'AGENTS.md', change: expect.arrayContaining(['+<!-- writ: begin -->']) as unknown },
      { path: '.claude/settings.json', change: expect.any(Array) as unknown },
    ],
  });
  expect(ended.out).not.toContain('password');
  expect(git('status', '--porcelain')).toBe(' M AGENTS.md\n?? .claude/\n');
});

test('a file that is no text is not touched', async () => {
  const bytes = Buffer.from([0x23, 0xff, 0x0a]);
  writeFileSync(file('AGENTS.md'), bytes);
  expect(await init('--yes')).toMatchObject({
    code: exitCodes.failed,
    err: expect.stringContaining('UTF-8') as string,
  });
  expect(readFileSync(file('AGENTS.md')).equals(bytes)).toBe(true);
});

test('off puts back the bytes there were, takes away what was not there, and a second time finds nothing', async () => {
  await init('--yes', '--guard');
  // Another time it finds its own there, and leaves it as it is.
  await init('--yes', '--guard', '--preset', 'read-only');
  expect((await off()).code).toBe(0);
  expect(readFileSync(file('AGENTS.md')).equals(agents)).toBe(true);
  expect(existsSync(file('.claude'))).toBe(false);
  expect(git('status', '--porcelain')).toBe('');
  expect((await off()).out).toContain('no file here was changed');
});

test('where the repository has settings of Gemini CLI, its hooks are put beside them, and come out byte for byte', async () => {
  const theirs = '{\n    "ui": { "theme": "x" }\n}';
  mkdirSync(file('.gemini'));
  writeFileSync(file('.gemini/settings.json'), theirs);
  expect((await init('--yes', '--guard')).code).toBe(0);
  const own = { hooks: [{ type: 'command', name: 'writ', command: guardCommand('gemini'), timeout: 10_000 }] };
  expect(JSON.parse(readFileSync(file('.gemini/settings.json'), 'utf8'))).toMatchObject({
    ui: { theme: 'x' },
    hooks: { BeforeTool: [own], SessionStart: [{ hooks: [{ command: guardStartCommand('gemini') }] }] },
  });
  await init('--yes', '--guard');
  expect((await off()).code).toBe(0);
  expect(readFileSync(file('.gemini/settings.json'), 'utf8')).toBe(theirs);
});

test('what was edited since keeps its edits; where Writ’s part was edited, the file is left and that is said', async () => {
  await init('--yes', '--guard');
  const settings = file('.claude/settings.json');
  const theirs = { ...(JSON.parse(readFileSync(settings, 'utf8')) as object), model: 'theirs' };
  writeFileSync(settings, JSON.stringify(theirs));
  writeFileSync(file('AGENTS.md'), readFileSync(file('AGENTS.md'), 'utf8').replace('Do not retry', 'Perhaps retry'));
  const ended = await off('--json');
  expect(ended.code).toBe(exitCodes.failed);
  expect(JSON.parse(ended.out)).toMatchObject({
    files: [
      { path: 'AGENTS.md', how: 'left' },
      { path: '.claude/settings.json', how: 'taken_out' },
    ],
  });
  expect(JSON.parse(readFileSync(settings, 'utf8'))).toEqual({ model: 'theirs' });
  expect(readFileSync(file('AGENTS.md'), 'utf8')).toContain('Perhaps retry');
});

test('a record of another Writ is named, and nothing is touched', async () => {
  await init('--yes');
  const before = readFileSync(file('AGENTS.md'));
  const folder = join(machine.home, 'adopted');
  const [name = ''] = execFileSync('ls', [folder], { encoding: 'utf8' }).split('\n');
  writeFileSync(join(folder, name), '{"version":2}');
  const ended = await off();
  expect(ended).toMatchObject({
    code: exitCodes.failed,
    err: expect.stringContaining('this Writ cannot read it') as string,
  });
  expect(readFileSync(file('AGENTS.md')).equals(before)).toBe(true);
});

const call = (command: string): string =>
  JSON.stringify({
    session_id: 's',
    hook_event_name: 'PreToolUse',
    cwd: app,
    tool_name: 'Bash',
    tool_input: { command },
  });

/** Runs the hook as the harness does, with a `writ` of this kind on the PATH. */
function hook(
  given: string,
  writ: string | null,
  env: Record<string, string> = {},
  command = guardCommand('claude'),
): { code: number | null; out: string } {
  const bin = join(machine.root, 'bin');
  rmSync(bin, { recursive: true, force: true });
  mkdirSync(bin);
  if (writ !== null) {
    writeFileSync(join(bin, 'writ'), `#!/bin/sh\n${writ}\n`);
    chmodSync(join(bin, 'writ'), 0o755);
  }
  const path = [bin, '/usr/bin', '/bin'].join(delimiter);
  const ran = spawnSync('/bin/sh', ['-c', command], {
    input: given,
    encoding: 'utf8',
    cwd: app,
    env: { ...machine.env, ...env, PATH: path },
  });
  return { code: ran.status, out: ran.stdout + ran.stderr };
}

test.each([
  ['no Writ at all', null],
  ['one that is too old to know the command', 'echo "there is no command hook" >&2; exit 2'],
  ['one that is killed', 'kill -9 $$'],
])('a harness goes on where there is %s: the hook says nothing and ends with 0', (_, writ) => {
  expect(hook(call('git push origin main'), writ)).toEqual({ code: 0, out: '' });
});

const started = JSON.stringify({ hook_event_name: 'SessionStart', source: 'startup', session_id: 's' });

test.each([
  ['no Writ any more', null, 'no `writ` on the PATH'],
  ['one that is too old to know the hook', 'exit 2', 'older than the guard'],
])('a session says at its start why nothing is held back where there is %s, to who had one', (_, writ, why) => {
  const say = () => hook(started, writ, {}, guardStartCommand('claude'));
  // A teammate who never had Writ here.
  expect(say()).toEqual({ code: 0, out: '' });
  mkdirSync(machine.home);
  const { code, out } = say();
  expect({ code, said: JSON.parse(out) as unknown }).toMatchObject({
    code: 0,
    said: { systemMessage: expect.stringContaining(why) as string },
  });
});

test('the hook refuses what the preset refuses and says nothing to the rest', async () => {
  const real = `exec ${process.execPath} ${main} "$@"`;
  // Before anybody chose a preset here, there is nothing to hold against a call.
  expect(hook(call('git push origin main'), real)).toEqual({ code: 0, out: '' });
  await init('--yes', '--preset', 'worktree');
  const refused = hook(call('npm test && git push origin main'), real);
  expect(refused.code).toBe(0);
  expect(JSON.parse(refused.out)).toMatchObject({
    hookSpecificOutput: {
      permissionDecision: 'deny',
      permissionDecisionReason: expect.stringContaining('git.push') as string,
    },
  });
  expect(JSON.parse(hook(call('npm install left-pad'), real).out)).toMatchObject({
    hookSpecificOutput: { permissionDecision: 'ask' },
  });
  for (const quiet of [call('npm test'), 'nonsense', '', '{"hook_event_name":"Stop"}'])
    expect(hook(quiet, real), quiet).toEqual({ code: 0, out: '' });
  // Under `writ claude` the launcher answers.
  expect(hook(call('git push origin main'), real, { WRIT_SESSION: 's' })).toEqual({ code: 0, out: '' });
});
