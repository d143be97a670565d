/** How operations ended, said to control until it has heard it. In memory: a credential is never written down. */

import type { Asker } from './ask-control.ts';
import type { FinalUsage } from './ask-control.ts';
import { settleOperation } from './ask-control.ts';
import { isSilence } from './renewal-answer.ts';

export type Settlement = {
  readonly operation: string;
  readonly credential: string;
  readonly outcome: 'done' | 'failed' | 'interrupted' | 'unknown';
  readonly evidence: string;
  /** All that it used, where that is counted. */
  readonly usage?: FinalUsage;
  /** Where it went takes nothing without the permit. */
  readonly fenced?: boolean;
};

export interface Settlements {
  /** Says it now, and again at each `flush` until control answers. The first word about an operation stands. */
  say(settlement: Settlement): Promise<void>;
  flush(): Promise<void>;
}

/** Settlements to be delivered to control. At most `limit` wait; the oldest leaves first, and its lease tells control. */
export function createSettlements(asker: Asker, limit: number): Settlements {
  const waiting = new Map<string, Settlement>();
  async function deliver(settlement: Settlement): Promise<void> {
    const answer = await settleOperation(asker, settlement.credential, settlement);
    // Any word of control's is the end of it: one that settled otherwise before us keeps its own account.
    if (answer.ok || !isSilence(answer.problem)) waiting.delete(settlement.operation);
  }
  return {
    async say(settlement) {
      if (waiting.has(settlement.operation)) return;
      waiting.set(settlement.operation, settlement);
      for (const oldest of waiting.keys()) {
        if (waiting.size <= limit) break;
        waiting.delete(oldest);
      }
      await deliver(settlement);
    },
    async flush() {
      await Promise.all([...waiting.values()].map(deliver));
    },
  };
}
