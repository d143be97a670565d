/**
 * Asks the sinks of pushes that ended unknown whether they have what was sent, for as long as nobody knows: at first soon and often, then now and then. What to
 * ask comes from control, so that it goes on after this process, or the run, is gone.
 *
 * It never says that a push did not happen: only a landing it saw is called one, and what else a remote showed is evidence and no more. It asks no blind sink.
 */

import { controlApi } from '@writ/protocol';
import type { ControlClient } from '../client/control-client.ts';
import { everyPage } from '../client/pages.ts';
import type { OperationWire } from '../enforcer/ask-control.ts';
import type { Address } from './addresses.ts';
import { noObject, remoteRefs } from './remote.ts';

export type ReconcilerDeps = {
  readonly control: ControlClient;
  readonly addressOf: (url: string) => Address;
  /** Milliseconds by a clock that only goes forward. */
  readonly monotonic: () => number;
  /** Wall time in milliseconds. */
  readonly wall: () => number;
};

export interface Reconciler {
  /** Looks at whatever is due. One at a time: a call while one is under way does nothing. */
  look(): Promise<void>;
}

/** How long after an operation was first found unknown its sink is asked, in milliseconds; then every `eachMs`. */
const looksMs: readonly number[] = [0, 5_000, 20_000, 60_000];
const eachMs = 60_000;
const lookLimitMs = 10_000;
const mostAtOnce = 8;

type Watched = { readonly since: number; looks: number; isReported: boolean };

/** Nothing looked at yet. */
export function createReconciler({ control, addressOf, monotonic, wall }: ReconcilerDeps): Reconciler {
  const watched = new Map<string, Watched>();
  let looking = false;

  async function lookAt(operation: OperationWire, known: Watched): Promise<void> {
    const { destination, owed, id } = operation;
    const change = destination?.change;
    if (destination === null || change === null || change === undefined || owed === null) return;
    const shown = await remoteRefs(addressOf(destination.url), lookLimitMs);
    const oid = shown.ok ? (shown.refs.get(change.ref) ?? noObject) : null;
    const saw =
      oid === null ? 'could not be asked' : `showed ${oid === noObject ? 'no such ref' : oid} at ${change.ref}`;
    const evidence = `asked ${new Date(wall()).toISOString()}, \`${destination.sink}\` ${saw}`;
    const tell = (outcome: 'done' | 'unknown', said: string) =>
      control.call(controlApi.account, { params: { id }, body: { outcome, evidence: said } });
    if (oid === change.new) await tell('done', `${evidence}: it landed`);
    // What it shows when a person is asked is what they begin with.
    else if (owed.owner === 'person' && !known.isReported) known.isReported = (await tell('unknown', evidence)).ok;
  }

  async function round(): Promise<void> {
    const unknown = await everyPage((query) =>
      control.call(controlApi.listOperations, { query: { ...query, unknown: true } }),
    );
    if (!unknown.ok) return;
    const ids = new Set(unknown.value.map(({ id }) => id));
    for (const id of watched.keys()) if (!ids.has(id)) watched.delete(id);
    const due = unknown.value.filter(({ id, destination }) => {
      if (destination === null || destination.kind === 'blind') return false;
      const known = watched.get(id) ?? { since: monotonic(), looks: 0, isReported: false };
      watched.set(id, known);
      return monotonic() - known.since >= dueAfter(known.looks);
    });
    await Promise.all(
      due.slice(0, mostAtOnce).map(async (operation) => {
        const known = watched.get(operation.id);
        if (known === undefined) return;
        known.looks += 1;
        await lookAt(operation, known);
      }),
    );
  }

  return {
    async look() {
      if (looking) return;
      looking = true;
      try {
        await round();
      } finally {
        looking = false;
      }
    },
  };
}

const dueAfter = (looks: number): number =>
  looksMs[looks] ?? (looksMs.at(-1) ?? 0) + (looks - looksMs.length + 1) * eachMs;
