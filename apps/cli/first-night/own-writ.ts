/**
 * The night's own Writ: the same commands a person types, run in this process against a state folder of the night's. Nothing here reaches
 * the person's own state.
 */

import { delimiter, dirname } from 'node:path';
import type { Api } from '../connect/api.ts';
import { openPlanes } from '../connect/planes.ts';
import type { Io } from '../io.ts';
import type { Home } from '../place/home.ts';
import { homeAt } from '../place/home.ts';
import type { Context } from '../program/context.ts';
import { contextOf } from '../program/context.ts';
import { runCli } from '../run-cli.ts';

export type OwnWrit = {
  readonly io: Io;
  readonly home: Home;
  readonly context: Context;
  /** Runs one command; its output goes where ours goes. Resolves with its exit code. */
  command(...argv: readonly string[]): Promise<number>;
  runtime(): Promise<Api>;
  control(): Promise<Api>;
};

/** A Writ whose state lies in `stateDir`, seen from `cwd`. */
export function ownWrit(stateDir: string, cwd: string): OwnWrit {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WRIT_')));
  const io: Io = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    // The agents of the night run on this Node, whichever the machine has.
    env: { ...env, WRIT_HOME: stateDir, PATH: [dirname(process.execPath), env['PATH'] ?? ''].join(delimiter) },
    cwd,
    now: Date.now,
  };
  const home = homeAt(stateDir);
  const planes = openPlanes(io, home);
  return {
    io,
    home,
    context: contextOf(io, home, planes, false),
    command: (...argv) => runCli(argv, io),
    runtime: () => planes.runtime(),
    control: () => planes.control(),
  };
}
