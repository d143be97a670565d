/**
 * The commands on policy: what is in force, what another would change, and its adoption by an admin who was shown its text.
 *
 * A policy asks of its own change whatever it asks of anything: where something takes two people, so does the change, and where something takes the
 * approver's own key, so does the change. It refuses a policy under which nobody could approve any more.
 */

import type { Act, ActionClass } from '@writ/authority';
import { everyProject } from '@writ/authority';
import type { Approving, ToApprove } from '../approval/approving.ts';
import type { Caller, Itself } from '../caller.ts';
import { nameOf } from '../caller.ts';
import type { Asked, PlannedWrite } from '../commit.ts';
import { planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import { digestJson, digestText } from '../digest.ts';
import { mayNotIn, sightOf } from '../identity/rights.ts';
import { isAlive } from '../mandate/extend.ts';
import type { Outcome, Refused } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { policyStream } from '../streams.ts';
import { needsOfPolicy } from './needs.ts';
import type { Policy, PolicyEvent, PolicyRules } from './policy.ts';
import { baseVersion, basePolicy, noRules, policyFrom, versionOf } from './policy.ts';
import { policyText, policyTextVersion } from './policy-text.ts';
import type { PolicyChange } from './preview.ts';
import { previewOf } from './preview.ts';

export type PolicyPreview = {
  readonly version: string;
  /** What an admin reads and adopts; its digest is compared when it is adopted. */
  readonly text: string;
  readonly textDigest: string;
  readonly changes: readonly PolicyChange[];
  /** Who wants it already, where two people are needed. */
  readonly proposedBy: string | null;
};

export type Adoption = { readonly state: 'adopted' | 'proposed'; readonly policy: Policy };

export interface Policies {
  /** The policy in force, and those that wait for a second person. */
  policy(): { readonly policy: Policy; readonly waiting: readonly { readonly version: string; readonly by: string }[] };
  /** What adopting `rules` would change. Changes nothing. */
  previewPolicy(rules: PolicyRules, by: Caller): Outcome<PolicyPreview>;
  /** Puts `rules` in force, exactly as shown; or, where two people are needed, says that one of them wants it. */
  adoptPolicy(
    rules: PolicyRules,
    yes: { readonly textDigest: string; readonly stepUp?: string | undefined },
    asked: Asked,
  ): Promise<Outcome<Adoption>>;
}

const itself: Itself = { kind: 'control' };

/** Puts what is built in into force where nothing is, or where other rules were built in then; rules that were adopted stay. */
export async function adoptBuiltIn(core: Core): Promise<void> {
  await core.commit(itself, () => {
    const { policy } = core.projection;
    const rules = policy?.rules ?? noRules;
    const isAdopted = Object.keys(rules.classes).length > 0 || Object.keys(rules.refusedToAgents).length > 0;
    const version = isAdopted ? versionOf(digestJson(rules)) : baseVersion;
    const isSame = policy !== null && (policy.version === version || policy.version.startsWith(`${baseVersion}.`));
    const data = { at: core.now(), by: 'control', version, rules };
    return done({ writes: isSame ? [] : [write({ type: 'policy.adopted', data })], reliedOn: [], value: undefined });
  });
}

const write = (event: PolicyEvent): PlannedWrite => ({
  stream: policyStream,
  events: [event],
  project: planeProject,
  lineage: {},
});

/** The commands, over `core`. `sweep` tells what is under way and no longer permitted to stop. */
export function createPolicies(core: Core, approving: Approving, sweep: () => Promise<void>): Policies {
  const { projection } = core;

  function preview(rules: PolicyRules): PolicyPreview {
    const version = versionOf(digestJson(rules));
    const text = policyText(rules, version, core.policy.version);
    const alive = [...projection.mandates.values()].filter((record) => isAlive(record, core.now()));
    return {
      version,
      text,
      textDigest: digestText(text),
      changes: previewOf(core.policy, policyFrom(version, rules), alive),
      proposedBy: projection.policyProposals.get(version)?.by ?? null,
    };
  }

  const toAdopt = ({ version, text, textDigest, proposedBy }: PolicyPreview, by: string): ToApprove => ({
    act: 'adopt_policy',
    subject: version,
    revision: null,
    text,
    textDigest,
    renderer: policyTextVersion,
    requestedBy: [proposedBy ?? by],
    needs: needsOfPolicy(core.policy),
    right: 'adopt_policy',
    about: { project: everyProject, approvers: [] },
    what: `policy \`${version}\``,
    unseen: null,
    isUnattended: false,
  });

  return {
    policy: () => ({
      policy: projection.policy ?? basePolicy,
      waiting: [...projection.policyProposals.values()].map(({ version, by }) => ({ version, by })),
    }),
    previewPolicy: (rules, by) => mayNotIn(core, by, 'adopt_policy', everyProject) ?? done(preview(rules)),
    async adoptPolicy(rules, { textDigest, stepUp }, asked) {
      let state: Adoption['state'] = 'adopted';
      const outcome = await core.commit(asked.by, () => {
        const { by } = asked;
        state = 'adopted';
        if (by.kind !== 'person') return refuse({ code: 'not_an_approver', attempted: 'adopt a policy' });
        const refused = mayNotIn(core, by, 'adopt_policy', everyProject) ?? lockedOut(core, rules);
        if (refused !== undefined) return refused;
        const shown = preview(rules);
        if (core.policy.version === shown.version) return done({ writes: [], reliedOn: [], value: undefined });
        if (shown.textDigest !== textDigest) return refuse({ code: 'text_changed', mandate: shown.version });
        const { version } = shown;
        const at = core.now();
        const needs = needsOfPolicy(core.policy);
        if (needs.another !== null && (shown.proposedBy === null || shown.proposedBy === by.name)) {
          state = 'proposed';
          const data = { at, by: by.name, version, textDigest };
          const writes = shown.proposedBy === null ? [write({ type: 'policy.proposed', data })] : [];
          return done({ writes, reliedOn: [policyStream], value: undefined });
        }
        const yes = approving(toAdopt(shown, nameOf(by)), asked, stepUp);
        if (!yes.ok) return yes;
        const { consent, writes, reliedOn } = yes.value;
        const data = { at, by: by.name, version, rules, consent };
        return done({ writes: [write({ type: 'policy.adopted', data }), ...writes], reliedOn, value: undefined });
      });
      if (!outcome.ok) return outcome;
      await sweep();
      return done({ state, policy: core.policy });
    },
  };
}

/** Why nobody could approve under these rules, if so. */
function lockedOut(core: Core, rules: PolicyRules): Refused | undefined {
  const needs = needsOfPolicy({ rules });
  const may = (act: Act): readonly string[] => sightOf(core).whoMay(act, { project: everyProject, approvers: [] });
  const admins = may('adopt_policy');
  if (needs.another !== null && admins.length < 2)
    return refuse({
      code: 'out_of_bounds',
      sentence: `${said(needs.another)} would take two people, and ${admins.join(', ')} alone could adopt another policy`,
      wayOut: 'add a second admin first: `writ people add NAME --role admin`',
    });
  const keyed = admins.filter((name) => (core.projection.people.get(name)?.stepUp ?? null) !== null);
  if (needs.stepUp !== null && keyed.length === 0)
    return refuse({
      code: 'out_of_bounds',
      sentence: `${said(needs.stepUp)} would take the approver’s own key, and no admin has one`,
      wayOut: 'set one first: `writ people step-up`',
    });
  return undefined;
}

const said = (actionClass: ActionClass): string => `a yes to ${actionClass}`;
