/**
 * The verdict from an artifact: the one evaluator over what control signed, for exactly as long as that is young enough for the class.
 *
 * It only ever gives a yes. Whatever is not a yes here, or is of a class that needs control's word now, is control's to answer.
 * INVARIANT: judged at both ends of the interval in which control's clock can be: at the later one nothing has ended, at the earlier one everything has begun.
 */

import { actionClasses } from '../action/action-class.ts';
import type { ActionClass } from '../action/action-class.ts';
import { classOf } from '../action/class-table.ts';
import type { Containment } from '../action/class-table.ts';
import type { ActionRequest } from '../set/permits.ts';
import { askPolicy } from '../verdict/ask-policy.ts';
import type { EvaluationInput, Verdict } from '../verdict/evaluate.ts';
import { evaluate } from '../verdict/evaluate.ts';
import { concernsHistory, noHistory } from '../verdict/history.ts';
import type { Artifact } from './artifact.ts';

export type ArtifactQuestion = { readonly request: ActionRequest; readonly containment: Containment };

/** How old an artifact is, in milliseconds, by clocks of which neither is trusted. */
export type ArtifactAge = {
  /** Since it was asked for, by the clock that moved more: it cannot be older. */
  readonly atMostMs: number;
  /** Since it arrived, by the clock that moved less: it cannot be younger. */
  readonly atLeastMs: number;
  /** The clocks disagree, or a change may have been missed: only what needs no fresh word may still rest on it. */
  readonly isStale: boolean;
};

export type ArtifactAnswer =
  | { readonly kind: 'yes'; readonly verdict: Verdict }
  /** `verdict`: what the artifact says, where it was young enough to say anything. */
  | {
      readonly kind: 'ask';
      readonly actionClass: ActionClass;
      readonly why: 'class' | 'history' | 'age' | 'slice' | 'verdict';
    };

/** Answers `question`. `drawn`: the calls of its slice that were used already. */
export function answerFrom(
  artifact: Artifact,
  { request, containment }: ArtifactQuestion,
  age: ArtifactAge,
  drawn: number,
): ArtifactAnswer {
  const actionClass = classOf(request.action, containment);
  const bound = boundOf(artifact, actionClass);
  if (bound === null) return { kind: 'ask', actionClass, why: 'class' };
  // INVARIANT: what a history rule counts is never answered here: a yes that control does not hear of would not have happened.
  if (concernsHistory(artifact.chain, request.action)) return { kind: 'ask', actionClass, why: 'history' };
  const latest = artifact.issuedAt + age.atMostMs;
  if (latest >= artifact.expiresAt || !isYoung(age, bound)) return { kind: 'ask', actionClass, why: 'age' };
  if (countsCalls(artifact.chain) && !((artifact.slice?.calls ?? 0) - drawn >= 1))
    return { kind: 'ask', actionClass, why: 'slice' };
  const input = inputFor(artifact, request, actionClass);
  const verdict = evaluate({ ...input, now: latest });
  if (verdict.decision !== 'permit') return { kind: 'ask', actionClass, why: 'verdict' };
  if (!isYoung(age, verdict.freshnessMs)) return { kind: 'ask', actionClass, why: 'age' };
  const earliest = artifact.issuedAt + Math.min(age.atLeastMs, age.atMostMs);
  return earliest === latest || evaluate({ ...input, now: earliest }).decision === 'permit'
    ? { kind: 'yes', verdict }
    : { kind: 'ask', actionClass, why: 'verdict' };
}

/** INVARIANT: strictly younger than the bound, and written so that an age that is not a number is too old. What has no bound needs no fresh word. */
const isYoung = ({ atMostMs, isStale }: ArtifactAge, bound: number): boolean =>
  atMostMs < bound && !(isStale && bound !== Infinity);

/** How old a yes of the class may be as far as the class table and the artifact say; the verdict says the rest. Null: it has to be control's own, now. */
function boundOf({ maxAgeMs }: Artifact, actionClass: ActionClass): number | null {
  const { freshness } = actionClasses[actionClass];
  switch (freshness.kind) {
    case 'none':
      return Infinity;
    case 'fresh':
      return null;
    case 'cached':
      // INVARIANT: never loosened: a class the artifact does not name is not answered from it.
      return Math.min(freshness.maxAgeMs, maxAgeMs[actionClass] ?? 0);
  }
}

/** Where calls are counted, each yes is one. */
export const countsCalls = (chain: Artifact['chain']): boolean =>
  chain.some(({ budgets }) => budgets.some(({ kind }) => kind === 'calls'));

function inputFor(
  { chain, actor, policy, readings, spend }: Artifact,
  request: ActionRequest,
  actionClass: ActionClass,
): Omit<EvaluationInput, 'now'> {
  return {
    chain,
    mandate: chain.at(-1)?.id ?? '',
    request,
    actionClass,
    // Only an approval of one action is bound to parameters, and those are not in an artifact.
    parameterDigest: '',
    approvals: [],
    // Nor is what happened: whatever asks for it is control's to answer.
    history: noHistory,
    token: { usable: true, actor },
    policy: askPolicy(policy, request.action, actionClass),
    signals: (subject) => readings.find((reading) => reading.subject === subject),
    spend: (id) => {
      const { tokens, moneyMicros } = spend.find(({ mandate }) => mandate === id) ?? { tokens: NaN, moneyMicros: NaN };
      // Calls are the slice's to count, and it has one left.
      return { calls: 0, tokens, moneyMicros };
    },
  };
}
