/** What every command is given: streams and style, where state lives, and the three planes to ask, connected on first use. */

import type { Planes } from '../connect/planes.ts';
import type { Io } from '../io.ts';
import { doorOf } from '../place/door-above.ts';
import type { Home } from '../place/home.ts';
import { safeJson } from '../render/safe-text.ts';
import type { Style } from '../render/style.ts';
import { styleFor } from '../render/terminal.ts';

export type Context = {
  readonly io: Io;
  readonly home: Home;
  /** Whether the answer is wanted as JSON on standard output. */
  readonly json: boolean;
  /** The socket of the run this program was started in by an agent; null for a person. */
  readonly door: string | null;
  /** Prints one or more lines of the answer; nothing under `--json`. */
  readonly say: (...lines: readonly string[]) => void;
  /** Prints progress: like `say`, but on standard error, so that a pipe gets only the answer. */
  readonly progress: (...lines: readonly string[]) => void;
  /** Prints the answer as JSON; nothing without `--json`. */
  readonly answer: (value: unknown) => void;
  /** The style now: width and clock are read anew each time. */
  readonly style: () => Style;
  readonly planes: Planes;
};

/** The context of one call of the program. */
export function contextOf(io: Io, home: Home, planes: Planes, json: boolean): Context {
  return {
    io,
    home,
    json,
    door: doorOf(io.env, io.front?.parent),
    say: (...lines) => {
      if (!json) io.stdout.write(lines.map((line) => `${line}\n`).join(''));
    },
    progress: (...lines) => {
      if (!json) io.stderr.write(lines.map((line) => `${line}\n`).join(''));
    },
    answer: (value) => {
      if (json) io.stdout.write(`${safeJson(value, 2)}\n`);
    },
    style: () => styleFor(io, 'stdout'),
    planes,
  };
}
