/** A question about one action, and its answer. */

import type { ActionClass, Containment, RequestParameters, Verdict } from '@writ/authority';
import { actionClasses } from '@writ/authority';
import type { Caller, PointKind } from '../caller.ts';
import type { Core } from '../core.ts';
import { seesMandate } from '../identity/rights.ts';
import type { Estimate, Judgement } from '../judge.ts';
import { judge, tokenFacts } from '../judge.ts';
import type { Refused } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import { parameterDigest } from './parameter-digest.ts';

export type Ask = {
  readonly mandate: string;
  readonly action: string;
  readonly resource: string;
  readonly facts: RequestParameters;
  readonly containment: Containment;
  /** The enforcement point that spoke beside the agent's credential. What it begins, nobody ends or keeps alive without such a word. */
  readonly vouchedBy?: PointKind;
  /** Bound by digest. */
  readonly parameters: unknown;
  readonly session: string | null;
  /** Judge at a position no older than this. */
  readonly atLeast: number | undefined;
  /** The subject the question names, where it may differ from the caller (AuthZEN). */
  readonly subject?: string;
  /** The sink it goes to, by the name a person gave it in the project of the resource. */
  readonly sink?: string;
  /** What it will use of budgets, where that is known; it is set aside when it begins. */
  readonly estimate?: Estimate;
};

export type Checked = {
  readonly verdict: Verdict;
  readonly evaluationId: string;
  readonly position: number;
  readonly parameterDigest: string;
  /** Whether it is a yes only by an approval of this one action, which is bound to its parameters. */
  readonly restsOnApproval: boolean;
};

/** The judgement of a question, asked by `by` now. */
export function judgeAsk(core: Core, asked: Ask, by: Caller): Judgement {
  // What the caller is not shown is judged as what does not exist.
  const isUnseen = !seesMandate(core, by, asked.mandate);
  const facts = tokenFacts(core, by, isUnseen ? '' : asked.mandate);
  const token = facts.usable && asked.subject !== undefined ? { usable: true as const, actor: asked.subject } : facts;
  return judge(core, { ...asked, parameterDigest: parameterDigest(asked.parameters), token, isUnseen });
}

/**
 * The judgement of a question. Where the class asks for freshness, or a mandate, an entry or policy for more of it than the class, a yes is given at a position no older than the journal's
 * head when the question came: another node may have revoked meanwhile. A no needs none: what made it a no has happened.
 */
export async function judgeFresh(core: Core, asked: Ask, by: Caller): Promise<Judgement> {
  const judged = judgeAsk(core, asked, by);
  const { decision, freshnessMs, actionClass } = judged.verdict;
  if (decision === 'refuse' || freshnessMs >= byClass(actionClass)) return judged;
  const { position } = core.projection;
  await core.journal.refresh();
  return core.projection.position === position ? judged : judgeAsk(core, asked, by);
}

/** How old a yes may be where nothing tightens it; of a class that has to be fresh, any. */
function byClass(actionClass: ActionClass): number {
  const { freshness } = actionClasses[actionClass];
  return freshness.kind === 'cached' ? freshness.maxAgeMs : Infinity;
}

/** Refuses only a position that no node's append has answered with: what another node has acknowledged is waited for. */
export async function tooOld({ projection, journal }: Core, atLeast: number | undefined): Promise<Refused | undefined> {
  if (atLeast === undefined || atLeast <= projection.position) return undefined;
  const position = await journal.refresh();
  return atLeast > position ? refuse({ code: 'too_old', atLeast, position }) : undefined;
}
