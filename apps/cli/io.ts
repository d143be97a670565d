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
};
