/**
 * The verdict for an enforcement point: from the artifact it holds where the class allows that, else from control, now.
 *
 * It decides nothing: a yes is the one evaluator's, over what control signed. A no is never given from an artifact: control is asked, so that it is recorded and so that
 * what was approved a moment ago counts. Where control cannot be asked either, it is refused.
 */

import type { ActionClass, ArtifactAnswer, Containment, Decision, RequestParameters } from '@writ/authority';
import { actionClasses, answerFrom, classOf, explain } from '@writ/authority';
import type { operationWire, ProblemWire } from '@writ/protocol';
import { approvalIn, controlApi, toWire } from '@writ/protocol';
import type { z } from 'zod';
import { isSilence } from '../enforcer/renewal-answer.ts';
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
  readonly decision: Decision;
  readonly actionClass: string;
  /** Why, for a machine. */
  readonly code: string;
  readonly sentence: string;
  readonly wayOut: string | null;
  /** `point`: nobody was asked, and it is refused. */
  readonly from: 'artifact' | 'control' | 'point';
};

export type Operation = ReturnType<typeof operationWire.parse>;

export type Decided = Answered & {
  /** What was begun with the yes; null where its class asks for no second phase. */
  readonly operation: Operation | null;
  /** The question that was put before people; null where none was. */
  readonly approval: string | null;
};

/** How the first phase is asked for. `key`: the same one again is the same operation. */
export type First = { readonly key: string; readonly leaseMs: number };

export interface Verdicts {
  /** The verdict; never rejects. */
  check(asked: Asked): Promise<Answered>;
  /** The verdict, and the first phase of whatever is not answered from what is held or needs control's word: never a yes without it. Never rejects. */
  decide(asked: Asked, first: First): Promise<Decided>;
  /** The first phase, whatever the class. Never rejects. */
  begin(asked: Asked, first: First): Promise<Decided>;
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

  const beside = (): { readonly point?: string } => {
    const point = pointToken();
    return point === null ? {} : { point };
  };

  async function atControl(asked: Asked, known: ActionClass | null): Promise<Answered> {
    const reply = await control.call(controlApi.check, { token: asked.credential, ...beside(), body: bodyOf(asked) });
    if (!reply.ok) return withoutControl(reply.problem, known);
    const { decision, action_class: actionClass, reason } = reply.value;
    const { code, sentence, way_out: wayOut } = reason;
    return { decision, actionClass, code, sentence, wayOut, from: 'control' };
  }

  async function begin(asked: Asked, { key, leaseMs }: First): Promise<Decided> {
    const reply = await control.call(controlApi.begin, {
      token: asked.credential,
      ...beside(),
      idempotencyKey: key,
      body: { ...bodyOf(asked), lease_ms: leaseMs },
    });
    if (reply.ok) {
      const { operation, verdict } = reply.value;
      const { code, sentence, way_out: wayOut } = verdict.reason;
      const yes = { decision: 'permit', actionClass: verdict.action_class, code, sentence, wayOut } as const;
      return { ...yes, from: 'control', operation, approval: null };
    }
    const { problem } = reply;
    const refused = withoutControl(problem, classOf(asked.action, asked.containment));
    const approval = approvalIn(problem);
    const from = isSilence(problem) ? 'point' : 'control';
    return { ...refused, from, decision: approval === null ? 'refuse' : 'hold', operation: null, approval };
  }

  return {
    async check(asked) {
      const local = await withCalls(asked);
      return local?.kind === 'yes' ? fromHeld(local) : atControl(asked, local?.actionClass ?? null);
    },
    async decide(asked, first) {
      // Whether a history rule counts it is in the artifact: where none is at hand, one is asked for.
      if (artifacts.get(asked) === null) await artifacts.renew();
      const local = await withCalls(asked);
      if (local?.kind === 'yes') return { ...fromHeld(local), operation: null, approval: null };
      const actionClass = classOf(asked.action, asked.containment);
      const isOld = local === null || local.why === 'age';
      if (!isOld || actionClasses[actionClass].freshness.kind === 'fresh') return begin(asked, first);
      const checked = await atControl(asked, actionClass);
      // A yes of a person is for one operation: what waits for it begins one.
      return checked.decision === 'hold' ? begin(asked, first) : { ...checked, operation: null, approval: null };
    },
    begin,
  };
}

const fromHeld = ({ verdict }: Extract<ArtifactAnswer, { readonly kind: 'yes' }>): Answered => {
  const { sentence, wayOut } = explain(verdict.reason);
  const { actionClass, reason } = verdict;
  return { decision: 'permit', actionClass, code: reason.code, sentence, wayOut, from: 'artifact' };
};

const bodyOf = ({ mandate, action, resource, parameters, session, containment, facts }: Asked) => ({
  mandate,
  action,
  resource,
  parameters,
  session,
  containment,
  facts: factsToWire(facts),
});

type FactsWire = z.input<typeof controlApi.check.body>['facts'] & {};
// The same members in wire spelling; what is readonly here may be written to there.
const factsToWire = (facts: RequestParameters): FactsWire => toWire(facts) as FactsWire;

/** The refusal where control did not give a verdict: its own words where it said something, else what the class table says of its silence. */
function withoutControl(
  problem: Pick<ProblemWire, 'code' | 'detail' | 'way_out'>,
  actionClass: ActionClass | null,
): Answered {
  const refused = { decision: 'refuse', actionClass: actionClass ?? 'unknown', from: 'point' } as const;
  if (problem.code !== 'control_unreachable' || actionClass === null)
    return { ...refused, code: problem.code, sentence: problem.detail, wayOut: problem.way_out };
  const { freshness } = actionClasses[actionClass];
  const words = explain(
    freshness.kind === 'cached'
      ? { code: 'stale_state', boundMs: freshness.maxAgeMs }
      : { code: 'control_unreachable', actionClass },
  );
  return { ...refused, code: problem.code, sentence: words.sentence, wayOut: words.wayOut };
}
