/**
 * The program of an attended session: started on the person's own terminal, recorded where others can end it, guarded until it has ended.
 *
 * It refuses to run what it could not record.
 */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import type { AttendedPlace } from '@writ/enforce/attended';
import { giveFilter, treeOf } from '@writ/enforce/attended';
import { failed } from '../exit.ts';
import type { GuardEvent, GuardOptions } from './guard.ts';
import { guardSession } from './guard.ts';
import type { Processes } from './session-processes.ts';
import { tellStanding } from './tell-standing.ts';

export type Program = Omit<GuardOptions, 'tree' | 'onEvent'> & {
  /** The sandbox around it, then the program, then its arguments. */
  readonly argv: readonly string[];
  /** Whether it starts by reading the filter of what it may ask of the kernel. */
  readonly readsFilter: boolean;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly marker: string;
  readonly place: AttendedPlace;
  /** A sentence for the terminal, which is the program's. */
  readonly tell: (sentence: string) => void;
  readonly processes: Processes;
  /** Speaks with it over its standard input and output; null: they are the person's terminal. */
  readonly talk: ((child: Talking) => void) | null;
  /** It runs, and is guarded: what it needs a moment later has time from here on. */
  readonly onGuarded: () => void;
};

/** A program whose input and output are ours. */
export type Talking = { readonly input: Readable; readonly output: Writable };

export type EndedProgram = {
  readonly code: number;
  /** Why it was ended; null when it ended by itself. */
  readonly stoppedBecause: string | null;
};

/** Runs it to its end. */
export async function runProgram(program: Program): Promise<EndedProgram> {
  const { place, tell } = program;
  const [file = '', ...args] = program.argv;
  const { cwd, env, talk } = program;
  const own: readonly ('inherit' | 'pipe')[] = talk === null ? ['inherit', 'inherit'] : ['pipe', 'pipe'];
  const stdio = [...own, 'inherit' as const, ...(program.readsFilter ? ['pipe' as const] : [])];
  const child = spawn(file, args, { cwd, env, stdio });
  const given = program.readsFilter ? giveFilter(child) : Promise.resolve();
  const ended = ending(child);
  const tree = child.pid === undefined ? null : treeOf(child.pid, program.marker, null);
  if (tree === null) throw failed(`\`${file}\` could not be started`, null);
  let stoppedBecause: string | null = null;
  const say = tellStanding(tell);
  const onEvent = (event: GuardEvent): void => {
    if (event.kind === 'ended') stoppedBecause = event.why;
    program.processes.standsStill = event.kind !== 'thawed';
    say(event);
  };
  try {
    place.started(tree.root);
    program.processes.tree = tree;
    if (child.stdin !== null && child.stdout !== null) talk?.({ input: child.stdout, output: child.stdin });
  } catch (error) {
    child.kill('SIGKILL');
    await ended;
    throw error;
  }
  // The sandbox waits for the end of it, and this process for nothing else before.
  await given;
  let code: number;
  {
    await using _ = await guardSession({ ...program, tree, onEvent });
    program.onGuarded();
    code = await ended;
  }
  const elsewhere = stoppedBecause === null ? place.stopWord() : null;
  if (elsewhere !== null) onEvent({ kind: 'ended', why: elsewhere.why });
  return { code, stoppedBecause };
}

/** Its exit code, as a shell would report it. Interrupts are the program's to handle; a closed terminal ends it, and we outlive it to say so. */
function ending(child: ChildProcess): Promise<number> {
  const ignore = (): void => undefined;
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', ignore).on('SIGQUIT', ignore).on('SIGTERM', forward).on('SIGHUP', forward);
  return new Promise((resolve) => {
    const done = (code: number): void => {
      process.off('SIGINT', ignore).off('SIGQUIT', ignore).off('SIGTERM', forward);
      // SIGHUP stays taken: it may come twice, and the rest of the session is still to be closed.
      resolve(code);
    };
    child.once('error', () => {
      done(127);
    });
    child.once('exit', (code, signal) => {
      done(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
