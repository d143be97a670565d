/**
 * The one door every yes of a person goes through: whether policy lets them give it, and what is kept of it.
 *
 * It refuses an agent, the one who asked where policy wants another, and a bare token where policy wants the approver's own key. It does not judge what is
 * approved: that is the decider's whose events the consent goes into.
 */

import type { Act } from '@writ/authority';
import type { Person } from '../caller.ts';
import type { Asked, PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import { authenticatedAs } from '../identity/authenticated.ts';
import { rightsOf, sightOf } from '../identity/rights.ts';
import type { Prove, StepUpAct } from '../identity/step-up.ts';
import type { Needs } from '../policy/needs.ts';
import type { Outcome, Refused } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { policyStream } from '../streams.ts';
import type { Consent } from './consent.ts';

export type ToApprove = {
  readonly act: StepUpAct;
  /** The mandate, held action or policy. */
  readonly subject: string;
  readonly revision: number | null;
  readonly text: string;
  readonly textDigest: string;
  readonly renderer: string;
  readonly requestedBy: readonly string[];
  readonly needs: Needs;
  /** The act of the table of roles it is, and about what: who else may do it. */
  readonly right: Act;
  readonly about: { readonly project: string; readonly approvers: readonly string[] };
  /** How it is called in a refusal, and what to do where it was not shown before it is approved. */
  readonly what: string;
  readonly unseen: string | null;
  /** Nobody was there. */
  readonly isUnattended: boolean;
};

export type Approved = {
  readonly consent: Consent;
  /** What goes into the same append: a challenge that is used up. */
  readonly writes: readonly PlannedWrite[];
  readonly reliedOn: readonly string[];
};

/** `statement`: what the approver signed with their own key, where they did. */
export type Approving = (to: ToApprove, asked: Asked, statement: string | undefined) => Outcome<Approved>;

/** The door, over `core`. */
export function createApproving(core: Core, prove: Prove): Approving {
  return (to, asked, statement) => {
    const { by } = asked;
    if (by.kind !== 'person') return refuse({ code: 'not_an_approver', attempted: `approve ${to.what}` });
    const refused = whyNot(core, to, by, statement);
    if (refused !== undefined) return refused;
    const proved = statement === undefined ? done(null) : prove(by, to, statement);
    if (!proved.ok) return proved;
    const consent: Consent = {
      text: to.text,
      renderer: to.renderer,
      requestedBy: to.requestedBy,
      authenticated: authenticatedAs(core.projection, by, proved.value?.proof ?? null),
      policy: core.policy.version,
    };
    return done({
      consent,
      writes: proved.value === null ? [] : [proved.value.write],
      // INVARIANT: a policy that changes meanwhile, and a right that is taken away, come before or after, never between.
      reliedOn: [policyStream, ...rightsOf(by)],
    });
  };
}

/** Why `by` is not the one to give it, if policy wants another than who asked. */
export function notAnother(
  core: Core,
  { needs, requestedBy, right, about, what, unseen }: Omit<ToApprove, 'text' | 'textDigest' | 'renderer'>,
  by: Person,
): Refused | undefined {
  if (needs.another === null || !requestedBy.includes(by.name)) return undefined;
  const others = sightOf(core)
    .whoMay(right, about)
    .filter((name) => !requestedBy.includes(name));
  const who = others.length === 0 ? 'an admin has to add a second person with the role' : `ask ${others.join(', ')}`;
  return refuse({
    code: 'another_approver',
    who: by.name,
    what,
    actionClass: needs.another,
    wayOut: unseen === null ? who : `${unseen}; ${who}`,
  });
}

function whyNot(core: Core, to: ToApprove, by: Person, statement: string | undefined): Refused | undefined {
  const { needs, unseen, isUnattended, what } = to;
  const refused = notAnother(core, to, by);
  if (refused !== undefined || needs.stepUp === null) return refused;
  if (statement !== undefined && !isUnattended && unseen === null) return undefined;
  return refuse({ code: 'step_up_required', what, actionClass: needs.stepUp, wayOut: howTo(core, by, unseen) });
}

function howTo({ projection }: Core, { name }: Person, unseen: string | null): string {
  if (unseen !== null) return unseen;
  const hasKey = (projection.people.get(name)?.stepUp ?? null) !== null;
  return hasKey
    ? 'approve it at a terminal, where your passphrase is asked for; `--yes` never suffices'
    : 'set a key of your own with `writ people step-up`, then approve it at a terminal';
}
