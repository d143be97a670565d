/** The command line as a stranger types it: no error without a way out, and nothing written by asking. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Io } from './io.ts';
import { commands } from './program/registry.ts';
import { runCli } from './run-cli.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'writ-cli-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function writ(argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  // Streams that are no terminals; the commands ask for nothing a terminal has besides.
  const io = {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env: { WRIT_HOME: join(folder, 'home'), ...env },
    cwd: folder,
    now: () => 0,
  } as unknown as Io;
  const code = await runCli(argv, io);
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

describe('usage errors', () => {
  it.each([
    [['stpo'], 'there is no command `stpo`', 'did you mean `writ stop`?'],
    [['run'], '`writ run` was not told its file: a mission file', 'such as `writ run mission.md`; `writ run --help`'],
    [['mandate', 'show'], '`writ mandate show` was not told its id: the mandate', '`writ mandate show --help`'],
    [['qwen', '-q'], 'there is no command `qwen`', 'run it under a mandate with `writ exec -- qwen`'],
    [['stop', '--foo'], 'unknown option `--foo`', '`writ stop --help`'],
    [['mandate', 'shw'], 'there is no command `mandate shw`', 'did you mean `writ mandate show`?'],
    [['managed', 'frob'], 'there is no command `managed frob`', '`writ managed --help` lists them'],
    [['up', '--restart', 'maybe'], 'it is one of always, never', '`writ up --help`'],
    [['serve'], 'it is not said which plane to serve', '--plane control'],
    [['stop', 'm-7/x'], '`m-7/x` is no id', '`writ stop --help`'],
    [['show', 'a b'], '`a b` is no id', '`writ show` lists what there is'],
    [['mandate', 'show', ''], '`` is no id', '`writ mandate show --help`'],
    [['session', 'send', '*', 'go on'], '`*` is no id', '`writ session send --help`'],
    [['completion', 'csh'], 'no completion for `csh`', '`bash`, `zsh`, `fish`'],
  ])('%j says what, and the way out', async (argv, what, wayOut) => {
    const { code, err, out } = await writ(argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.replace(/\s+/g, ' ')).toContain(what);
    expect(err.replace(/\s+/g, ' ')).toContain(wayOut);
  });

  it('is a problem object under --json', async () => {
    const { code, err } = await writ(['stpo', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(err)).toMatchObject({ code: 'usage', status: 400, detail: 'there is no command `stpo`' });
  });
});

describe('with nothing running', () => {
  it('`writ` alone says what fits and writes nothing', async () => {
    const { code, out } = await writ([]);
    expect(code).toBe(0);
    expect(out).toContain('Writ is not running');
    expect(existsSync(join(folder, 'home'))).toBe(false);
  });

  it.each([
    [['show']],
    [['log']],
    [['inbox']],
    [['stop']],
    [['mandate', 'list']],
    [['signal', 'list']],
    [['signal', 'source', 'remove', 'x']],
    [['audit', 'verify']],
    [['scope']],
  ])('%j ends with 4 and says how to start it', async (argv) => {
    const { code, err } = await writ(argv);
    expect(code).toBe(4);
    expect(err).toContain(argv[0] === 'stop' ? 'writ stop --local' : 'writ up');
  });

  it('says of a command what a call of it is judged as: what governs an agent is not only a file', async () => {
    const { out } = await writ(['classify', 'echo x > .git/hooks/pre-commit']);
    expect(out).toMatch(/hooks\.write +workspace:\/\/[^/]+\/\.git\/hooks\/pre-commit/);
    expect(out).toContain('worktree never');
  });

  it('has no colours in a pipe, in CI neither, and those that are asked for', async () => {
    const run = (env: NodeJS.ProcessEnv): string =>
      execFileSync(process.execPath, [fileURLToPath(new URL('writ.js', import.meta.url)), 'classify', 'ls'], {
        cwd: folder,
        env: { PATH: process.env['PATH'], WRIT_HOME: join(folder, 'home'), ...env },
        encoding: 'utf8',
      });
    expect(run({ CI: 'true' })).toBe(run({}));
    expect(run({ CI: 'true', FORCE_COLOR: '1' })).not.toBe(run({}));
  });

  it('`writ down` is harmless', async () => {
    expect(await writ(['down'])).toMatchObject({ code: 0, out: expect.stringContaining('was not running') });
  });

  it('says that the state folder cannot be used, and how to name another', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { code, err } = await writ(['up'], { WRIT_HOME: join(folder, 'file') });
    expect(code).toBe(1);
    expect(err).toContain('Writ cannot keep its state in');
    expect(err).toContain('WRIT_HOME');
  });

  it.each([
    [['policy', 'adopt', 'nope', '--yes'], 'docs/guide/approval.md'],
    [['mandate', 'evidence', '--file', 'nope'], 'writ mandate evidence ID --json'],
    [['session', 'import', 'nope'], 'writ session export'],
    [['run', 'nope'], 'docs/guide/getting-started.md'],
    [['people', 'use', '--token-file', 'nope'], 'writ people token'],
  ])('%j names the file that is not there, and what it wants', async (argv, wayOut) => {
    const { code, err } = await writ(argv);
    expect(code).toBe(2);
    expect(err).toContain('there is no file `nope`');
    expect(err).toContain(wayOut);
  });

  it('names a mission file that is not there, or in no repository', async () => {
    expect((await writ(['run', 'nope.md', '--yes'])).err).toContain('there is no file `nope.md`');
    writeFileSync(join(folder, 'mission.md'), '# x\n');
    expect((await writ(['run', 'mission.md', '--yes'])).err).toContain('git init');
  });

  it('runs nothing without a person or --yes, and starts nothing to find out', async () => {
    execFileSync('git', ['init', '-q', folder]);
    writeFileSync(join(folder, 'mission.md'), '# x\n');
    const { code, err } = await writ(['run', 'mission.md']);
    expect({ code, home: existsSync(join(folder, 'home')) }).toEqual({ code: 5, home: false });
    expect(err).toContain('--yes');
  });
});

describe('inside a run, with a door nobody answers', () => {
  it.each([
    [['up']],
    [['down']],
    [['serve', '--plane', 'control']],
    [['claude']],
    [['exec', '--', 'true']],
    [['run', 'mission.md']],
    [['inbox']],
    [['scope']],
    [['pause']],
  ])('%j is refused', async (argv) => {
    expect((await writ(argv, { WRIT_DOOR: join(folder, 'no.sock') })).code).toBe(3);
  });

  it('never falls back to the person’s own way to control', async () => {
    const { code, err } = await writ(['mandate', 'approve', 'm1', '--yes'], { WRIT_DOOR: join(folder, 'no.sock') });
    expect(code).toBe(4);
    expect(err).toContain('the door of this run does not answer');
  });
});

describe('help', () => {
  it('has a page with an example for every command', async () => {
    for (const { path, examples, group } of commands.filter((spec) => spec.group !== 'hidden')) {
      const { code, out } = await writ([...path.split(' '), '--help']);
      expect({ path, group, code, shown: out.includes(examples[0] ?? '?') }).toEqual({
        path,
        group,
        code: 0,
        shown: true,
      });
    }
  });

  it.each(['claude', 'codex', 'gemini', 'opencode'])(
    'the page of `%s` says where the help of the program is',
    async (name) => {
      const { out } = await writ([name, '--help']);
      expect(out.replaceAll(/\s+/g, ' ')).toContain(`its own help: writ ${name} -- --help`);
    },
  );

  it('keeps the first page short', async () => {
    const { out } = await writ(['--help']);
    expect(out.split('\n').length).toBeLessThan(30);
  });

  it('says what the exit codes mean', async () => {
    expect((await writ(['help', 'exit-codes'])).out).toContain('130  interrupted');
  });
});

it('completes every command in every shell', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, out } = await writ(['completion', shell]);
    expect(code).toBe(0);
    for (const word of ['approve', 'first-night', '--json'.slice(2)]) expect(out).toContain(word);
  }
});
