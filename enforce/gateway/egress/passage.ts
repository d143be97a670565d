/**
 * The way of one run to one destination while it is open: one operation at control, however many connections use it, with what went through counted.
 *
 * It is begun before a name is looked up, held while a connection is open, and settled a moment after the last; a stop closes every connection of it at once.
 * It never says that what had been sent was undone.
 */

import { randomUUID } from 'node:crypto';
import { controlApi } from '@writ/protocol';
import type { ProblemWire } from '@writ/protocol';
import type { Clock } from '../../client/clock.ts';
import { readClock } from '../../client/clock.ts';
import type { Asker, OperationWire } from '../../enforcer/ask-control.ts';
import { beside } from '../../enforcer/ask-control.ts';
import type { Word } from '../../enforcer/attest.ts';
import { holdOperation } from '../../enforcer/held-operation.ts';
import type { Settlements } from '../../enforcer/settlements.ts';
import type { DoorHolder } from '../door-holder.ts';
import type { Target } from './egress-target.ts';

export type PassageDeps = Asker & {
  readonly clock: Clock;
  readonly settlements: Settlements;
  /** It is over, with what became of it. */
  readonly onOver: (passage: Passage, word: Word) => void;
};

export type Counts = { readonly connections: number; readonly sent: number; readonly received: number };

export interface Passage {
  readonly operation: string;
  readonly run: string;
  readonly mandate: string;
  readonly destination: string;
  readonly openedAt: number;
  readonly open: number;
  readonly counts: Counts;
  /** Why nothing goes through any more; null while something may. */
  readonly lost: string | null;
  /** One more connection; null when it is too late. `close` ends it. */
  enter(close: () => void): Entered | null;
  /** Asks control whether it may go on. */
  ask(): void;
  /** Closes every connection of it, now. */
  cut(why: string): void;
}

export interface Entered {
  connected(address: string): void;
  sent(bytes: number): void;
  received(bytes: number): void;
  /** It was not connected, and why. */
  failed(why: string): void;
  leave(): void;
}

export type BegunPassage =
  { readonly ok: true; readonly passage: Passage } | { readonly ok: false; readonly problem: ProblemWire };

const leaseMs = 30_000;
/** For how long a passage stays begun after its last connection: the next request of the same work follows. */
const lingerMs = 1_500;

/** Begins an operation for `target`, as the run. */
export async function beginPassage(holder: DoorHolder, target: Target, deps: PassageDeps): Promise<BegunPassage> {
  const askedAt = readClock(deps.clock);
  const { host, port } = target.destination;
  const begun = await deps.control.call(controlApi.begin, {
    token: holder.credential,
    ...beside(deps),
    idempotencyKey: randomUUID(),
    body: {
      mandate: holder.mandate,
      action: target.action,
      resource: target.resource,
      parameters: { host, port },
      containment: holder.containment,
      session: holder.session,
      lease_ms: leaseMs,
    },
  });
  if (!begun.ok) return begun;
  return { ok: true, passage: createPassage({ holder, target, operation: begun.value.operation, askedAt }, deps) };
}

type Begun = {
  readonly holder: DoorHolder;
  readonly target: Target;
  readonly operation: OperationWire;
  readonly askedAt: ReturnType<typeof readClock>;
};

function createPassage({ holder, target, operation, askedAt }: Begun, deps: PassageDeps): Passage {
  const destination = target.destination.name;
  const closers = new Set<() => void>();
  const addresses = new Set<string>();
  const counts = { connections: 0, sent: 0, received: 0 };
  const openedAt = deps.clock.wall();
  let lost: string | null = null;
  let failure: string | null = null;
  let isOver = false;
  let lingering: NodeJS.Timeout | undefined;

  function end(why: string | null): void {
    if (isOver) return;
    isOver = true;
    lost ??= why ?? 'it is over';
    clearTimeout(lingering);
    held.stop();
    const ending = endingOf({ destination, counts, addresses, failure, why });
    deps.onOver(passage, ending.word);
    const account = { operation: operation.id, credential: holder.credential };
    void deps.settlements.say({ ...account, outcome: ending.outcome, evidence: ending.evidence });
  }
  const cut = (why: string): void => {
    lost ??= why;
    // With nothing open, nothing was interrupted.
    const wasOpen = closers.size > 0;
    for (const close of closers) close();
    end(wasOpen ? why : null);
  };
  const rest = (): void => {
    clearTimeout(lingering);
    if (closers.size === 0)
      lingering = setTimeout(() => {
        end(null);
      }, lingerMs);
  };
  const held = holdOperation({ credential: holder.credential, operation, askedAt, leaseMs, onLost: cut }, deps);
  const passage: Passage = {
    operation: operation.id,
    run: holder.run,
    mandate: holder.mandate,
    destination,
    openedAt,
    counts,
    get open() {
      return closers.size;
    },
    get lost() {
      return lost;
    },
    enter(close) {
      if (lost !== null) return null;
      clearTimeout(lingering);
      closers.add(close);
      return {
        connected(address) {
          counts.connections += 1;
          if (addresses.size < mostAddresses) addresses.add(address);
        },
        sent(bytes) {
          counts.sent += bytes;
        },
        received(bytes) {
          counts.received += bytes;
        },
        failed(why) {
          failure = why;
        },
        leave() {
          if (closers.delete(close) && !isOver) rest();
        },
      };
    },
    ask: held.ask,
    cut,
  };
  rest();
  return passage;
}

/** In the words of an ending. */
const mostAddresses = 8;

type Facts = {
  readonly destination: string;
  readonly counts: Counts;
  readonly addresses: ReadonlySet<string>;
  readonly failure: string | null;
  /** Why it was cut, null where it ended by itself. */
  readonly why: string | null;
};

function endingOf({ destination, counts, addresses, failure, why }: Facts): {
  readonly outcome: 'done' | 'failed' | 'interrupted';
  readonly evidence: string;
  readonly word: Word;
} {
  const { connections, sent, received } = counts;
  const went =
    connections === 0
      ? `nothing was connected to ${destination}${failure === null ? '' : `: ${failure}`}`
      : `${String(connections)} ${connections === 1 ? 'connection' : 'connections'} to ${destination} (${[...addresses].join(', ')}), ${String(sent)} bytes sent, ${String(received)} received`;
  const word = (outcome: Word['outcome'], note: string): Word => ({ outcome, residual_until: null, note });
  if (why !== null)
    return {
      outcome: 'interrupted',
      evidence: `${why}; closed; ${went}`,
      word: word('interrupted', `${why}; every connection closed; ${went}`),
    };
  if (connections === 0) return { outcome: 'failed', evidence: went, word: word('stopped', went) };
  return { outcome: 'done', evidence: went, word: word('finished_before', went) };
}
