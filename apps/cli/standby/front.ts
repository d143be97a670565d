/**
 * A start at a terminal by the launcher that stands by: this process stays at the terminal, is the parent of the program and gives its exit code; approving, judging and ending
 * are the launcher's, in a process that was loaded before it was asked for.
 *
 * It decides nothing. INVARIANT: without its launcher no program goes on: the launcher gone, the program is ended.
 *
 * Nothing is loaded here that this does not need: it is what a start waits for.
 */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fstatSync, lstatSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { tellToBegin } from '../launcher/begin.ts';
import { findHome } from '../place/home.ts';
import { entry, standbySocket, standbyVariable } from './place.ts';
import type { FromFront, FromLauncher } from './wire.ts';
import { hearLauncher, tell } from './wire.ts';

/** Its exit code; null where this process has to launch by itself: no launcher stands by, or it cannot take this start. */
export async function startByStandby(argv: readonly string[]): Promise<number | null> {
  const { env } = process;
  if (!isOneTerminal() || env[standbyVariable] === '0') return null;
  // What Node reads from it at its own start, a process that runs already has not read.
  if (Object.keys(env).some((name) => name.startsWith('NODE_'))) return null;
  const path = standbySocket(findHome(env));
  if (!isOwnSocket(path)) return null;
  const socket = connect(path);
  try {
    await once(socket, 'connect');
  } catch {
    return null;
  }
  return await standInFront(socket, argv);
}

/** Whether input, output and errors are one terminal: then another process can open it, and nothing but the terminal is to be handed over. */
function isOneTerminal(): boolean {
  if (process.platform !== 'linux' || ![0, 1, 2].every((descriptor) => isatty(descriptor))) return false;
  const [input, output, errors] = [0, 1, 2].map((descriptor) => fstatSync(descriptor).rdev);
  return input === output && output === errors;
}

/** INVARIANT: this process starts what it is told over the socket, so it listens to nobody but the user it runs as; root least of all to somebody else. */
export function isOwnSocket(path: string, user: number | undefined = process.geteuid?.()): boolean {
  const [socket, folder] = [path, dirname(path)].map((at) => lstatSync(at, { throwIfNoEntry: false }));
  return socket?.isSocket() === true && socket.uid === user && folder?.uid === user;
}

const passedOn = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGCONT'] as const;

/** Does what the launcher says. Resolves with the exit code, or with null where it has not taken the start. */
function standInFront(socket: Socket, argv: readonly string[]): Promise<number | null> {
  let child: ChildProcess | null = null;
  let beginAt: number | null = null;
  let isTaken = false;
  let lastSignal: NodeJS.Signals | null = null;
  const say = (said: FromFront): void => tell(socket, said);
  const pass = (name: NodeJS.Signals): void => {
    if (name !== 'SIGCONT') lastSignal = name;
    say({ type: 'signal', name });
  };
  for (const name of passedOn) process.on(name, pass);
  return new Promise((resolve) => {
    const end = (code: number | null): void => {
      socket.removeAllListeners('close').destroy();
      for (const name of passedOn) process.off(name, pass);
      resolve(code);
    };
    socket.on('error', () => undefined); // what follows is its close
    socket.on('close', () => {
      if (!isTaken) return end(null);
      // A signal that ended the launcher before anything began ends this the same way.
      if (child === null && lastSignal !== null) return end(128 + constants.signals[lastSignal]);
      child?.kill('SIGKILL');
      process.stderr.write('\r\nwrit: what held this session is gone, and so nothing of it goes on\r\n');
      end(1);
    });
    hearLauncher(socket, (said) => {
      switch (said.type) {
        case 'declined':
          return end(null);
        case 'taken':
          isTaken = true;
          return;
        case 'run':
          child = run(said, say);
          ({ beginAt } = said);
          return;
        case 'begin':
          return child === null ? undefined : tellToBegin(child, beginAt);
        case 'kill':
          return void child?.kill(said.name);
        case 'exit':
          return end(said.code);
      }
    });
    say({
      type: 'start',
      ...{ pid: process.pid, parent: process.ppid, argv, cwd: process.cwd() },
      env: { ...process.env } as Record<string, string>, // no variable of this process is undefined
      program: [process.version, entry],
    });
  });
}

/** Starts the program on this terminal, and tells of its end. */
function run(
  { argv: [file = '', ...args], cwd, env, filter, beginAt }: FromLauncher & { readonly type: 'run' },
  say: (said: FromFront) => void,
): ChildProcess {
  const pipes = [filter?.at ?? 2, beginAt ?? 2];
  const stdio = Array.from({ length: Math.max(...pipes) + 1 }, (_, descriptor) =>
    descriptor <= 2 ? 'inherit' : pipes.includes(descriptor) ? 'pipe' : 'ignore',
  );
  const child = spawn(file, args, { cwd, env, stdio });
  child.once('error', () => say({ type: 'ended', code: 127 }));
  child.once('exit', (code, signal) =>
    say({ type: 'ended', code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]) }),
  );
  if (child.pid !== undefined) say({ type: 'started', pid: child.pid });
  if (filter !== null) {
    const to = child.stdio[filter.at] as Writable | null; // a pipe, as it was asked for
    to?.on('error', () => undefined).end(Buffer.from(filter.bytes, 'base64'));
  }
  return child;
}
