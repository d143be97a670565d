/**
 * What was in force when, in the plainest words: the log read from its beginning, one event after the other, by somebody who knows what the words
 * mean and nothing of how control works. Slow, and made to be read beside the lifecycle table.
 */

import type { AuthoritySet, Budget } from '@writ/authority';
import type { Envelope } from '@writ/journal';
import { eventIn } from '../event.ts';

export type PlainMandate = {
  readonly parent: string | null;
  readonly successor: string | null;
  /** What it may reach, each of them at a time: every one has to cover it. */
  readonly prefixes: readonly string[];
  readonly expiresAt: number;
  readonly subjects: readonly string[];
  /** Those of them after whose failing it waits for a person. */
  readonly latches: readonly string[];
  readonly calls: number;
  readonly tokens: number;
  readonly maxChildren: number;
  /** Whether a person is asked for each push. */
  readonly asks: boolean;
  readonly state: 'proposed' | 'active' | 'paused' | 'drains' | 'over';
};

export type PlainOperation = {
  readonly id: string;
  readonly mandate: string;
  /** The mandates it was judged under, root first. */
  readonly under: readonly string[];
  readonly resource: string;
  readonly begunAt: number;
  readonly leaseUntil: number;
  readonly isRedeemed: boolean;
  readonly isInterrupted: boolean;
  readonly isSettled: boolean;
  readonly action: string;
  readonly parameters: string;
  /** The yes it began on: to it, or in advance. */
  readonly approval: string | null;
  readonly advance: string | null;
  /** What it holds of budgets: nothing where there was none when it began. */
  readonly calls: number;
  readonly tokens: number;
};

/** A person's yes to one push, for one that begins. */
export type PlainApproval = {
  readonly mandate: string;
  readonly action: string;
  readonly resource: string;
  readonly parameters: string;
  /** From when on nothing above may have changed: since it was asked for. */
  readonly since: number;
  readonly isGiven: boolean;
  readonly expiresAt: number;
  readonly usedBy: string | null;
};

/** A person's yes in advance. */
export type PlainAdvance = {
  readonly by: string;
  readonly actions: readonly string[];
  readonly resource: string;
  readonly uses: number;
  readonly used: number;
  readonly expiresAt: number;
  /** The yes to one push that it was remembered from. */
  readonly answer: string | null;
  readonly isWithdrawn: boolean;
};

/** How things stood right after one append. */
export type Moment = {
  /** Of its last event. */
  readonly position: number;
  readonly events: readonly Envelope[];
  readonly mandates: ReadonlyMap<string, PlainMandate>;
  readonly operations: ReadonlyMap<string, PlainOperation>;
  readonly approvals: ReadonlyMap<string, PlainApproval>;
  readonly advances: ReadonlyMap<string, PlainAdvance>;
  readonly readings: ReadonlyMap<string, unknown>;
  /** Who may say yes to an action, besides the owner. */
  readonly approvers: ReadonlySet<string>;
  /** Actions that policy gives no agent. */
  readonly forbidden: readonly string[];
  /** Whether policy asks a person for each push. */
  readonly asksEach: boolean;
};

/** The moments of a log, the one before its first append included. What is appended together happens at once. */
export function momentsOf(appends: readonly (readonly Envelope[])[]): readonly Moment[] {
  const none = { mandates: new Map(), operations: new Map(), approvals: new Map(), advances: new Map() };
  const noRules = { approvers: new Set<string>(), forbidden: [], asksEach: false };
  const moments: Moment[] = [{ position: 0, events: [], ...none, readings: new Map(), ...noRules }];
  for (const events of appends) {
    // There is the first at least.
    const before = moments.at(-1)!;
    const now = events.reduce<Moment>((moment, envelope) => ({ ...moment, ...after(moment, envelope) }), before);
    moments.push({ ...now, events, position: events.at(-1)?.position ?? before.position });
  }
  return moments;
}

const limitOf = (budgets: readonly Budget[], kind: 'calls' | 'tokens'): number =>
  budgets.reduce((least, budget) => (budget.kind === kind ? Math.min(least, budget.limit) : least), Infinity);
const asksIn = (set: AuthoritySet): boolean =>
  set.some(({ constraints }) => constraints.requiresActionApproval === true);
const prefixOf = ([entry]: AuthoritySet): string => entry?.resource ?? 'nothing';

function after(m: Moment, envelope: Envelope): Partial<Moment> {
  const event = eventIn(envelope);
  const id = envelope.stream.slice(envelope.stream.indexOf('-') + 1);
  const mandate = (change: Partial<PlainMandate>): Partial<Moment> => {
    const known = m.mandates.get(id);
    if (known === undefined) throw new Error(`\`${event.type}\` of a mandate that is not there`);
    return { mandates: new Map(m.mandates).set(id, { ...known, ...change }) };
  };
  const operation = (name: string, change: Partial<PlainOperation>): Partial<Moment> => {
    const known = m.operations.get(name);
    return known === undefined ? {} : { operations: new Map(m.operations).set(name, { ...known, ...change }) };
  };
  switch (event.type) {
    case 'mandate.proposed': {
      const { terms, parent } = event.data;
      // A successor stays as narrow as what it takes over from was made.
      const sets = [terms.authority, ...(terms.narrowings ?? []).map(({ authority }) => authority)];
      const proposed: PlainMandate = {
        parent,
        successor: null,
        prefixes: sets.map(prefixOf),
        expiresAt: terms.expiresAt,
        subjects: terms.conditions.map(({ subject }) => subject),
        latches: terms.conditions.flatMap(({ subject, returns }) => (returns === 'by_reinstatement' ? [subject] : [])),
        calls: limitOf(terms.budgets, 'calls'),
        tokens: limitOf(terms.budgets, 'tokens'),
        maxChildren: terms.delegation.maxChildren,
        asks: sets.some(asksIn),
        state: 'proposed',
      };
      return { mandates: new Map(m.mandates).set(id, proposed) };
    }
    case 'mandate.approved':
      return mandate({ state: 'active' });
    case 'mandate.suspended':
      // What a condition does is read from its signal: of one that returns by itself what it says now, of another that it failed.
      return event.data.cause.kind === 'condition' ? {} : mandate({ state: 'paused' });
    case 'mandate.reinstated':
      // Nobody but a person ends a pause, or what waits for one.
      return m.mandates.get(id)?.state === 'paused' && event.data.by !== 'control' ? mandate({ state: 'active' }) : {};
    case 'mandate.narrowed':
      return mandate({
        prefixes: [...(m.mandates.get(id)?.prefixes ?? []), prefixOf(event.data.authority)],
        asks: m.mandates.get(id)?.asks === true || asksIn(event.data.authority),
      });
    case 'mandate.shortened':
      return mandate({ expiresAt: event.data.expiresAt });
    case 'mandate.lowered':
      return mandate({
        calls: Math.min(m.mandates.get(id)?.calls ?? 0, limitOf(event.data.budgets, 'calls')),
        tokens: Math.min(m.mandates.get(id)?.tokens ?? 0, limitOf(event.data.budgets, 'tokens')),
      });
    case 'mandate.superseded':
      return mandate({ state: 'over', successor: event.data.successor });
    case 'mandate.revoked':
    case 'mandate.expired':
    case 'mandate.refused':
    case 'mandate.lapsed':
      return mandate({ state: 'over' });
    case 'mandate.completed':
      return mandate({ state: 'drains' });
    case 'signal.reported': {
      const { subject, value } = event.data;
      const hear = (one: PlainMandate): PlainMandate =>
        value === 'frozen' && one.state === 'active' && one.latches.includes(subject)
          ? { ...one, state: 'paused' }
          : one;
      return {
        readings: new Map(m.readings).set(subject, value),
        mandates: new Map([...m.mandates].map(([name, one]) => [name, hear(one)])),
      };
    }
    case 'policy.adopted':
      return {
        forbidden: Object.keys(event.data.rules?.refusedToAgents ?? {}),
        asksEach: event.data.rules?.classes.consequential_write?.askEachTime === true,
      };
    case 'person.added':
    case 'person.granted': {
      const { name, grants } = event.data;
      const others = [...m.approvers].filter((one) => one !== name);
      return { approvers: new Set(grants['p'] === 'approver' ? [...others, name] : others) };
    }
    case 'operation.begun': {
      const { mandate: under, resource, at, leaseUntil, judgedAt, approval = null, advance = null } = event.data;
      const begun: PlainOperation = {
        id,
        mandate: under,
        under: judgedAt.map((one) => one.mandate),
        resource,
        begunAt: at,
        leaseUntil,
        isRedeemed: false,
        isInterrupted: false,
        isSettled: false,
        action: event.data.action,
        parameters: event.data.parameterDigest,
        approval,
        advance,
        calls: 0,
        tokens: 0,
      };
      return { operations: new Map(m.operations).set(id, begun) };
    }
    case 'operation.renewed':
      return operation(id, { leaseUntil: event.data.leaseUntil });
    case 'operation.redeemed':
      return operation(id, { isRedeemed: true });
    case 'operation.interrupt_requested':
      return operation(id, { isInterrupted: true });
    case 'operation.settled':
      return operation(id, { isSettled: true });
    case 'approval.asked':
    case 'approval.given': {
      const { mandate: of, action, resource, parameterDigest } = event.data;
      const yes: PlainApproval = {
        mandate: of,
        action,
        resource,
        parameters: parameterDigest,
        since: m.approvals.get(id)?.since ?? envelope.position,
        isGiven: event.type === 'approval.given',
        expiresAt: event.type === 'approval.given' ? event.data.expiresAt : 0,
        usedBy: null,
      };
      return { approvals: new Map(m.approvals).set(id, yes) };
    }
    case 'approval.used': {
      const known = m.approvals.get(id)!; // it was given
      return { approvals: new Map(m.approvals).set(id, { ...known, usedBy: event.data.operation }) };
    }
    case 'advance.given': {
      const { by, actions, resource, uses, expiresAt, answer } = event.data;
      const given = { by, actions, resource, uses: uses ?? Infinity, expiresAt, answer };
      const yes: PlainAdvance = { ...given, used: 0, isWithdrawn: false };
      return { advances: new Map(m.advances).set(id, yes) };
    }
    case 'advance.used':
    case 'advance.withdrawn': {
      const known = m.advances.get(id)!; // it was given
      const change = event.type === 'advance.used' ? { used: known.used + 1 } : { isWithdrawn: true };
      return { advances: new Map(m.advances).set(id, { ...known, ...change }) };
    }
    case 'spend.reserved':
      return operation(event.data.operation, {
        calls: event.data.reserved.calls,
        tokens: event.data.reserved.tokens,
      });
    case 'spend.used':
      return operation(event.data.operation, { tokens: event.data.held.tokens });
    default:
      return {};
  }
}

/** The mandate that answers for `id`. */
export function answering({ mandates }: Moment, id: string): string {
  let answers = id;
  for (let next; typeof (next = mandates.get(answers)?.successor) === 'string';) answers = next;
  return answers;
}

/** The mandate that answers for `id`, and all above it, root first. */
export function lineOf(moment: Moment, id: string): readonly PlainMandate[] {
  const { mandates } = moment;
  const leaf = mandates.get(answering(moment, id));
  const line: PlainMandate[] = [];
  for (let at = leaf; at !== undefined; at = at.parent === null ? undefined : mandates.get(at.parent)) line.unshift(at);
  return line;
}

/** Whether one mandate, for itself, is in force. */
const isOn = ({ readings }: Moment, { state, expiresAt, subjects }: PlainMandate, now: number): boolean =>
  state === 'active' && now < expiresAt && subjects.every((subject) => readings.get(subject) !== 'frozen');

/** Whether the mandate and all above it are in force. */
export const isInForce = (moment: Moment, id: string, now: number): boolean => {
  const line = lineOf(moment, id);
  return line.length > 0 && line.every((one) => isOn(moment, one, now));
};

/** Whether policy gives it to agents at all. */
export const isGiven = ({ forbidden }: Moment, action: string): boolean => !forbidden.includes(action);

/** Whether every one of them covers the resource. */
export const isCovered = (moment: Moment, id: string, resource: string): boolean =>
  lineOf(moment, id).every(({ prefixes }) => prefixes.every((prefix) => resource.startsWith(prefix)));

/** Whether the work that was begun may end by itself although nothing new may begin: what is above was completed and not stopped. */
export const isDraining = (moment: Moment, id: string): boolean =>
  lineOf(moment, id).some(({ state }) => state === 'drains');

/** What is held of the calls and tokens of the mandate `id` by all that was begun under it. */
export function heldUnder({ operations }: Moment, id: string): { readonly calls: number; readonly tokens: number } {
  const under = [...operations.values()].filter((operation) => operation.under.includes(id));
  const sum = (kind: 'calls' | 'tokens'): number => under.reduce((total, operation) => total + operation[kind], 0);
  return { calls: sum('calls'), tokens: sum('tokens') };
}

/** Whether a person is asked for each push under the mandate. */
export const asksFor = (moment: Moment, id: string): boolean =>
  moment.asksEach || lineOf(moment, id).some(({ asks }) => asks);

type Push = Pick<PlainOperation, 'mandate' | 'action' | 'resource' | 'parameters'>;

/** Whether the mandate has been in force without a break, for all that was said of it, in the moments after `since`, until the last of them. */
export const isUnbroken = (moments: readonly Moment[], id: string, since: number, now: number): boolean =>
  moments.every((moment) => moment.position < since || isInForce(moment, id, now));

/** Whether a yes to one push is a yes to this one, for one that has not begun on it, while nothing above it was ever out of force. The last of the moments is what counts. */
export function approves(moments: readonly Moment[], id: string, push: Push, now: number): boolean {
  const yes = moments.at(-1)?.approvals.get(id);
  if (yes?.isGiven !== true || yes.usedBy !== null || now >= yes.expiresAt) return false;
  const { mandate, action, resource, parameters, since } = yes;
  return (
    mandate === push.mandate &&
    action === push.action &&
    resource === push.resource &&
    parameters === push.parameters &&
    isUnbroken(moments, mandate, since, yes.expiresAt - 1)
  );
}

/** Whether a yes in advance, for itself, is one to this push, of somebody who may still say so, and policy asks for no other. */
const covers = (
  { advances, approvers, asksEach }: Moment,
  id: string,
  { action, resource }: Push,
  now: number,
): boolean => {
  const yes = advances.get(id);
  const isIt = yes?.actions.includes(action) === true && yes.resource === resource;
  const mayBeGiven = yes?.by === 'owner' || approvers.has(yes?.by ?? '');
  return isIt && mayBeGiven && !asksEach && !yes.isWithdrawn && now < yes.expiresAt;
};

/** Whether one more can begin on a yes in advance. */
export const leaves = (moment: Moment, id: string, push: Push, now: number): boolean => {
  const { used, uses } = moment.advances.get(id) ?? { used: 0, uses: 0 };
  return used < uses && covers(moment, id, push, now);
};

/** Whether what has begun has the yes it needs: the one it began on, and no other. The last of the moments is what counts. */
export function hasItsYes(moments: readonly Moment[], operation: PlainOperation, now: number): boolean {
  const last = moments.at(-1);
  const { id, mandate, approval, advance } = operation;
  if (last === undefined || !asksFor(last, mandate)) return true;
  if (advance !== null) return covers(last, advance, operation, now);
  const isRemembered = ([one, { answer }]: readonly [string, PlainAdvance]): boolean =>
    answer !== null && answer === approval && covers(last, one, operation, now);
  if ([...last.advances].some(isRemembered)) return true;
  const yes = last.approvals.get(approval ?? '');
  if (yes?.usedBy !== id || now >= yes.expiresAt) return false;
  return isUnbroken(moments, mandate, yes.since, operation.begunAt);
}

/** When the yes that something began on ends, or the one that is remembered from it; where it needs none, never. */
export function yesUntil(moment: Moment, { mandate, approval, advance }: PlainOperation): number {
  if (!asksFor(moment, mandate)) return Infinity;
  const remembered = [...moment.advances.values()].filter(({ answer }) => answer !== null && answer === approval);
  const own = [moment.approvals.get(approval ?? ''), moment.advances.get(advance ?? ''), ...remembered];
  return Math.max(...own.map((yes) => yes?.expiresAt ?? 0));
}
