/**
 * The verdict for an enforcement point: from the artifact it holds where the class allows that, else from control, now.
 *
 * It decides nothing: a yes is the one evaluator's, over what control signed. A no is never given from an artifact: control is asked, so that it is recorded and so that
 * what was approved a moment ago counts. Where control cannot be asked either, it is refused.
 */

import type { ActionClass, ArtifactAnswer, Containment, RequestParameters } from '@writ/authority';
import { actionClasses, answerFrom, explain } from '@writ/authority';
import { controlApi, toWire } from '@writ/protocol';
import type { z } from 'zod';
import type { HeldArtifacts } from './held-artifacts.ts';
import type { ControlClient } from './control-client.ts';

export type Asked = {
  readonly mandate: string;
  readonly action: string;
  readonly resource: string;
  readonly facts: RequestParameters;
  readonly parameters: z.input<typeof controlApi.check.body>['parameters'] & {};
  readonly session: string | null;
  /** What the place it happens in can reach, as the point itself bounds it. */
  readonly containment: Containment;
  /** Of the run that asks. */
  readonly credential: string;
};

export type Answered = {
  readonly decision: 'permit' | 'refuse' | 'hold';
  readonly actionClass: string;
  readonly sentence: string;
  readonly wayOut: string | null;
  /** `point`: nobody was asked, and it is refused. */
  readonly from: 'artifact' | 'control' | 'point';
};

export interface Verdicts {
  /** The verdict; never rejects. */
  check(asked: Asked): Promise<Answered>;
}

export type VerdictsOptions = {
  readonly control: ControlClient;
  readonly artifacts: HeldArtifacts;
  /** The point's own bearer, which vouches for the containment; null while it has none. */
  readonly pointToken: () => string | null;
};

/** Verdicts from `artifacts` and `control`. */
export function createVerdicts({ control, artifacts, pointToken }: VerdictsOptions): Verdicts {
  /** The yes of what is held, counted; null where nothing is held. */
  function fromArtifact({ mandate, credential, action, resource, facts, containment }: Asked): ArtifactAnswer | null {
    const held = artifacts.get({ mandate, credential });
    if (held === null) return null;
    const request = { action, resource, parameters: facts };
    const answer = answerFrom(held.artifact, { request, containment }, held.age, held.drawn);
    if (answer.kind === 'yes') artifacts.used({ mandate, credential }, action);
    return answer;
  }

  const sliceOf = ({ mandate, credential }: Asked) => artifacts.get({ mandate, credential })?.artifact.slice?.id;

  /** As `fromArtifact`, with another slice for as long as there is one: others may take what it brings. */
  async function withCalls(asked: Asked): Promise<ArtifactAnswer | null> {
    for (;;) {
      const answer = fromArtifact(asked);
      if (answer?.kind !== 'ask' || answer.why !== 'slice') return answer;
      const before = sliceOf(asked);
      await artifacts.renew();
      if (sliceOf(asked) === before) return answer;
    }
  }

  return {
    async check(asked) {
      const { mandate, action, resource, facts, parameters, session, containment, credential } = asked;
      const local = await withCalls(asked);
      if (local?.kind === 'yes') {
        const { sentence, wayOut } = explain(local.verdict.reason);
        return { decision: 'permit', actionClass: local.verdict.actionClass, sentence, wayOut, from: 'artifact' };
      }
      const point = pointToken();
      const reply = await control.call(controlApi.check, {
        token: credential,
        ...(point === null ? {} : { point }),
        body: { mandate, action, resource, parameters, session, containment, facts: factsToWire(facts) },
      });
      if (!reply.ok) return withoutControl(reply.problem, local?.actionClass ?? null);
      const { decision, action_class: actionClass, reason } = reply.value;
      return { decision, actionClass, sentence: reason.sentence, wayOut: reason.way_out, from: 'control' };
    },
  };
}

type FactsWire = z.input<typeof controlApi.check.body>['facts'] & {};
// The same members in wire spelling; what is readonly here may be written to there.
const factsToWire = (facts: RequestParameters): FactsWire => toWire(facts) as FactsWire;

/** The refusal where control did not give a verdict: its own words where it said something, else what the class table says of its silence. */
function withoutControl(
  problem: { readonly code: string; readonly detail: string; readonly way_out: string | null },
  actionClass: ActionClass | null,
): Answered {
  const refused = { decision: 'refuse', actionClass: actionClass ?? 'unknown', from: 'point' } as const;
  if (problem.code !== 'control_unreachable' || actionClass === null)
    return { ...refused, sentence: problem.detail, wayOut: problem.way_out };
  const { freshness } = actionClasses[actionClass];
  const words = explain(
    freshness.kind === 'cached'
      ? { code: 'stale_state', boundMs: freshness.maxAgeMs }
      : { code: 'control_unreachable', actionClass },
  );
  return { ...refused, sentence: words.sentence, wayOut: words.wayOut };
}
