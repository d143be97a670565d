/** The same journal, whose appends are spans and measured. An append that others share a commit with is as long as its own wait. */

import type { Journal } from '@writ/journal';
import { delegated } from '../log/logged-journal.ts';
import type { Telemetry } from './telemetry.ts';

/** `journal`, told of to `telemetry`. */
export function tracedJournal(journal: Journal, telemetry: Telemetry): Journal {
  const duration = telemetry.histogram({
    name: 'writ.journal.append.duration',
    unit: 's',
    description: 'from asking the journal to having it on stable storage',
  });
  let waiting = 0;
  telemetry.gauge(
    { name: 'writ.journal.queue', unit: '{append}', description: 'appends that are not on stable storage yet' },
    () => [[waiting, {}]],
  );
  return {
    ...delegated(journal),
    append: (writes, expect) =>
      telemetry.span('journal.append', { attributes: { 'writ.journal.streams': writes.length } }, async (span) => {
        const began = performance.now();
        waiting += 1;
        let outcome = 'failed';
        try {
          const result = await journal.append(writes, expect);
          outcome = result.ok ? 'done' : 'conflict';
          if (result.ok)
            span.set({ 'writ.journal.position': result.position, 'writ.journal.events': result.events.length });
          return result;
        } finally {
          waiting -= 1;
          span.set({ 'writ.outcome': outcome });
          duration((performance.now() - began) / 1_000, { 'writ.outcome': outcome });
        }
      }),
  };
}
