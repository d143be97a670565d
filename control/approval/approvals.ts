/**
 * Approvals of single actions: a person says yes to exactly what was held, once, until a time.
 *
 * It refuses to approve what needs no approval or would be refused anyway, so that a yes is never kept in store for a mandate that changes.
 */

import type { RequestParameters } from '@writ/authority';
import { epochSum, uncontained } from '@writ/authority';
import { nameOf } from '../caller.ts';
import type { Asked, Plan } from '../commit.ts';
import { claimOf } from '../commit.ts';
import type { Core } from '../core.ts';
import { digestJson } from '../digest.ts';
import { mayNot, rightsOf } from '../identity/rights.ts';
import { judge } from '../judge.ts';
import { current } from '../mandate/lineage.ts';
import { parameterDigest } from '../operation/parameter-digest.ts';
import type { Outcome } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { approvalStream } from '../streams.ts';
import type { GivenApproval } from './events.ts';

export type ActionAsked = {
  readonly mandate: string;
  readonly action: string;
  readonly resource: string;
  readonly facts: RequestParameters;
  readonly parameters: unknown;
  readonly expiresAt: number;
};

export interface Approvals {
  /** A person's yes to exactly this action, for one operation that begins before `expiresAt`. A repeated key gives the same one. */
  approveAction(action: ActionAsked, asked: Asked): Promise<Outcome<GivenApproval>>;
}

/** The command, over `core`. */
export function createApprovals(core: Core): Approvals {
  const { projection, commit, find } = core;

  function plan(action: ActionAsked, id: string, asked: Asked): Outcome<Plan<GivenApproval>> {
    if (asked.by.kind !== 'person')
      return refuse({ code: 'not_an_approver', attempted: `approve \`${action.action}\`` });
    const digest = parameterDigest(action.parameters);
    const known = projection.approvals.get(id)?.given;
    if (known !== undefined)
      return known.parameterDigest === digest && known.action === action.action && known.resource === action.resource
        ? done({ writes: [], reliedOn: [], value: known })
        : refuse({ code: 'idempotency_conflict', key: asked.key ?? '' });
    const record = current(find, action.mandate);
    if (record === undefined) return refuse({ code: 'not_found', what: 'mandate', id: action.mandate });
    const refused = mayNot(core, asked.by, 'approve_action', record);
    if (refused !== undefined) return refused;
    const { mandate } = record;
    const token = { usable: true, actor: mandate.actor } as const;
    // Whatever the place, what is approved here is the action: the widest class is the one that is judged.
    const judged = judge(core, { ...action, containment: uncontained, parameterDigest: digest, token });
    if (judged.verdict.decision === 'refuse') return refuse({ code: 'verdict', verdict: judged.verdict });
    const expiresAt = Math.min(action.expiresAt, judged.verdict.validUntil);
    if (judged.verdict.decision === 'permit' || !(expiresAt > core.now()))
      return refuse({
        code: 'malformed_request',
        sentence:
          judged.verdict.decision === 'permit'
            ? `\`${action.action}\` on \`${action.resource}\` needs no approval of its own`
            : `\`${new Date(action.expiresAt).toISOString()}\` is already over`,
        wayOut: judged.verdict.decision === 'permit' ? null : 'give a time to come as the expiry',
      });
    const given: GivenApproval = {
      at: core.now(),
      by: nameOf(asked.by),
      id,
      mandate: mandate.id,
      action: action.action,
      resource: action.resource,
      parameterDigest: digest,
      factsDigest: digestJson(action.facts),
      epoch: epochSum(judged.chain),
      expiresAt,
    };
    const { project } = mandate;
    const write = {
      stream: approvalStream(id),
      events: [{ type: 'approval.given' as const, data: given }],
      project,
      lineage: { mandate: mandate.id },
    };
    return done({ writes: [write], reliedOn: [...judged.reliedOn, ...rightsOf(asked.by)], value: given });
  }

  return {
    approveAction: (action, asked) => {
      const claimed = claimOf(asked, `approveAction ${action.mandate}`);
      const id = claimed === undefined ? core.newId('a') : `a-${claimed.slice(0, 22)}`;
      return commit(asked.by, () => plan(action, id, asked));
    },
  };
}
