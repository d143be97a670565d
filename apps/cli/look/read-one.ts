/** Reads and judges one history, in batches, and says why where it cannot be read. */

import type { HistoryFile, HistoryHarness, Recorded } from '@writ/enforce';
import { readHistory } from '@writ/enforce';
import type { Seen } from './seen.ts';

const batchSize = 2_000;

/** Null when it was read to its end; else why not. */
export function readOne(
  file: HistoryFile,
  since: number,
  judge: (harness: HistoryHarness, recorded: Recorded) => Seen,
  give: (batch: readonly Seen[]) => void,
): string | null {
  let batch: Seen[] = [];
  let lastUsage = '';
  try {
    for (const recorded of readHistory(file, since)) {
      if (recorded.kind === 'usage') {
        // One answer is often written as several lines, each with the whole use of it; the first counts.
        if (recorded.id === lastUsage) continue;
        lastUsage = recorded.id;
      }
      batch.push(judge(file.harness, recorded));
      if (batch.length < batchSize) continue;
      give(batch);
      batch = [];
    }
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    if (batch.length > 0) give(batch);
  }
}
