/** A block of lines that is drawn again in place on a terminal. Leaves its last drawing standing. */

import type { Io } from '../io.ts';
import { width } from '../render/width.ts';

export class Repaint {
  readonly #io: Io;
  #rows = 0;
  #last = '';

  constructor(io: Io) {
    this.#io = io;
  }

  /** Draws `lines` over the last drawing; nothing when they are the same. What does not fit the screen is cut at the end. */
  draw(lines: readonly string[]): void {
    // A terminal that does not know its size says 0.
    const columns = this.#io.stdout.columns || 80;
    const rows = this.#io.stdout.rows || 24;
    const fitting = lines.slice(0, Math.max(3, rows - 1));
    const text = fitting.join('\n');
    if (text === this.#last) return;
    this.#last = text;
    // Up to the first row, clear to the end of the screen, draw: one write, so that nothing flickers.
    const up = this.#rows === 0 ? '' : `\u001b[${String(this.#rows)}A`;
    this.#io.stdout.write(`${up}\r\u001b[J${text}\n`);
    this.#rows = fitting.reduce((sum, line) => sum + Math.max(1, Math.ceil(width(line) / columns)), 0);
  }

  /** Removes the drawing, so that other lines can be written in its place. */
  clear(): void {
    if (this.#rows > 0) this.#io.stdout.write(`\u001b[${String(this.#rows)}A\r\u001b[J`);
    this.#rows = 0;
    this.#last = '';
  }
}
