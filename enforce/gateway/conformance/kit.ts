/**
 * The conformance kit for harness adapters: what `writ adapter test` walks an adapter through. First its words, by its own recorded hooks; then the real program,
 * on a scripted model in an empty home, judged by what it left on disk.
 *
 * It believes nothing an adapter says of itself that it can try. What cannot be tried here is *not shown*, never passed.
 */

import type { HarnessAdapter } from '../adapters/adapter.ts';
import type { KitLine, KitPlace } from './kit-line.ts';
import { walkProgram } from './walk-program.ts';
import { walkWords } from './walk-words.ts';

export type KitReport = {
  readonly name: string;
  readonly title: string;
  /** As the program says it; null where there is none here. */
  readonly version: string | null;
  readonly lines: readonly KitLine[];
};

/** Walks an adapter through everything. */
export async function testAdapter(adapter: HarnessAdapter, place: KitPlace): Promise<KitReport> {
  const words = await walkWords(adapter);
  const { version, lines } = await walkProgram(adapter, place);
  return { name: adapter.name, title: adapter.title, version, lines: [...words, ...lines] };
}
