/** Writes down what is over. INVARIANT: nobody waits for it: expiry is judged at every check, from the clock. */

import type { Itself } from '../caller.ts';
import type { Core } from '../core.ts';
import { done } from '../refusal.ts';
import { planStop } from '../stop.ts';
import { mandateStream } from '../streams.ts';
import { chainOf } from './lineage.ts';
import type { MandateRecord } from './mandate-record.ts';

const itself: Itself = { kind: 'control' };

/** Writes down expiries that are over. What stands under an ended mandate is never written to. */
export async function writeExpiries(core: Core): Promise<void> {
  const { projection, commit, find } = core;
  for (
    let due = projection.expiries.first;
    due !== undefined && due.at <= core.now();
    due = projection.expiries.first
  ) {
    projection.expiries.take();
    const record = find(due.id);
    if (record === undefined || !isDue(core, record)) continue;
    const { mandate } = record;
    await commit(itself, () => {
      const latest = find(mandate.id);
      if (latest === undefined || !isDue(core, latest)) return done({ writes: [], reliedOn: [], value: undefined });
      if (latest.mandate.state.name === 'proposed')
        return done({
          writes: [
            {
              stream: mandateStream(mandate.id),
              events: [{ type: 'mandate.lapsed', data: { at: core.now() } }],
              project: mandate.project,
              lineage: { mandate: mandate.id },
            },
          ],
          reliedOn: [],
          value: undefined,
        });
      const planned = planStop(core, latest, { type: 'expire' }, { by: itself });
      return planned.ok ? done({ writes: planned.value.writes, reliedOn: [], value: undefined }) : planned;
    });
  }
}

function isDue(core: Core, { mandate }: MandateRecord): boolean {
  const { name } = mandate.state;
  const isOpen = name === 'active' || name === 'suspended' || name === 'proposed';
  const above = chainOf(core.find, mandate.id).slice(0, -1);
  return (
    isOpen &&
    mandate.expiresAt <= core.now() &&
    above.every(({ state }) => state.name === 'active' || state.name === 'suspended')
  );
}
