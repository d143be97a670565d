/**
 * A run's output on its way into the session's log: in chunks that an event can carry, and no more of it than a log should hold. What is left out is
 * counted, never silently gone. The newest part is kept for whoever has to explain how the run ended.
 */

import type { SessionEvent } from '../session/events.ts';

const chunkChars = 16_384;
const maxRecordedChars = 16_777_216;
const tailChars = 2_000;
const longTailChars = 262_144;

type OutputEvent = Extract<SessionEvent, { readonly type: 'output.recorded' }>;

export class OutputRecorder {
  private readonly run: string;
  private recorded = 0;
  private kept = '';
  private report = '';

  constructor(run: string) {
    this.run = run;
  }

  /** The end of what was said so far. */
  get tail(): string {
    return this.kept;
  }

  /** More of the end, for whoever reads what tests said. */
  get longTail(): string {
    return this.report;
  }

  /** The events for output from byte `from` to `next`. */
  take(from: number, next: number, text: string): readonly OutputEvent[] {
    this.kept = (this.kept + text).slice(-tailChars);
    this.report = (this.report + text).slice(-longTailChars);
    const room = Math.max(0, maxRecordedChars - this.recorded);
    const kept = text.slice(0, room);
    this.recorded += kept.length;
    const dropped = text.length - kept.length;
    const chunks =
      kept.length === 0
        ? ['']
        : Array.from({ length: Math.ceil(kept.length / chunkChars) }, (_, index) =>
            kept.slice(index * chunkChars, (index + 1) * chunkChars),
          );
    if (text === '') return [];
    return chunks.map((chunk, index): OutputEvent => ({
      type: 'output.recorded',
      // A chunk may end inside a surrogate pair; the log takes whole characters only.
      data: {
        run: this.run,
        from,
        next,
        text: chunk.toWellFormed(),
        dropped: index === chunks.length - 1 ? dropped : 0,
      },
    }));
  }
}
