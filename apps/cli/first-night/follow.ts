/** Shows a mission while it runs, one line for each change, until the caller has seen enough. Watching changes nothing. */

import { setTimeout as sleep } from 'node:timers/promises';
import { controlApi, runtimeApi } from '@writ/protocol';
import type { AttentionWire, MissionWire } from '../connect/wire.ts';
import { renderChanges } from '../render/progress.ts';
import type { Moment } from '../render/progress.ts';
import type { OwnWrit } from './own-writ.ts';

const pollMs = 200;

export type Follower = {
  readonly now: () => Moment;
  /** Resolves with the first moment `enough` accepts, or null when `limitMs` passed or the signal aborted. */
  until(enough: (moment: Moment) => boolean, limitMs: number): Promise<Moment | null>;
} & AsyncDisposable;

/** Follows `mission`; `asked` is called once for each new question. */
export function follow(
  writ: OwnWrit,
  mission: MissionWire,
  asked: (item: AttentionWire) => Promise<void> | void,
): Follower {
  const over = new AbortController();
  let now: Moment = { mission, mandate: null, items: [], lost: '' };
  let shown: Moment | undefined;
  const known = new Set<string>();

  const loop = async (): Promise<void> => {
    while (!over.signal.aborted) {
      now = await look(writ, now);
      writ.context.say(...renderChanges(shown, now, writ.context.style()));
      shown = now;
      for (const item of now.items) {
        if (known.has(item.id)) continue;
        known.add(item.id);
        await asked(item);
      }
      await sleep(pollMs, undefined, { signal: over.signal }).catch(() => undefined); // aborted: the loop ends
    }
  };
  const done = loop();

  return {
    now: () => now,
    async until(enough, limitMs) {
      const end = performance.now() + limitMs;
      while (!enough(now)) {
        if (performance.now() > end || over.signal.aborted) return null;
        await sleep(pollMs / 2);
      }
      return now;
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await done;
    },
  };
}

async function look(writ: OwnWrit, last: Moment): Promise<Moment> {
  const [runtime, control] = await Promise.all([writ.runtime(), writ.control()]);
  const quick = { timeoutMs: 3_000 };
  const [mission, inbox, mandate] = await Promise.all([
    runtime.attempt(runtimeApi.getMission, { params: { id: last.mission.id }, ...quick }),
    runtime.attempt(runtimeApi.inbox, quick),
    last.mission.mandate === null
      ? null
      : control.attempt(controlApi.getMandate, { params: { id: last.mission.mandate }, ...quick }),
  ]);
  return {
    mission: mission.ok ? mission.value : last.mission,
    items: inbox.ok ? inbox.value.items.filter(({ state }) => state === 'open') : last.items,
    mandate: mandate?.ok === true ? mandate.value : last.mandate,
    lost: mission.ok ? '' : 'the runtime does not answer',
  };
}
