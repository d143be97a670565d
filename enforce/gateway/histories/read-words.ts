/** The words of one history: what a person typed, what models said, what tools answered. `readHistory` passes them over, because it is asked what was done and reads gigabytes of it. */

import { claudeWords } from './claude-words.ts';
import { codexWords } from './codex-words.ts';
import type { HistoryFile } from './find-histories.ts';
import { opencodeWords } from './opencode-words.ts';
import { inLines } from './read-history.ts';
import type { Words } from './recorded.ts';

/** What is said in a history, in the order it stands there. Throws where it cannot be read. */
export function readWords({ harness, path }: Pick<HistoryFile, 'harness' | 'path'>): Iterable<Words> {
  switch (harness) {
    case 'claude':
      return inLines(path, claudeWords);
    case 'codex':
      return inLines(path, codexWords());
    case 'opencode':
      return opencodeWords(path);
  }
}
