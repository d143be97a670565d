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
  /** What it holds of budgets: nothing where there was none when it began. */
  readonly calls: number;
  readonly tokens: number;
};

/** How things stood right after one append. */
export type Moment = {
  /** Of its last event. */
  readonly position: number;
  readonly events: readonly Envelope[];
  readonly mandates: ReadonlyMap<string, PlainMandate>;
  readonly operations: ReadonlyMap<string, PlainOperation>;
  readonly readings: ReadonlyMap<string, unknown>;
  /** Actions that policy gives no agent, or only by a person's yes to each. */
  readonly forbidden: readonly string[];
};

/** The moments of a log, the one before its first append included. What is appended together happens at once. */
export function momentsOf(appends: readonly (readonly Envelope[])[]): readonly Moment[] {
  const nothing = { mandates: new Map(), operations: new Map(), readings: new Map(), forbidden: [] };
  const moments: Moment[] = [{ position: 0, events: [], ...nothing }];
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
      const proposed: PlainMandate = {
        parent,
        successor: null,
        prefixes: [prefixOf(terms.authority)],
        expiresAt: terms.expiresAt,
        subjects: terms.conditions.map(({ subject }) => subject),
        latches: terms.conditions.flatMap(({ subject, returns }) => (returns === 'by_reinstatement' ? [subject] : [])),
        calls: limitOf(terms.budgets, 'calls'),
        tokens: limitOf(terms.budgets, 'tokens'),
        maxChildren: terms.delegation.maxChildren,
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
      return mandate({ prefixes: [...(m.mandates.get(id)?.prefixes ?? []), prefixOf(event.data.authority)] });
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
        forbidden: [
          ...Object.keys(event.data.rules?.refusedToAgents ?? {}),
          // Nobody says yes to an action here, so what asks for it each time gives it to nobody.
          ...(event.data.rules?.classes.consequential_write?.askEachTime === true ? ['git.push'] : []),
        ],
      };
    case 'operation.begun': {
      const { mandate: under, resource, at, leaseUntil, judgedAt } = event.data;
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

/** The mandate that answers for `id`, and all above it, root first. */
export function lineOf({ mandates }: Moment, id: string): readonly PlainMandate[] {
  let leaf = mandates.get(id);
  while (typeof leaf?.successor === 'string') leaf = mandates.get(leaf.successor);
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
