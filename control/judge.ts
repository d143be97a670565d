/**
 * Puts a question to the one evaluator: gathers the chain, the readings, the spend and the policy as they are, and notes what the answer
 * rests on. It decides nothing itself.
 */

import type {
  ActionClass,
  ActionRequest,
  Containment,
  Mandate,
  PolicyResult,
  RequestParameters,
  TokenFacts,
  Verdict,
} from '@writ/authority';
import { askPolicy, classOf, classTableVersion, epochSum, evaluate, evaluatorVersion } from '@writ/authority';
import { advanceFor, advancesInForce, advanceStreams } from './advance/in-force.ts';
import type { Actor, Caller } from './caller.ts';
import { givenIn } from './approval/approval-record.ts';
import type { GivenApproval } from './approval/events.ts';
import type { Amounts } from './budget/amounts.ts';
import { amounts, nothing } from './budget/amounts.ts';
import { isInterrupting, ownDraw, reservationFor, spendAlong } from './budget/spend-facts.ts';
import type { Core } from './core.ts';
import { digestJson } from './digest.ts';
import { historyFor, historyStreams } from './history/judged.ts';
import { chainOf, current } from './mandate/lineage.ts';
import type { OperationRecord } from './operation/operation-record.ts';
import { suspendedSince } from './stop.ts';
import { mandateStream, policyStream, signalStream } from './streams.ts';

export type Question = {
  readonly mandate: string;
  readonly action: string;
  readonly resource: string;
  readonly facts: RequestParameters;
  readonly containment: Containment;
  readonly parameterDigest: string;
  /** What the digest is of, where the question is asked for the first time: a history rule may ask for one of them. */
  readonly parameters?: unknown;
  readonly token: TokenFacts;
  /** An operation that asks again: within budgets that let work finish it may, and what it holds itself is not counted against it. */
  readonly ownOperation?: string;
  /** The asker is not shown the mandate: it is judged as one that does not exist. */
  readonly isUnseen?: boolean;
  /** What it will use, as far as that is known. */
  readonly estimate?: Estimate;
  /** Judges as if nobody had approved the single action. */
  readonly withoutApprovals?: true;
  /** For a question to a person: how long they may think is not how long a yes counts. */
  readonly isForPerson?: true;
};

/** `currency`: of the money; null where there is none. */
export type Estimate = { readonly tokens: number; readonly moneyMicros: number; readonly currency: string | null };

export type Judgement = {
  readonly verdict: Verdict;
  /** Of the question. */
  readonly parameterDigest: string;
  readonly chain: readonly Mandate[];
  /** What doing it would draw on the budgets of the chain. */
  readonly draws: Amounts;
  /** The streams the verdict rests on: every mandate above, every signal their conditions read, what their history rules ask for, the policy, and the yeses in advance that cover it. */
  readonly reliedOn: readonly string[];
};

/** The versions recorded with every verdict. */
export const versionsOf = (core: Core) => ({
  evaluator: evaluatorVersion,
  classes: classTableVersion,
  policy: core.policy.version,
});

/** The verdict on `question`, by the state of the projection now. */
export function judge(core: Core, question: Question): Judgement {
  const leaf = question.isUnseen === true ? undefined : current(core.find, question.mandate);
  const chain = leaf === undefined ? [] : chainOf(core.find, leaf.mandate.id);
  const request: ActionRequest = { action: question.action, resource: question.resource, parameters: question.facts };
  const actionClass: ActionClass = classOf(question.action, question.containment);
  const draws = question.ownOperation === undefined ? reservationFor(chain, question.estimate ?? noEstimate) : nothing;
  const remembered = question.ownOperation === undefined ? historyStreams(core.projection, chain, question.action) : [];
  const advances =
    question.withoutApprovals === true
      ? []
      : advancesInForce(core, { leaf: chain.at(-1), actionClass, ownOperation: question.ownOperation });
  const verdict = evaluate({
    chain,
    mandate: leaf?.mandate.id ?? question.mandate,
    request,
    actionClass,
    parameterDigest: question.parameterDigest,
    token: question.token,
    policy: policyOn(core, question, actionClass),
    signals: core.readings,
    spend: spendFacts(core, chain, question.ownOperation),
    draws,
    approvals: question.withoutApprovals === true ? [] : approvalsFor(core, chain, question),
    advances: advances.map(({ given }) => given),
    history: question.ownOperation === undefined ? historyFor(core.projection, chain, question) : { kind: 'begun' },
    now: core.now(),
  });
  const reliedOn = [...readSet(chain), ...remembered, ...advanceStreams(core, question, advances)];
  return { verdict, parameterDigest: question.parameterDigest, chain, draws, reliedOn };
}

/** What doing it would draw on the budgets of the chain that answers now, whatever the verdict. */
export function drawOf({ find }: Core, { mandate, estimate }: Pick<Question, 'mandate' | 'estimate'>) {
  const leaf = current(find, mandate);
  const chain = leaf === undefined ? [] : chainOf(find, leaf.mandate.id);
  return { chain, draws: reservationFor(chain, estimate ?? noEstimate) };
}

function policyOn({ policy }: Core, { action, isForPerson }: Question, actionClass: ActionClass): PolicyResult {
  const said = askPolicy(policy, action, actionClass);
  if (!said.permits || isForPerson !== true) return said;
  return { permits: true, version: said.version, ...(said.asks === true && { asks: true }) };
}

/** Approvals of exactly this action that nothing began on yet. */
export function usableApprovals(
  { projection }: Pick<Core, 'projection'>,
  mandate: string | undefined,
  { action, resource, facts, parameterDigest }: Omit<Question, 'token' | 'containment' | 'mandate'>,
): readonly GivenApproval[] {
  return [...(projection.unusedApprovals.get(mandate ?? '') ?? [])]
    .flatMap((id) => {
      const record = projection.approvals.get(id);
      return (record === undefined ? undefined : givenIn(record)) ?? [];
    })
    .filter(
      (given) =>
        given.action === action &&
        given.resource === resource &&
        given.parameterDigest === parameterDigest &&
        given.factsDigest === digestJson(facts),
    );
}

/** INVARIANT: a yes lets one operation begin; what has begun goes on by the yes it began on, and by no other. */
const approvalsFor = (core: Core, chain: readonly Mandate[], question: Question): readonly GivenApproval[] =>
  question.ownOperation === undefined
    ? usableApprovals(core, chain.at(-1)?.id, question)
    : ownApproval(core, chain, question.ownOperation);

/**
 * The yes an operation began on, as one to what the mandate is now: it goes on where that was narrowed to as much, and under what took its place. INVARIANT: until anything
 * above it paused; from then on it is void for ever.
 */
function ownApproval(core: Core, chain: readonly Mandate[], id: string): readonly GivenApproval[] {
  const operation = core.projection.operations.get(id);
  const record = core.projection.approvals.get(operation?.begun.approval ?? '');
  const given = record && givenIn(record);
  const mandate = chain.at(-1)?.id;
  if (operation === undefined || given === undefined || mandate === undefined) return [];
  return suspendedSince(core, operation) === undefined ? [{ ...given, mandate, epoch: epochSum(chain) }] : [];
}

/** What a yes rests on besides the mandate: a yes to this very action, or one in advance. Judged without any, the same question says whether it does. */
export type RestsOn = { readonly approval?: string; readonly advance?: string };
/** `until`: when that ends, exclusive; there may be others, but what begins on it ends with it. */
export type Rest = { readonly on: RestsOn; readonly until: number };
const onNothing: Rest = { on: {}, until: Infinity };

/** The approval or the yes in advance a yes rests on, where it is a yes only with one: the first that fits, that to the very action before the other. */
export function restingOn(
  core: Core,
  asked: Omit<Question, 'token' | 'parameterDigest'>,
  { chain, parameterDigest }: Pick<Judgement, 'chain' | 'parameterDigest'>,
): Rest {
  const approval = usableApprovals(core, chain.at(-1)?.id, { ...asked, parameterDigest }).find(
    (given) => given.epoch === epochSum(chain) && core.now() < given.expiresAt,
  );
  const concerned = {
    leaf: chain.at(-1),
    actionClass: classOf(asked.action, asked.containment),
    ownOperation: undefined,
  };
  const advance = approval === undefined ? advanceFor(core, asked, concerned) : undefined;
  const yes = approval ?? advance;
  if (yes === undefined) return onNothing;
  const token = { usable: true, actor: chain.at(-1)?.actor ?? '' } as const;
  const bare = judge(core, { ...asked, parameterDigest, token, withoutApprovals: true });
  if (bare.verdict.decision === 'permit') return onNothing;
  return { on: approval === undefined ? { advance: yes.id } : { approval: yes.id }, until: yes.expiresAt };
}

/** The same question an operation was begun with, asked now. Follows the successors of its mandate. `token`: of whoever asks for it. */
export const judgeAgain = (
  core: Core,
  { begun }: OperationRecord,
  token: TokenFacts = { usable: true, actor: begun.holder },
): Judgement => judge(core, { ...begun, token, ownOperation: begun.id });

/** Whether what was begun may go on without anybody's yes to it. */
export const needsNoYes = (core: Core, { begun }: OperationRecord): boolean => {
  const token = { usable: true, actor: begun.holder } as const;
  const { verdict } = judge(core, { ...begun, token, ownOperation: begun.id, withoutApprovals: true });
  return verdict.decision === 'permit';
};

/** What the credential of `by` says about asking under `mandate`. A person or a point asks what its actor would be told. */
export function tokenFacts(core: Core, by: Caller, mandate: string): TokenFacts {
  const asked = current(core.find, mandate)?.mandate;
  if (by.kind !== 'actor') return { usable: true, actor: asked?.actor ?? '' };
  if (usableUntil(core, by) <= core.now())
    return { usable: false, detail: `it expired ${new Date(by.expiresAt).toISOString()}` };
  if (asked !== undefined && current(core.find, by.mandate)?.mandate.id !== asked.id)
    return { usable: false, detail: `it was issued for \`${by.mandate}\`` };
  return { usable: true, actor: by.actor };
}

/**
 * Until when a credential is usable. One that was given for as long as its mandate lasts goes on with what answers for the mandate: the extension
 * of a mandate was approved for the work that is under way.
 */
export function usableUntil({ find }: Pick<Core, 'find'>, { mandate, expiresAt }: Actor): number {
  const own = find(mandate)?.mandate;
  const isAsLong = own !== undefined && expiresAt >= own.expiresAt;
  return isAsLong ? (current(find, mandate)?.mandate.expiresAt ?? expiresAt) : expiresAt;
}

// INVARIANT: whatever could turn this yes into a no is in the set, so that an append that expects it cannot follow a revocation. Budgets are not: a begin
// writes on the one account it draws on, and what is there was set aside above before.
const readSet = (chain: readonly Mandate[]): readonly string[] => [
  policyStream,
  ...chain.map(({ id }) => mandateStream(id)),
  ...chain.flatMap(({ conditions }) => conditions.map(({ subject }) => signalStream(subject))),
];

const noEstimate: Estimate = { tokens: 0, moneyMicros: 0, currency: null };

/** What is spent under each mandate of the chain; worked out only when a budget asks. */
function spendFacts(
  { projection, underWay }: Core,
  chain: readonly Mandate[],
  ownOperation: string | undefined,
): (mandate: string) => Amounts {
  let known: ReadonlyMap<string, Amounts> | undefined;
  const held = underWay.held(chain.at(-1)?.id ?? '');
  const spent = (mandate: string): Amounts => (known ??= spendAlong(projection, chain, held)).get(mandate) ?? nothing;
  if (ownOperation === undefined) return spent;
  const own = ownDraw(projection, ownOperation, chain);
  return (id) => {
    const mandate = chain.find((one) => one.id === id);
    return amounts((kind) =>
      mandate !== undefined && isInterrupting(mandate, kind) ? spent(id)[kind] - own[kind] : 0,
    );
  };
}
