/** The same journal, which also says what it took. It changes nothing that passes, and says nothing that was not acknowledged. */

import type { Journal } from '@writ/journal';
import { logEvents } from './event-facts.ts';
import type { Log } from './log.ts';

/** `journal`, with a line in `log` for each event that was appended through it, after it is on stable storage. */
export function loggedJournal(journal: Journal, log: Log): Journal {
  return {
    ...delegated(journal),
    append: async (writes, expect) => {
      const result = await journal.append(writes, expect);
      if (result.ok) logEvents(log, result.events);
      return result;
    },
  };
}

/** Every member of the port, answered by `journal`; for what stands around it. */
export const delegated = (journal: Journal): Journal => ({
  append: (...given) => journal.append(...given),
  erase: (...given) => journal.erase(...given),
  read: (...given) => journal.read(...given),
  readAll: (...given) => journal.readAll(...given),
  head: () => journal.head(),
  verify: (...given) => journal.verify(...given),
  subscribe: (...given) => journal.subscribe(...given),
  project: (...given) => journal.project(...given),
  follow: (...given) => journal.follow(...given),
  refresh: () => journal.refresh(),
  silentMs: () => journal.silentMs(),
  snapshot: (...given) => journal.snapshot(...given),
  keepSnapshot: (...given) => journal.keepSnapshot(...given),
  [Symbol.asyncDispose]: () => journal[Symbol.asyncDispose](),
});
