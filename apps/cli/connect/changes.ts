/** The runtime's events from one position to another, read from its change stream. */

import { createControlClient } from '@writ/enforce/client';
import type { CallerOptions, Change } from '@writ/enforce';

const limitMs = 15_000;

/** Every event after `after` up to `until`. What has not come in time is left for the next reading. */
export async function changesUntil(server: CallerOptions, after: number, until: number): Promise<readonly Change[]> {
  if (until <= after) return [];
  const changes: Change[] = [];
  const enough = new AbortController();
  using client = createControlClient(server);
  const watching = client.watch({
    after,
    signal: AbortSignal.any([enough.signal, AbortSignal.timeout(limitMs)]),
    onChange: (change) => {
      changes.push(change);
      if (change.position >= until) enough.abort();
    },
    onHeard: () => undefined,
    onGap: () => enough.abort(),
  });
  await watching.done;
  return changes;
}
