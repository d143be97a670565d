/** What has to hold for control to do its work, as `/readyz` tells it. That a point is silent stops no other, and is told by the point. */

import type { Control } from '@writ/control';
import type { Conditions } from '../http/readiness.ts';

/** Checkpoints are signed every thousand events and every minute; as many events without one means that they are not. */
const mostUnsealed = 5_000;

/** How far the machine's clock may be behind before somebody has to look, in milliseconds. */
const mostBehindMs = 5_000;

/** `store`: whether its journal can be written. `aheadMs`: how far the machine's clock is behind control's. */
export const controlConditions = (control: Control, store: Conditions[string], aheadMs: () => number): Conditions => ({
  store,
  clock: () => {
    const behind = aheadMs();
    return behind <= mostBehindMs
      ? { holds: true, found: 'as it was' }
      : {
          holds: false,
          found: `it was set back ${String(Math.round(behind / 1_000))} s, and what ended then stays over`,
        };
  },
  keys: () => {
    const missing = control.usesWithoutKey();
    return missing.length === 0
      ? { holds: true, found: 'each kind of statement has one' }
      : { holds: false, found: `none signs ${missing.join(', ')}` };
  },
  follower: async () => {
    const behind = (await control.journal.head()) - control.state.position;
    return { holds: behind <= 0, found: behind <= 0 ? 'caught up' : `${String(behind)} events behind the journal` };
  },
  witness: () => {
    const open = control.state.position - (control.checkpoint()?.to ?? 0);
    return { holds: open <= mostUnsealed, found: `${String(open)} events since the last signed checkpoint` };
  },
});
