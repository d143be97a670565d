/** A machine of its own for each test of the command: the real binary, a home for a person, a folder for state; taken down after each. */

import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { readSupervisorFile } from '../supervisor/supervisor-file.ts';
import type { SupervisorFile } from '../supervisor/supervisor-file.ts';

/** The program's entry. */
export const main = join(import.meta.dirname, '..', 'writ.js');

export type Ended = { readonly code: number; readonly out: string; readonly err: string };

export type Machine = {
  /** The person's home, and the folder commands run in. */
  readonly root: string;
  /** Writ's. */
  readonly home: string;
  readonly env: Record<string, string>;
  writ(argv: readonly string[], cwd?: string, env?: Record<string, string>): Promise<Ended>;
  /** What `--json` answers; fails on another exit code than `code`. */
  json<T>(argv: readonly string[], code?: number): Promise<T>;
  supervisor(): SupervisorFile;
  /** The process of a plane; fails where the supervisor has none: 0 would stand for every process of this test. */
  pidOf(plane: 'control' | 'runtime' | 'enforcer'): number;
  /** A committed repository `app` with a mission file; the file's path. */
  repositoryWith(mission: string): string;
};

/** The machine of the test that runs now. */
export function ownMachine(): Machine {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'writ-int-'));
  });
  afterEach(async () => {
    await machine.writ(['down', '--now']);
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  });
  const machine: Machine = {
    get root() {
      return root;
    },
    get home() {
      return join(root, 'state');
    },
    get env() {
      return {
        PATH: process.env['PATH'] ?? '',
        HOME: root,
        WRIT_HOME: machine.home,
        GIT_CONFIG_NOSYSTEM: '1',
        WRIT_STANDBY: '0',
      };
    },
    writ: (argv, cwd = root, env = {}) =>
      new Promise((resolve) => {
        const child = execFile(
          process.execPath,
          [main, ...argv],
          { cwd, env: { ...machine.env, ...env }, timeout: 60_000 },
          (error, out, err) => {
            resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 255, out, err });
          },
        );
        child.stdin?.end();
      }),
    async json<T>(argv: readonly string[], code = 0): Promise<T> {
      const ended = await machine.writ([...argv, '--json']);
      if (ended.code !== code)
        throw new Error(`writ ${argv.join(' ')} ended with ${String(ended.code)}\n${ended.out}\n${ended.err}`);
      // What the command promises; the expectations that follow look at it.
      return JSON.parse(ended.out) as T;
    },
    supervisor() {
      const file = readSupervisorFile(join(machine.home, 'supervisor.json'));
      if (file === null) throw new Error('nobody supervises');
      return file;
    },
    pidOf(plane) {
      const found = machine.supervisor().planes[plane];
      if (found === undefined) throw new Error(`nobody supervises the ${plane}`);
      return found.pid;
    },
    repositoryWith: (mission) => repositoryAt(join(root, 'app'), mission),
  };
  return machine;
}

/** Looks every 50 ms until it is so; fails, saying what it waited for, after three quarters of a minute. */
export async function until(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 45_000;
  while (!(await look())) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function repositoryAt(repository: string, mission: string): string {
  mkdirSync(repository);
  writeFileSync(join(repository, 'mission.md'), mission);
  writeFileSync(
    join(repository, 'work.mjs'),
    "import { writeFileSync } from 'node:fs';\nwriteFileSync(process.argv[2], 'made\\n');\n",
  );
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args], { cwd: repository });
  };
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  return join(repository, 'mission.md');
}
