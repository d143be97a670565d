/**
 * A launcher that stands by: loaded before it is asked for, it takes one start at a terminal, is its launcher from there to its end, and takes no other.
 *
 * It is the same launcher as one at a terminal, with another process in front (`front.ts`), and approves nothing before a person started something. What it was loaded from must
 * still be what is on disk, or it declines.
 */

import { once } from 'node:events';
import { chmodSync, constants as files, openSync, readFileSync, rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { ReadStream, WriteStream } from 'node:tty';
import type { Front, Io } from '../io.ts';
import { makeFolder } from '../place/make-folder.ts';
import type { FromFront, FromLauncher } from './wire.ts';
import { hearFront, tell } from './wire.ts';

export type Standing = {
  /** Where it is asked. */
  readonly path: string;
  /** The version of Node, and the entry of ours, that it runs. */
  readonly program: readonly [node: string, entry: string];
  /** Whether what it was loaded from is what is on disk. */
  readonly isCurrent: () => boolean;
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** Somebody came, and nobody else is answered here. */
  readonly onTaken: () => void;
};

/** A start that was taken. */
export type Taken = {
  readonly argv: readonly string[];
  readonly io: Io;
  /** Says how it ended. Resolves when that is said. */
  readonly exit: (code: number) => Promise<void>;
};

type Start = FromFront & { readonly type: 'start' };

/** Waits for one start; null where the wait was ended, or the start not taken. */
export async function standBy(standing: Standing): Promise<Taken | null> {
  const { path, signal, onTaken } = standing;
  makeFolder(dirname(path));
  rmSync(path, { force: true });
  const server = createServer();
  try {
    server.listen(path);
    await once(server, 'listening', { signal });
    chmodSync(path, 0o600);
    // The signature of the event.
    const [socket] = (await once(server, 'connection', { signal })) as [Socket];
    close(server, path);
    onTaken();
    return await take(socket, standing);
  } catch (error) {
    close(server, path);
    if (signal.aborted) return null;
    throw error;
  }
}

function close(server: Server, path: string): void {
  server.close();
  rmSync(path, { force: true });
}

async function take(socket: Socket, { program, isCurrent }: Standing): Promise<Taken | null> {
  const say = (said: FromLauncher): void => tell(socket, said);
  const heard = Promise.withResolvers<Start | null>();
  const started = Promise.withResolvers<number | null>();
  const ended = Promise.withResolvers<number>();
  socket.on('error', () => undefined); // what follows is its close
  socket.on('close', () => {
    heard.resolve(null);
    started.resolve(null);
    ended.resolve(128 + constants.signals.SIGHUP);
    // Nobody is there any more: what is asked of a person, or begun, ends as when a terminal is closed.
    process.kill(process.pid, 'SIGHUP');
  });
  hearFront(socket, (said) => {
    switch (said.type) {
      case 'start':
        return heard.resolve(said);
      case 'signal':
        // As if it had been sent to this process.
        return void process.kill(process.pid, said.name);
      case 'started':
        return started.resolve(said.pid);
      case 'ended':
        started.resolve(null);
        return ended.resolve(said.code);
    }
  });
  const start = await heard.promise;
  if (start === null) return null;
  const isSame = start.program.every((part, index) => part === program[index]);
  if (!isSame || !isCurrent()) {
    say({ type: 'declined' });
    return null;
  }
  say({ type: 'taken' });
  const front: Front = {
    pid: start.pid,
    parent: start.parent,
    async run({ argv, cwd, env, filter, beginAt }) {
      const given = filter === null ? null : { at: filter.at, bytes: filter.bytes.toString('base64') };
      say({ type: 'run', argv, cwd, env: set(env), filter: given, beginAt });
      return {
        pid: (await started.promise) ?? undefined,
        kill: (name) => say({ type: 'kill', name }),
        begin: () => say({ type: 'begin' }),
        ended: ended.promise,
      };
    },
  };
  return {
    argv: start.argv,
    io: become(start, front),
    exit: (code) =>
      new Promise((resolve) => {
        socket.removeAllListeners('close').once('close', resolve);
        if (socket.destroyed) resolve();
        else say({ type: 'exit', code });
      }),
  };
}

/** Of an environment: what is set. */
const set = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));

/** What it leaves out of the modes of new files, as proc(5) shows it; where that is not shown, everything of others'. */
function umaskOf(pid: number): number {
  const [, octal] = /^Umask:\s*([0-7]+)$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8')) ?? [];
  return octal === undefined ? 0o077 : Number.parseInt(octal, 8);
}

/** From here on this process stands where the one at the terminal does: its environment, its folder, its terminal. */
function become({ pid, env, cwd }: Start, front: Front): Io {
  for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, env);
  process.chdir(cwd);
  process.umask(umaskOf(pid));
  // Not as its own terminal (O_NOCTTY): whose keys are signals to whom stays as it is.
  const opened = (descriptor: number): number =>
    openSync(`/proc/${String(pid)}/fd/${String(descriptor)}`, files.O_RDWR | files.O_NOCTTY);
  const [stdout, stderr] = [new WriteStream(opened(1)), new WriteStream(opened(2))];
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined); // a terminal that was closed
  const keys = keysOf(() => opened(0));
  return {
    get stdin() {
      return keys();
    },
    ...{ stdout, stderr, env: process.env, cwd, now: Date.now, front },
  };
}

/**
 * The keys of a terminal, a stream for each time they are asked for. INVARIANT: what is typed for the program is not read here: a stream of Node's that is paused may still read on, so one
 * that is paused is closed.
 */
function keysOf(open: () => number): () => ReadStream {
  let stream: ReadStream | null = null;
  return () => {
    if (stream !== null && !stream.destroyed) return stream;
    const fresh = (stream = new ReadStream(open()));
    fresh.on('error', () => undefined).once('pause', () => fresh.destroy());
    fresh.unref();
    return fresh;
  };
}
