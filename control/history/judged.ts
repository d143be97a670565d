/**
 * What an operation is to the history rules of its chain: what the evaluator is told before it begins, what is written when it begins and when it
 * ends. It judges nothing itself.
 *
 * INVARIANT: whatever a rule judges relies on the stream of that rule's mandate, and whatever a rule counts is written there in the append that begins
 * or ends it: of two begins that bear on each other one is judged knowing of the other.
 */

import type { History, HistoryRule, Mandate } from '@writ/authority';
import { historyRoles, historySubject, historyTarget, isJudgedBy, noHistory, normaliseResource } from '@writ/authority';
import type { PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import { digestJson } from '../digest.ts';
import { chainOf } from '../mandate/lineage.ts';
import type { OperationOutcome } from '../operation/events.ts';
import type { OperationRecord } from '../operation/operation-record.ts';
import type { Projection } from '../projection.ts';
import { historyStream } from '../streams.ts';
import type { HistoryNote } from './events.ts';
import { recalled } from './memory.ts';
import { originOf } from './origin.ts';

type Asked = { readonly action: string; readonly resource: string; readonly parameters?: unknown };

const ruled = (chain: readonly Mandate[]): readonly Mandate[] => chain.filter(({ history }) => history.length > 0);

/** What is remembered under `chain`, and what the request carries. */
export function historyFor({ mandates, memories }: Projection, chain: readonly Mandate[], asked: Asked): History {
  if (ruled(chain).length === 0) return noHistory;
  return {
    kind: 'known',
    of: (mandate, rule) => {
      const memory = memories.get(originOf(mandates, mandate));
      return memory && recalled(memory, rule);
    },
    parameter: (name) => parameterIn(asked.parameters, name),
  };
}

/** The digest of a parameter of the request's own; undefined where it carries none. */
function parameterIn(parameters: unknown, name: string): string | undefined {
  if (typeof parameters !== 'object' || parameters === null || !Object.hasOwn(parameters, name)) return undefined;
  const value = new Map<string, unknown>(Object.entries(parameters)).get(name);
  return value === undefined ? undefined : digestJson(value);
}

/** The streams a verdict rests on where a rule of the chain judges the action. */
export const historyStreams = (
  { mandates }: Projection,
  chain: readonly Mandate[],
  action: string,
): readonly string[] =>
  ruled(chain)
    .filter(({ history }) => history.some((rule) => isJudgedBy(rule, action)))
    .map(({ id }) => historyStream(originOf(mandates, id)));

/** The writes that note a beginning for every rule of the chain that counts it. */
export function beganWrites(
  { projection: { mandates }, now }: Pick<Core, 'projection' | 'now'>,
  chain: readonly Mandate[],
  { operation, ...asked }: Asked & { readonly operation: string },
  place: Pick<PlannedWrite, 'project' | 'lineage'>,
): readonly PlannedWrite[] {
  return ruled(chain).flatMap((mandate): readonly PlannedWrite[] => {
    const notes = mandate.history.flatMap((rule) => notesOf(rule, asked));
    if (notes.length === 0) return [];
    const data = { at: now(), mandate: mandate.id, operation, notes };
    const stream = historyStream(originOf(mandates, mandate.id));
    return [{ ...place, stream, events: [{ type: 'history.began', data }], relies: false }];
  });
}

function notesOf(rule: HistoryRule, { action, resource, parameters }: Asked): readonly HistoryNote[] {
  const normal = normaliseResource(resource);
  if (!normal.ok) return [];
  return historyRoles(rule, action).flatMap((role): readonly HistoryNote[] => {
    if (rule.kind === 'first_use') return [{ rule: rule.id, role: 'use', target: historyTarget(rule, normal.uri) }];
    if (role === 'change') return [{ rule: rule.id, role }];
    const parameter = rule.sameParameter === null ? null : parameterIn(parameters, rule.sameParameter);
    // Without the parameter nothing can ever be found to have the same.
    return parameter === undefined
      ? []
      : [{ rule: rule.id, role: 'success', subject: historySubject(rule, normal.uri, parameter) }];
  });
}

/** The writes that note an end for whatever noted the beginning. `isWatched`: an enforcement point saw it. */
export function endedWrites(
  core: Core,
  { begun }: OperationRecord,
  { outcome, isWatched }: { readonly outcome: OperationOutcome; readonly isWatched: boolean },
): readonly PlannedWrite[] {
  const { mandates, memories } = core.projection;
  // Nobody knows whether it ended.
  if (outcome === 'unknown') return [];
  return chainOf(core.find, begun.mandate).flatMap(({ id, project }): readonly PlannedWrite[] => {
    const origin = originOf(mandates, id);
    if (memories.get(origin)?.open.has(begun.id) !== true) return [];
    const watched = isWatched && begun.vouchedBy !== undefined;
    const data = { at: core.now(), mandate: id, operation: begun.id, outcome, isWatched: watched };
    return [
      {
        stream: historyStream(origin),
        events: [{ type: 'history.ended', data }],
        project,
        lineage: { mandate: begun.mandate, agent: begun.holder },
        relies: false,
      },
    ];
  });
}

/**
 * The writes that note a yes to something that makes a success stale and is not begun as an operation: what a point is told yes to may be done at once.
 * Where no success would go stale by it there are none.
 */
export function changedWrites(
  { projection: { mandates, memories }, now }: Pick<Core, 'projection' | 'now'>,
  chain: readonly Mandate[],
  action: string,
): readonly PlannedWrite[] {
  return ruled(chain).flatMap((mandate): readonly PlannedWrite[] => {
    const origin = originOf(mandates, mandate.id);
    const memory = memories.get(origin);
    if (memory === undefined) return [];
    const rules = mandate.history
      .filter((rule) => historyRoles(rule, action).includes('change') && canGoStale(memory, rule.id))
      .map(({ id }) => id);
    if (rules.length === 0) return [];
    return [
      {
        stream: historyStream(origin),
        events: [{ type: 'history.changed', data: { at: now(), mandate: mandate.id, rules } }],
        project: mandate.project,
        lineage: { mandate: mandate.id },
        relies: false,
      },
    ];
  });
}

type Memory = Parameters<typeof recalled>[0];

/** Whether a success counts now, or may come of what is under way. */
function canGoStale(memory: Memory, id: string): boolean {
  const known = recalled(memory, id);
  const since = known?.changedAt ?? -1;
  const isUnderWay = [...memory.open.values()].some(
    ({ order, notes }) => order > since && notes.some(({ rule, role }) => rule === id && role === 'success'),
  );
  return isUnderWay || [...(known?.successes.values() ?? [])].some(({ order }) => order > since);
}
