/** What has to hold for control to do its work, as `/readyz` tells it. That a point is silent stops no other, and is told by the point. */

import type { Control } from '@writ/control';
import type { Conditions } from '../http/readiness.ts';

/** Checkpoints are signed every thousand events and every minute; as many events without one means that they are not. */
const mostUnsealed = 5_000;

/** `store`: whether its journal can be written. */
export const controlConditions = (control: Control, store: Conditions[string]): Conditions => ({
  store,
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
