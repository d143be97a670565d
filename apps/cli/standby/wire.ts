/** What the process at the terminal and the launcher that stood by say to each other: JSON, a line each, over a socket in the state folder of one person. */

import type { Socket } from 'node:net';

/** From the terminal. */
export type FromFront =
  | {
      readonly type: 'start';
      readonly pid: number;
      readonly parent: number;
      readonly argv: readonly string[];
      readonly cwd: string;
      readonly env: Readonly<Record<string, string>>;
      /** The version of Node, and the entry of ours, that it runs. */
      readonly program: readonly [node: string, entry: string];
    }
  /** The terminal, or somebody else, sent it. */
  | { readonly type: 'signal'; readonly name: NodeJS.Signals }
  | { readonly type: 'started'; readonly pid: number }
  /** As a shell reports it. */
  | { readonly type: 'ended'; readonly code: number };

/** From the launcher. */
export type FromLauncher =
  /** It cannot take this start; the one at the terminal launches by itself. */
  | { readonly type: 'declined' }
  | { readonly type: 'taken' }
  | {
      readonly type: 'run';
      readonly argv: readonly string[];
      readonly cwd: string;
      readonly env: Readonly<Record<string, string>>;
      /** In Base64, what it reads from a descriptor of its own. */
      readonly filter: { readonly at: number; readonly bytes: string } | null;
      readonly beginAt: number | null;
    }
  | { readonly type: 'begin' }
  | { readonly type: 'kill'; readonly name: NodeJS.Signals }
  | { readonly type: 'exit'; readonly code: number };

/** Sends one of ours. */
export const tell = (socket: Socket, said: FromFront | FromLauncher): void =>
  void socket.write(`${JSON.stringify(said)}\n`);

/** Calls `hear` with each message. A line that is none ends the talk. */
function hearLines(socket: Socket, hear: (said: unknown) => void): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      let said: unknown;
      try {
        said = JSON.parse(line);
      } catch {
        socket.destroy();
        return;
      }
      hear(said);
    }
  });
}

// What the other end says is what its type says: both ends are the same program of the same user, and each sees to that before it does anything.
export const hearFront = hearLines as (socket: Socket, hear: (said: FromFront) => void) => void;
// As above.
export const hearLauncher = hearLines as (socket: Socket, hear: (said: FromLauncher) => void) => void;
