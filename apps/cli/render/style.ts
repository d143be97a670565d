/**
 * How output looks on this terminal: colours or not, Unicode marks or plain ones, how wide, and what time it is. A value, so that every
 * renderer is a pure function of data and style. Colour and marks never stand alone: a word is always beside them.
 */

import pc from 'picocolors';

export type Tone = 'good' | 'bad' | 'busy' | 'held' | 'quiet' | 'plain';

export type MarkName =
  'done' | 'failed' | 'live' | 'idle' | 'held' | 'ask' | 'way' | 'dot' | 'branch' | 'last' | 'pipe' | 'dash';

export type Style = {
  readonly columns: number;
  /** Milliseconds since the epoch, for relative times. */
  readonly now: number;
  readonly mark: (name: MarkName) => string;
  readonly tone: (tone: Tone, text: string) => string;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
};

const unicodeMarks: Record<MarkName, string> = {
  done: '✓',
  failed: '✗',
  live: '●',
  idle: '○',
  held: '‖',
  ask: '?',
  way: '→',
  dot: '·',
  branch: '├─',
  last: '└─',
  pipe: '│ ',
  dash: '–',
};
const plainMarks: Record<MarkName, string> = {
  done: '+',
  failed: 'x',
  live: '*',
  idle: 'o',
  held: '=',
  ask: '?',
  way: '->',
  dot: '-',
  branch: '|-',
  last: '`-',
  pipe: '| ',
  dash: '-',
};

/** The style for a stream: `colour` and `unicode` as found by `terminal.ts`. */
export function styleOf(options: { colour: boolean; unicode: boolean; columns: number; now: number }): Style {
  const paint = pc.createColors(options.colour);
  const tones: Record<Tone, (text: string) => string> = {
    good: paint.green,
    bad: paint.red,
    busy: paint.cyan,
    held: paint.yellow,
    quiet: paint.dim,
    plain: (text) => text,
  };
  const marks = options.unicode ? unicodeMarks : plainMarks;
  return {
    columns: options.columns,
    now: options.now,
    mark: (name) => marks[name],
    tone: (tone, text) => tones[tone](text),
    bold: paint.bold,
    dim: paint.dim,
  };
}
