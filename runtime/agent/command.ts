/** The `command` driver: a turn is one program in the session's directory, with the prompt on its standard input; it ends with the exit code. */

import type { Ports } from '../ports.ts';
import type { RunEnd } from '../runner/run.ts';
import { LiveRun } from '../runner/live-run.ts';
import { startRun } from '../runner/start-run.ts';
import type { Driver, TurnEnd, TurnWork } from './driver.ts';
import { wholePrompt } from './driver.ts';

/** A driver that runs the session's own command line. */
export function commandDriver(ports: Ports): Driver {
  return {
    adopts: true,
    async run(work) {
      const run = await open(ports, work);
      return 'ended' in run ? turnEnd(run) : turnEnd(await followUntil(run, work.signal));
    },
  };
}

async function open(ports: Ports, work: TurnWork): Promise<LiveRun | RunEnd> {
  const { session, turn, argv, cwd, adopt } = work;
  if (adopt !== null) return new LiveRun(ports, session.id, adopt);
  const [program, ...rest] = argv;
  if (program === undefined)
    return { ended: 'refused', hold: null, code: 'invalid', sentence: 'there is nothing to run', wayOut: null };
  const started = await startRun(ports, {
    session: session.id,
    turn,
    purpose: 'work',
    argv: [program, ...rest],
    cwd,
    env: {},
    // A last line that has no end is not read as one by `read` of a shell.
    stdin: wholePrompt(work).replace(/\n?$/, '\n'),
  });
  return started.ok ? started.run : started.end;
}

/** Follows a run and kills it when `signal` aborts. */
export async function followUntil(
  run: LiveRun,
  signal: AbortSignal,
  onText: (text: string) => void = () => undefined,
  record = true,
): Promise<RunEnd> {
  const stop = (): void => void run.kill(String(signal.reason));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await run.follow(onText, { record });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** How a turn ended whose run ended like this. */
export function turnEnd(end: RunEnd): TurnEnd {
  switch (end.ended) {
    case 'exited':
      return end.exitCode === 0
        ? { ended: 'done', exitCode: 0, summary: lastLine(end.output) }
        : {
            ended: 'failed',
            exitCode: end.exitCode,
            summary: `it ended with exit code ${String(end.exitCode)}${said(end.output)}`,
          };
    case 'killed':
      return { ended: 'interrupted', summary: end.why };
    case 'lost':
      return { ended: 'interrupted', summary: `what became of it is not known: ${end.why}` };
    case 'refused':
      return { ended: 'refused', hold: end.hold, code: end.code, summary: end.sentence, wayOut: end.wayOut };
    case 'unreachable':
      return { ended: 'unreachable', summary: end.sentence };
  }
}

const lastLine = (output: string): string => output.trimEnd().split('\n').at(-1)?.slice(0, 300).toWellFormed() ?? '';
const said = (output: string): string => (lastLine(output) === '' ? '' : `; its last line: ${lastLine(output)}`);
