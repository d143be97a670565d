/**
 * Verdicts and two-phase operations: check, begin, renew, settle. (Redeeming is `redeem.ts`.) Each asks the one evaluator; none judges for itself.
 *
 * INVARIANT: `begin` is appended only if every mandate above, every signal their conditions read, and the policy are where they were when it
 * was judged. So a revocation came first and `begin` is refused, or it comes after and finds the operation on its list.
 */

import { actionClasses, classOf, epochSum } from '@writ/authority';
import type { Caller, Itself, PointKind } from '../caller.ts';
import { callerKey, nameOf } from '../caller.ts';
import type { Asked, Plan, PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import { digestJson } from '../digest.ts';
import { seesMandate } from '../identity/rights.ts';
import type { Judgement } from '../judge.ts';
import { countsCalls, judge, judgeAgain, tokenFacts, usableApprovals } from '../judge.ts';
import { chainOf, current, isWithin } from '../mandate/lineage.ts';
import type { Approvals } from '../approval/approvals.ts';
import { heldAs } from '../approval/held.ts';
import type { Outcome, Refused } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { operationStream } from '../streams.ts';
import type { Signers } from '../token/keys.ts';
import { signPermit } from '../token/permit.ts';
import { overdue, renew, settle } from './decide.ts';
import type { Ask, Checked } from './ask.ts';
import { asPermitted, beginWrites } from './begun.ts';
import { parameterDigest } from './parameter-digest.ts';
import { refusedVerdict } from './refused-verdict.ts';
import { settledWords } from './settled-words.ts';
import type { OperationOutcome } from './events.ts';
import type { OperationRecord } from './operation-record.ts';

export type BegunOperation = Checked & { readonly operation: OperationRecord; readonly permit: string };

export interface Operations {
  /** The verdict. One that is not a permit is recorded before it is answered. */
  check(ask: Ask, by: Caller): Promise<Outcome<Checked>>;
  begin(ask: Ask, leaseMs: number, asked: Asked): Promise<Outcome<BegunOperation>>;
  /** `beside`: the enforcement point that speaks with the agent's credential. What was begun with one needs one. */
  renew(id: string, leaseMs: number, by: Caller, beside?: PointKind): Promise<Outcome<OperationRecord>>;
  settle(
    id: string,
    outcome: OperationOutcome,
    evidence: string,
    by: Caller,
    beside?: PointKind,
  ): Promise<Outcome<OperationRecord>>;
  /** Calls unknown what nobody said the end of in time. */
  settleOverdue(): Promise<void>;
}

const itself: Itself = { kind: 'control' };

const notFound = (id: string) => refuse({ code: 'not_found', what: 'operation', id });

/** The operations, over `core`. */
export function createOperations(
  core: Core,
  keys: Signers,
  { askApproval }: Pick<Approvals, 'askApproval'>,
): Operations {
  const { projection, find, commit } = core;
  const turns = new Map<string, Promise<unknown>>();

  function ask(asked: Ask, by: Caller): Judgement {
    // What the caller is not shown is judged as what does not exist.
    const isUnseen = !seesMandate(core, by, asked.mandate);
    const facts = tokenFacts(core, by, isUnseen ? '' : asked.mandate);
    const token = facts.usable && asked.subject !== undefined ? { usable: true as const, actor: asked.subject } : facts;
    return judge(core, { ...asked, parameterDigest: parameterDigest(asked.parameters), token, isUnseen });
  }

  /** The approval a yes rests on: where it is a yes only with one, the first that fits. Judged without any, the same question says so. */
  function restsOnApproval(asked: Ask, { chain }: Judgement): string | undefined {
    const digest = parameterDigest(asked.parameters);
    const fits = usableApprovals(core, chain.at(-1)?.id, { ...asked, parameterDigest: digest }).find(
      (given) => given.epoch === epochSum(chain) && core.now() < given.expiresAt,
    );
    if (fits === undefined) return undefined;
    const token = { usable: true, actor: chain.at(-1)?.actor ?? '' } as const;
    const bare = judge(core, { ...asked, parameterDigest: digest, token, withoutApprovals: true });
    return bare.verdict.decision === 'permit' ? undefined : fits.id;
  }

  /** Refuses only a position that no node's append has answered with: what another node has acknowledged is waited for. */
  async function tooOld(atLeast: number | undefined) {
    if (atLeast === undefined || atLeast <= projection.position) return undefined;
    const position = await core.journal.refresh();
    return atLeast > position ? refuse({ code: 'too_old', atLeast, position }) : undefined;
  }

  /**
   * The answer to `ask`. Where the class asks for freshness, a yes is given at a position no older than the journal's head when the question came: another node may have
   * revoked meanwhile. A no needs none: what made it a no has happened.
   */
  async function askFresh(asked: Ask, by: Caller): Promise<Judgement> {
    const judged = ask(asked, by);
    const { freshness } = actionClasses[classOf(asked.action, asked.containment)];
    if (judged.verdict.decision === 'refuse' || freshness.kind !== 'fresh') return judged;
    const { position } = projection;
    await core.journal.refresh();
    return projection.position === position ? judged : ask(asked, by);
  }

  const record = (by: Caller, write: PlannedWrite) =>
    commit(by, () => done({ writes: [write], reliedOn: [], value: undefined }));

  async function check(asked: Ask, by: Caller): Promise<Outcome<Checked>> {
    const old = await tooOld(asked.atLeast);
    if (old !== undefined) return old;
    const judged = await askFresh(asked, by);
    const checked = {
      verdict: judged.verdict,
      evaluationId: core.newId('e'),
      position: projection.position,
      parameterDigest: parameterDigest(asked.parameters),
    };
    if (judged.verdict.decision !== 'permit')
      await record(
        by,
        refusedVerdict(core, { ...checked, asked: 'check', action: asked.action, resource: asked.resource }, judged),
      );
    return done(checked);
  }

  async function begin(asked: Ask, leaseMs: number, request: Asked): Promise<Outcome<BegunOperation>> {
    const { by, key } = request;
    if (by.kind !== 'actor')
      return refuse({
        code: 'not_yours',
        sentence: 'an operation is begun by the run that does it, with its own credential',
      });
    if (key === undefined || key === '') return refuse({ code: 'idempotency_key_required' });
    const old = await tooOld(asked.atLeast);
    if (old !== undefined) return old;
    const id = `op-${digestJson([callerKey(by), key]).slice(0, 22)}`;
    const requestDigest = digestJson(request.body ?? null);
    let refused: PlannedWrite | undefined;
    const plan = (): Outcome<Plan<void>> => {
      refused = undefined;
      const existing = projection.operations.get(id);
      if (existing !== undefined)
        return existing.begun.requestDigest === requestDigest
          ? done({ writes: [], reliedOn: [], value: undefined })
          : refuse({ code: 'idempotency_conflict', key });
      const judged = ask(asked, by);
      const evaluationId = core.newId('e');
      if (judged.verdict.decision !== 'permit') {
        const { action, resource } = asked;
        refused = refusedVerdict(
          core,
          { asked: 'begin', action, resource, parameterDigest: parameterDigest(asked.parameters), evaluationId },
          judged,
        );
        return refuse({ code: 'verdict', verdict: judged.verdict });
      }
      return done({
        writes: beginWrites(core, id, asked, judged, {
          by,
          leaseMs,
          requestDigest,
          evaluationId,
          approval: restsOnApproval(asked, judged),
        }),
        reliedOn: judged.reliedOn,
        value: undefined,
      });
    };
    const outcome = await inTurn(asked.mandate, () => counted(() => commit(by, plan)));
    if (refused !== undefined) await record(by, refused);
    if (!outcome.ok) return heldOr(outcome, asked, by);
    const operation = projection.operations.get(id);
    if (operation === undefined) return notFound(id);
    return done({
      ...asPermitted(operation),
      operation,
      permit: await signPermit(operation, keys),
      position: projection.position,
    });
  }

  /** What needs a person's yes is put before one; anything else is refused as it was. */
  async function heldOr(refused: Refused, asked: Ask, by: Caller): Promise<Refused> {
    if (refused.refusal.code !== 'verdict' || refused.refusal.verdict.decision !== 'hold') return refused;
    const { verdict } = refused.refusal;
    const put = await askApproval(asked, { by });
    return refuse({ code: 'held', verdict, approval: heldAs(put) });
  }

  /** Lets a stop know that a begin is on its way. */
  async function counted<T>(work: () => Promise<T>): Promise<T> {
    core.pendingBegins.count += 1;
    try {
      return await work();
    } finally {
      core.pendingBegins.count -= 1;
    }
  }

  /** Begins that draw on one countable budget take turns: together they would only get in each other's way. */
  async function inTurn<T>(mandate: string, work: () => Promise<T>): Promise<T> {
    const leaf = current(find, mandate);
    const shared = leaf === undefined ? undefined : countsCalls(chainOf(find, leaf.mandate.id))[0]?.id;
    if (shared === undefined) return work();
    const turn = (turns.get(shared) ?? Promise.resolve()).then(work, work);
    turns.set(shared, turn);
    try {
      return await turn;
    } finally {
      if (turns.get(shared) === turn) turns.delete(shared);
    }
  }

  const place = (operation: OperationRecord) => ({
    stream: operationStream(operation.begun.id),
    project: operation.begun.project,
    lineage: {
      mandate: operation.begun.mandate,
      agent: operation.begun.holder,
      ...(operation.begun.session !== null && { session: operation.begun.session }),
    },
  });

  async function changed(
    id: string,
    by: Caller,
    plan: (operation: OperationRecord) => Outcome<Plan<void>>,
  ): Promise<Outcome<OperationRecord>> {
    const outcome = await commit(by, () => {
      const operation = projection.operations.get(id);
      return operation === undefined || !seesMandate(core, by, operation.begun.mandate)
        ? notFound(id)
        : plan(operation);
    });
    if (!outcome.ok) return outcome;
    const operation = projection.operations.get(id);
    return operation === undefined ? notFound(id) : done(operation);
  }

  async function renewLease(
    id: string,
    leaseMs: number,
    by: Caller,
    beside?: PointKind,
  ): Promise<Outcome<OperationRecord>> {
    let refused: PlannedWrite | undefined;
    const outcome = await changed(id, by, (operation) => {
      refused = undefined;
      if (!holds(by, operation))
        return refuse({ code: 'not_yours', sentence: `operation \`${id}\` is held by another run` });
      if (!isVouched(operation, beside)) return unvouched(id);
      const judged = judgeAgain(core, operation, tokenFacts(core, by, operation.begun.boundTo));
      if (judged.verdict.decision !== 'permit') {
        const { action, resource, parameterDigest: digest } = operation.begun;
        refused = refusedVerdict(
          core,
          { asked: 'renew', action, resource, parameterDigest: digest, evaluationId: core.newId('e') },
          judged,
        );
        return refuse({ code: 'verdict', verdict: judged.verdict });
      }
      const renewed = renew(operation, Math.min(leaseMs, judged.verdict.validUntil - core.now()), core.now());
      return renewed.ok
        ? done({
            writes: [{ ...place(operation), events: renewed.events }],
            reliedOn: judged.reliedOn,
            value: undefined,
          })
        : renewed;
    });
    if (refused !== undefined) await record(by, refused);
    return outcome;
  }

  // INVARIANT: an agent never says how something ended that an enforcement point began and watches for it.
  const isVouched = ({ begun }: OperationRecord, beside: PointKind | undefined): boolean =>
    begun.vouchedBy === undefined || beside !== undefined;
  const unvouched = (id: string) =>
    refuse({
      code: 'not_yours',
      sentence: `operation \`${id}\` was begun by an enforcement point, and only one can go on with it or say how it ended`,
    });

  /** The holder's own word: any run of the mandate it was begun under, or of what succeeded it. */
  const holds = (by: Caller, { begun }: OperationRecord): boolean =>
    by.kind === 'actor' &&
    by.actor === begun.holder &&
    current(find, by.mandate)?.mandate.id === current(find, begun.boundTo)?.mandate.id;
  /** Also that of an actor above it, whose child died before it could speak. */
  const mayEnd = (by: Caller, operation: OperationRecord): boolean => {
    const own = by.kind === 'actor' ? current(find, by.mandate)?.mandate.id : undefined;
    return holds(by, operation) || (own !== undefined && isWithin(find, operation.begun.mandate, own));
  };

  const settleIt = (
    id: string,
    outcome: OperationOutcome,
    evidence: string,
    by: Caller,
    beside?: PointKind,
  ): Promise<Outcome<OperationRecord>> =>
    changed(id, by, (operation) => {
      if (!mayEnd(by, operation))
        return refuse({ code: 'not_yours', sentence: `operation \`${id}\` is held by another run` });
      if (!isVouched(operation, beside)) return unvouched(id);
      const who = beside === undefined ? nameOf(by) : `${nameOf(by)} beside point:${beside}`;
      const settlement = { outcome, evidence, by: who, isVouched: beside !== undefined };
      const settled = settle(operation, settlement, core.now());
      if (!settled.ok) return settled;
      const told =
        settled.events.length === 0 ? [] : settledWords(core, operation, outcome, operation.state.name === 'settled');
      return done({
        writes: [{ ...place(operation), events: settled.events }, ...told],
        reliedOn: [],
        value: undefined,
      });
    });

  /** A holder that could not reach control while it was away gets the whole time after its start. */
  const startedAt = core.now();
  async function settleOverdue(): Promise<void> {
    const due = (): readonly PlannedWrite[] =>
      [...projection.openOperations]
        .flatMap((id) => projection.operations.get(id) ?? [])
        .map((operation) => ({ ...place(operation), events: overdue(operation, startedAt, core.now()) }))
        .filter(({ events }) => events.length > 0);
    if (due().length > 0) await commit(itself, () => done({ writes: due(), reliedOn: [], value: undefined }));
  }

  return { check, begin, renew: renewLease, settle: settleIt, settleOverdue };
}
