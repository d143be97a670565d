/**
 * An agent asks for what it was refused. What it asks becomes a question to a person: an action that only needs a yes is put before people as it is, and
 * what its mandate lacks becomes a proposed successor with exactly that one entry more. Nothing is allowed by asking.
 *
 * It refuses what more authority would not help, what policy gives no agent, what stands above the mandate, what a person said no to, and questions without
 * number.
 */

import type { AuthoritySet, Mandate, Reason } from '@writ/authority';
import { broughtBy, classOf, effectiveAuthority, explain, isHighClass, targetOf, uncontained } from '@writ/authority';
import type { Asked } from '../commit.ts';
import type { Core } from '../core.ts';
import { digestJson } from '../digest.ts';
import { seesMandate } from '../identity/rights.ts';
import { usableUntil } from '../judge.ts';
import { current } from '../mandate/lineage.ts';
import type { MandateRecord } from '../mandate/mandate-record.ts';
import type { MandatePlans } from '../mandate/plans.ts';
import type { Ask } from '../operation/ask.ts';
import { judgeFresh } from '../operation/ask.ts';
import type { Outcome, Refused } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import type { ApprovalRecord } from './approval-record.ts';
import type { Approvals } from './approvals.ts';
import { heldAs } from './held.ts';

export type Requested =
  | { readonly kind: 'action'; readonly approval: ApprovalRecord }
  | { readonly kind: 'proposal'; readonly proposal: MandateRecord };

export interface Requests {
  /** Puts before people what would make `ask` permitted. The same that waits already is the answer; what was refused stays refused. */
  requestAuthority(ask: Ask, reason: string, asked: Asked): Promise<Outcome<Requested>>;
}

/** How many proposals of an agent may wait at once under one mandate, and how many it may make in an hour. */
export const mostRequests = 4;
export const mostInAnHour = 16;
const hourMs = 3_600_000;

/** The command, over `core`. */
export function createRequests(
  core: Core,
  plans: Pick<MandatePlans, 'proposal'>,
  { askApproval }: Pick<Approvals, 'askApproval'>,
): Requests {
  const { projection, find, commit } = core;

  /** Proposals in the place of the mandate, or of one it succeeded, the newest last. */
  function proposalsFor({ mandate, predecessor }: MandateRecord): readonly MandateRecord[] {
    const own = (projection.proposedFor.get(mandate.id) ?? []).flatMap((id) => find(id) ?? []);
    const before = predecessor === null ? undefined : find(predecessor);
    return before === undefined ? own : [...proposalsFor(before), ...own];
  }

  /** The agent's own mandate, as it stands now. */
  function ownMandate({ mandate }: Ask, { by }: Asked): Outcome<MandateRecord> {
    const record = current(find, mandate);
    if (by.kind !== 'actor')
      return refuse({ code: 'not_yours', sentence: 'an agent asks for more; a person proposes an extension instead' });
    if (record === undefined || !seesMandate(core, by, mandate))
      return refuse({ code: 'not_found', what: 'mandate', id: mandate });
    if (current(find, by.mandate)?.mandate.id !== record.mandate.id)
      return refuse({ code: 'not_yours', sentence: `\`${mandate}\` is not the mandate of this credential` });
    if (usableUntil(core, by) <= core.now())
      return refuse({ code: 'not_yours', sentence: `the credential expired ${new Date(by.expiresAt).toISOString()}` });
    return done(record);
  }

  async function propose(ask: Ask, reason: string, asked: Asked): Promise<Outcome<Requested>> {
    const outcome = await commit(asked.by, () => {
      const own = ownMandate(ask, asked);
      if (!own.ok) return own;
      const { mandate } = own.value;
      const entry = entryFor(ask);
      const authority = [...effectiveAuthority(mandate), entry];
      const earlier = proposalsFor(own.value).filter(({ proposedBy }) => proposedBy.startsWith('agent:'));
      const same = earlier.findLast((one) => digestJson(one.mandate.authority.at(-1)) === digestJson(entry));
      const refused = same === undefined ? undefined : whyAnswered(same);
      if (refused !== undefined) return refused;
      if (same !== undefined && waits(core, same, mandate))
        return done({ writes: [], reliedOn: [], value: same.mandate.id });
      const tooMany = whyTooMany(core, earlier, mandate);
      if (tooMany !== undefined) return tooMany;
      const extension = { expiresAt: undefined, authority, budgets: undefined, reason };
      // The same request is the same id, whoever is first to make it.
      const id = `m-${digestJson([mandate.id, mandate.version, authority, earlier.length]).slice(0, 16)}`;
      return plans.proposal(mandate.id, extension, asked, id);
    });
    if (!outcome.ok) return outcome;
    const proposal = find(outcome.value);
    return proposal === undefined
      ? refuse({ code: 'not_found', what: 'mandate', id: outcome.value })
      : done({ kind: 'proposal', proposal });
  }

  return {
    async requestAuthority(ask, reason, asked) {
      const own = ownMandate(ask, asked);
      if (!own.ok) return own;
      const { verdict } = await judgeFresh(core, ask, asked.by);
      if (verdict.decision === 'permit')
        return refuse({
          code: 'malformed_request',
          sentence: `\`${ask.action}\` on \`${ask.resource}\` is permitted already`,
          wayOut: 'do it',
        });
      if (verdict.decision === 'hold') {
        const put = await askApproval(ask, asked);
        if (!put.ok) return put;
        const { name } = put.value.state;
        return name === 'refused'
          ? refuse({ code: 'held', verdict, approval: heldAs(put) })
          : done({ kind: 'action', approval: put.value });
      }
      // The mandate speaks first in a verdict: what else is against it would be so with the entry as well.
      const { token, policy } = verdict;
      const against = !policy.yes ? policy.reason : !token.yes ? token.reason : verdict.reason;
      return whyNoHelp(against, own.value.mandate) ?? propose(ask, reason, asked);
    },
  };
}

/** Exactly this action, with what it brings, on exactly this resource, or for a fetch or a connection on its site; what is of a high class, after a yes each time. */
const entryFor = ({ action, resource }: Ask): AuthoritySet[number] => ({
  ...targetOf(action, resource),
  actions: broughtBy(action),
  constraints: isHighClass(classOf(action, uncontained)) ? { requiresActionApproval: true } : {},
});

/** Why one more entry in the mandate would not make it permitted, if it would not. */
function whyNoHelp(reason: Reason, { id }: Mandate): Refused | undefined {
  const { sentence, wayOut } = explain(reason);
  if (reason.code !== 'out_of_authority')
    return refuse({ code: 'out_of_bounds', sentence: `more authority would not help: ${sentence}`, wayOut });
  if (reason.mandate !== id)
    return refuse({
      code: 'out_of_bounds',
      sentence: `\`${reason.mandate}\`, above \`${id}\`, does not have it either`,
      wayOut: 'its own agent asks for it, or a person extends it',
    });
  const { remedy } = reason.gap;
  if (remedy?.kind === 'add_entry') return undefined;
  return refuse({ code: 'out_of_bounds', sentence: `more authority would not help: ${sentence}`, wayOut });
}

/** A person said no to exactly this: it is not asked again. */
function whyAnswered({ mandate: { state } }: MandateRecord): Refused | undefined {
  if (state.name !== 'refused') return undefined;
  return refuse({ code: 'request_refused', by: state.by, reason: state.reason });
}

/** Whether a proposal is still one of something that has not changed. */
const waits = ({ now }: Core, { mandate, extends: asked, predecessor }: MandateRecord, before: Mandate): boolean =>
  mandate.state.name === 'proposed' &&
  predecessor === before.id &&
  asked?.version === before.version &&
  mandate.expiresAt > now();

function whyTooMany(core: Core, earlier: readonly MandateRecord[], before: Mandate): Refused | undefined {
  const open = earlier.filter((one) => waits(core, one, before)).length;
  if (open >= mostRequests)
    return refuse({
      code: 'out_of_bounds',
      sentence: `${String(open)} requests under \`${before.id}\` wait for a person already`,
      wayOut: 'wait until some are answered',
    });
  const lately = earlier.filter(({ proposedAt }) => proposedAt > core.now() - hourMs).length;
  if (lately < mostInAnHour) return undefined;
  return refuse({
    code: 'out_of_bounds',
    sentence: `${String(lately)} requests were made under \`${before.id}\` within the hour, and that is the most`,
    wayOut: 'go on with what is allowed',
  });
}
