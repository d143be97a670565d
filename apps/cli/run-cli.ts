/**
 * One call of the program: parse, run one command, turn how it ended into an exit code. It never ends the process and decides nothing.
 *
 * With `--json`, errors are problem objects (RFC 9457) on standard error.
 */

import { CommandEnd, exitCodes, problem } from './exit.ts';
import type { Io } from './io.ts';
import { findHome, whyClosed } from './place/home.ts';
import { contextOf } from './program/context.ts';
import { systemProblem } from './system-error.ts';

/** Runs the command line `argv` (without node and script). Resolves with the exit code. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  const json = wantsJson(argv);
  try {
    const [{ buildProgram }, { openPlanes }] = await Promise.all([
      import('./program/build.ts'),
      import('./connect/planes.ts'),
    ]);
    const home = findHome(io.env);
    const context = contextOf(io, home, openPlanes(io, home), json);
    return await buildProgram(context)(argv);
  } catch (error) {
    return await report(inAClosedHome(error, io), io, json);
  }
}

/** Whether `--json` is among our own options: what follows `--`, and what follows the name of another program, is not. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  return argv[0] === 'claude' || argv[0] === 'exec' ? argv[1] === '--json' : own.includes('--json');
}

async function report(error: unknown, io: Io, json: boolean): Promise<number> {
  const end =
    error instanceof CommandEnd ? error : new CommandEnd(systemProblem(error) ?? bug(error), exitCodes.failed);
  if (json) {
    const { safeJson } = await import('./render/safe-text.ts');
    io.stderr.write(`${safeJson(end.problem)}\n`);
    return end.exitCode;
  }
  const [{ renderProblem }, { styleFor }] = await Promise.all([
    import('./render/problem.ts'),
    import('./render/terminal.ts'),
  ]);
  io.stderr.write(`${renderProblem(end.problem, styleFor(io, 'stderr')).join('\n')}\n`);
  if (io.env['WRIT_DEBUG'] && error instanceof Error) io.stderr.write(`${error.stack ?? ''}\n`);
  return end.exitCode;
}

/** Nothing can be asked in a home that is not this person's: that it does not run there would be a guess. */
function inAClosedHome(error: unknown, { env }: Io): unknown {
  if (!(error instanceof CommandEnd) || error.problem.code !== 'not_running') return error;
  const why = whyClosed(findHome(env));
  if (why === null) return error;
  return new CommandEnd(
    problem('not_running', 503, `Writ cannot be asked: ${why}`, 'make it yours, or name another with WRIT_HOME'),
  );
}

/** Something we did not foresee: said as what it is, with a way to see more. */
function bug(error: unknown) {
  const message = error instanceof Error ? error.message : String(error);
  return problem(
    'bug',
    500,
    `this should not happen: ${message}`,
    'set WRIT_DEBUG=1 to see where, and please report it',
  );
}
