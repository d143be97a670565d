/**
 * The program of an attended session: started on the person's own terminal, recorded where others can end it, guarded until it has ended.
 *
 * It refuses to run what it could not record.
 */

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import type { AttendedPlace } from '@writ/enforce/attended';
import { filterDescriptor, giveFilter, kernelFilter, treeOf } from '@writ/enforce/attended';
import { failed } from '../exit.ts';
import type { Front, RunningProgram } from '../io.ts';
import { tellToBegin } from './begin.ts';
import type { GuardEvent, GuardOptions } from './guard.ts';
import { guardSession } from './guard.ts';
import type { Processes } from './session-processes.ts';
import { tellStanding } from './tell-standing.ts';

export type Program = Omit<GuardOptions, 'tree' | 'onEvent'> & {
  /** The sandbox around it, then the program, then its arguments. */
  readonly argv: readonly string[];
  /** Whether it starts by reading the filter of what it may ask of the kernel. */
  readonly readsFilter: boolean;
  /** The descriptor on which what stands around it is told to start it; null where it starts it at once. */
  readonly beginAt: number | null;
  /** What has to be before it begins. What stands around it is made meanwhile, where it waits. */
  readonly prepared: Promise<unknown>;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly marker: string;
  readonly place: AttendedPlace;
  /** A sentence for the terminal, which is the program's. */
  readonly tell: (sentence: string) => void;
  readonly processes: Processes;
  /** Speaks with it over its standard input and output; null: they are the person's terminal. */
  readonly talk: ((child: Talking) => void) | null;
  /** Who starts it on the terminal in the place of this process. */
  readonly front: Front | undefined;
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
  const { place, tell, talk, front } = program;
  const [file = ''] = program.argv;
  if (program.beginAt === null) await program.prepared;
  const child = front === undefined ? startHere(program) : await startThere(front, program);
  const ended = outliving(child);
  const tree = child.pid === undefined ? null : treeOf(child.pid, program.marker, null, front?.pid);
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
    if (child.streams !== null) talk?.(child.streams);
  } catch (error) {
    child.kill('SIGKILL');
    await ended;
    throw error;
  }
  // The sandbox waits for the end of it, and this process for nothing else before.
  await child.given;
  const begun = program.prepared.then(() => child.begin());
  let code: number;
  {
    await using _ = await guardSession({ ...program, tree, onEvent });
    program.onGuarded();
    [code] = await Promise.all([ended, begun]);
  }
  const elsewhere = stoppedBecause === null ? place.stopWord() : null;
  if (elsewhere !== null) onEvent({ kind: 'ended', why: elsewhere.why });
  return { code, stoppedBecause };
}

type Started = RunningProgram & {
  /** Its input and output, where they are ours. */
  readonly streams: Talking | null;
  /** Resolves when what stands around it can begin. */
  readonly given: Promise<void>;
};

/** A child of this process. */
function startHere({ argv: [file = '', ...args], cwd, env, talk, readsFilter, beginAt }: Program): Started {
  const own: readonly ('inherit' | 'pipe')[] = talk === null ? ['inherit', 'inherit'] : ['pipe', 'pipe'];
  const given = [readsFilter, beginAt !== null].map((is) => (is ? 'pipe' : 'ignore'));
  const child = spawn(file, args, { cwd, env, stdio: [...own, 'inherit', ...given] });
  return {
    pid: child.pid,
    kill: (name) => void child.kill(name),
    begin: () => tellToBegin(child, beginAt),
    streams: child.stdin === null || child.stdout === null ? null : { input: child.stdout, output: child.stdin },
    given: readsFilter ? giveFilter(child) : Promise.resolve(),
    ended: new Promise((resolve) => {
      child.once('error', () => resolve(127));
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    }),
  };
}

/** A child of the process that stands at the terminal for this one. */
async function startThere(front: Front, { argv, cwd, env, readsFilter, beginAt }: Program): Promise<Started> {
  const filter = readsFilter ? { at: filterDescriptor, bytes: kernelFilter() } : null;
  return { ...(await front.run({ argv, cwd, env, filter, beginAt })), streams: null, given: Promise.resolve() };
}

/** Its exit code. Interrupts are the program's to handle; a closed terminal ends it, and we outlive it to say so. */
async function outliving(child: RunningProgram): Promise<number> {
  const ignore = (): void => undefined;
  const forward = (signal: NodeJS.Signals): void => child.kill(signal);
  process.on('SIGINT', ignore).on('SIGQUIT', ignore).on('SIGTERM', forward).on('SIGHUP', forward);
  const code = await child.ended;
  process.off('SIGINT', ignore).off('SIGQUIT', ignore).off('SIGTERM', forward);
  // SIGHUP stays taken: it may come twice, and the rest of the session is still to be closed.
  return code;
}
