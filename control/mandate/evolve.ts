/** Folds a mandate's events. An event that cannot follow is a corrupt log and stops loudly. */

import type { Budget, Mandate, MandateAction, MandateState } from '@writ/authority';
import { transition } from '@writ/authority';
import type { MandateEvent } from './events.ts';
import type { MandateRecord } from './mandate-record.ts';

/** The record after `event`. */
export function evolve(record: MandateRecord | undefined, event: MandateEvent): MandateRecord {
  if (event.type === 'mandate.proposed') return proposed(record, event.data);
  if (record === undefined) throw new Error(`corrupt log: \`${event.type}\` for a mandate nobody proposed`);
  const { mandate } = record;
  switch (event.type) {
    case 'mandate.revised': {
      const state = { name: 'proposed', revision: record.revision + 1, since: event.data.at } as const;
      // What is not said any more is not so any more.
      const { watch: _, freshnessMs: __, ...left } = moved(mandate, 'revise', state);
      return {
        ...record,
        revision: state.revision,
        authors: [...new Set([...record.authors, event.data.by])],
        mandate: { ...left, ...event.data.terms },
      };
    }
    case 'mandate.approved': {
      const { at, by, how, revision, textDigest, restedOn } = event.data;
      const active = moved(mandate, 'approve', { name: 'active', since: at });
      return {
        ...record,
        approval: { by, at, how, revision, textDigest, restedOn },
        mandate: { ...active, approvedAt: at },
      };
    }
    case 'mandate.refused':
      return {
        ...record,
        mandate: lowered(mandate, 'refuse', {
          name: 'refused',
          at: event.data.at,
          by: event.data.by,
          reason: event.data.reason,
        }),
      };
    case 'mandate.lapsed':
      return { ...record, mandate: lowered(mandate, 'lapse', { name: 'lapsed', at: event.data.at }) };
    case 'mandate.suspended': {
      const suspended = lowered(mandate, 'suspend', {
        name: 'suspended',
        since: event.data.at,
        cause: event.data.cause,
      });
      // INVARIANT: each time it was not in force raises the epoch, so that nothing given between two of them outlives the second.
      const epoch = suspended.epoch + (event.data.episodes ?? 1) - 1;
      return { ...record, mandate: { ...suspended, epoch }, permitsVoidBelow: epoch };
    }
    case 'mandate.reinstated':
      return { ...record, mandate: moved(mandate, 'reinstate', { name: 'active', since: event.data.at }) };
    case 'mandate.narrowed': {
      const overlay = {
        authority: event.data.authority,
        at: event.data.at,
        by: event.data.by,
        reason: event.data.reason,
      };
      return {
        ...record,
        mandate: { ...lowered(mandate, 'narrow', mandate.state), overlays: [...mandate.overlays, overlay] },
      };
    }
    case 'mandate.shortened': {
      const { expiresAt } = event.data;
      if (!(expiresAt < mandate.expiresAt)) throw impossible(mandate, 'narrow');
      return {
        ...record,
        amended: asApproved(record),
        mandate: { ...lowered(mandate, 'narrow', mandate.state), expiresAt },
      };
    }
    case 'mandate.lowered': {
      const budgets = withBudgets(mandate.budgets, event.data.budgets);
      return {
        ...record,
        amended: asApproved(record),
        mandate: { ...lowered(mandate, 'narrow', mandate.state), budgets },
      };
    }
    case 'mandate.superseded':
      return { ...record, mandate: superseded(mandate, event.data.at, event.data.successor) };
    case 'mandate.revoked':
      return {
        ...record,
        mandate: lowered(mandate, 'revoke', {
          name: 'revoked',
          at: event.data.at,
          by: event.data.by,
          reason: event.data.reason,
        }),
      };
    case 'mandate.expired':
      return { ...record, mandate: lowered(mandate, 'expire', { name: 'expired', at: event.data.at }) };
    case 'mandate.completed':
      return {
        ...record,
        mandate: lowered(mandate, 'complete', { name: 'completed', at: event.data.at, by: event.data.by }),
      };
    case 'mandate.delegated':
      if (transition(mandate.state.name, 'delegate') === undefined) throw impossible(mandate, 'delegate');
      return record;
  }
}

/** What stays evidence of the approval when the mandate is tightened. */
const asApproved = ({ amended, mandate: { expiresAt, budgets } }: MandateRecord): MandateRecord['amended'] =>
  amended ?? { expiresAt, budgets };

/** The budgets with those of `named` in the place of their kinds. */
export const withBudgets = (budgets: readonly Budget[], named: readonly Budget[]): readonly Budget[] => [
  ...budgets.filter(({ kind }) => !named.some((budget) => budget.kind === kind)),
  ...named,
];

function proposed(
  record: MandateRecord | undefined,
  data: Extract<MandateEvent, { type: 'mandate.proposed' }>['data'],
): MandateRecord {
  if (record !== undefined) throw new Error(`corrupt log: mandate \`${data.id}\` was proposed twice`);
  const { narrowings, ...terms } = data.terms;
  return {
    mandate: {
      ...terms,
      id: data.id,
      parent: data.parent,
      depth: data.depth,
      overlays: narrowings ?? [],
      approvedAt: null,
      state: { name: 'proposed', revision: 1, since: data.at },
      version: 1,
      epoch: 1,
    },
    revision: 1,
    proposedBy: data.by,
    authors: [data.by],
    proposedAt: data.at,
    predecessor: data.predecessor,
    extends: data.extends ?? null,
    approval: null,
    narrowings: narrowings ?? null,
    amended: null,
    permitsVoidBelow: 0,
  };
}

/** A suspended child that is carried over under its parent's successor is superseded as well; its own successor starts out suspended. */
function superseded(mandate: Mandate, at: number, successor: string): Mandate {
  if (mandate.state.name !== 'active' && mandate.state.name !== 'suspended') throw impossible(mandate, 'extend');
  return {
    ...mandate,
    state: { name: 'superseded', at, successor },
    version: mandate.version + 1,
    epoch: mandate.epoch + 1,
  };
}

/** A transition that takes nothing away. */
function moved(mandate: Mandate, action: MandateAction, state: MandateState): Mandate {
  if (transition(mandate.state.name, action)?.to !== state.name) throw impossible(mandate, action);
  return { ...mandate, state, version: mandate.version + 1 };
}

/** A transition that can turn a yes into a no. */
const lowered = (mandate: Mandate, action: MandateAction, state: MandateState): Mandate => ({
  ...moved(mandate, action, state),
  epoch: mandate.epoch + 1,
});

const impossible = (mandate: Mandate, action: MandateAction): Error =>
  new Error(`corrupt log: mandate \`${mandate.id}\` cannot ${action} while ${mandate.state.name}`);
