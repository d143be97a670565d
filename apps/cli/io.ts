/** The process as a command sees it: streams, environment, working directory, clock. Handed in, so that tests and the first night can stand in. */

import type { ReadStream, WriteStream } from 'node:tty';

export type Io = {
  readonly stdin: ReadStream | NodeJS.ReadStream;
  readonly stdout: WriteStream | NodeJS.WriteStream;
  readonly stderr: WriteStream | NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The process that stands at the terminal for this one; without it this one does. */
  readonly front?: Front;
};

/** A process at the person's terminal: it starts there what it is told, and is the parent of it. */
export type Front = {
  readonly pid: number;
  /** The process that started it. */
  readonly parent: number;
  /** Starts a program on the terminal. */
  readonly run: (command: {
    readonly argv: readonly string[];
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    /** What it reads from a descriptor of its own; null: nothing. */
    readonly filter: { readonly at: number; readonly bytes: Buffer } | null;
    /** The descriptor on which it is told to begin; null where it begins at once. */
    readonly beginAt: number | null;
  }) => Promise<RunningProgram>;
};

/** A program that was started on a terminal. */
export type RunningProgram = {
  /** Undefined where it could not be started. */
  readonly pid: number | undefined;
  readonly kill: (name: NodeJS.Signals) => void;
  /** Tells what waits for it to begin. */
  readonly begin: () => void;
  /** Resolves with its exit code, as a shell reports it. */
  readonly ended: Promise<number>;
};
