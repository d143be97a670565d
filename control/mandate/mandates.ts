/**
 * The commands on mandates: each plans against the fold, appends with what it relied on, and answers with the record as it is then.
 * It decides nothing: `decide.ts`, `delegate.ts` and `extend.ts` do.
 */

import type { Actor } from '../caller.ts';
import { nameOf } from '../caller.ts';
import type { Asked, Plan, PlannedWrite } from '../commit.ts';
import { claim, claimOf } from '../commit.ts';
import type { Core } from '../core.ts';
import { digestJson, digestText } from '../digest.ts';
import type { Refs } from '../projection.ts';
import type { Outcome } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import type { StopCommand } from '../stop.ts';
import { openUnder, planStop } from '../stop.ts';
import { mandateStream, operationStream, requestStream, signalStream, spendStream } from '../streams.ts';
import { approvalText } from './approval-text.ts';
import type { MandateCommand } from './decide.ts';
import { decide, malformedTerms } from './decide.ts';
import type { ChildAsked } from './delegate.ts';
import { delegate } from './delegate.ts';
import type { MandateEvent } from './events.ts';
import type { Extension } from './extend.ts';
import { extend, isAlive } from './extend.ts';
import { chainOf, current, isWithin } from './lineage.ts';
import type { MandateRecord } from './mandate-record.ts';
import type { Terms } from './terms.ts';
import { termsOf } from './terms.ts';

/** The text an approver approves, and its digest. */
export type Shown = { readonly text: string; readonly digest: string };

export const shown = ({ mandate, revision }: MandateRecord): Shown =>
  shownTerms(mandate.id, revision, mandate.parent, termsOf(mandate));

function shownTerms(id: string, revision: number, parent: string | null, terms: Terms): Shown {
  const text = approvalText({ id, revision, parent, terms }, digestJson(terms));
  return { text, digest: digestText(text) };
}

type Done<T> = Promise<Outcome<T>>;

export interface Mandates {
  propose(terms: Terms, asked: Asked): Done<MandateRecord>;
  /** Approvals, refusals, reinstatements and revisions: what leaves a mandate and no receipt. */
  govern(
    id: string,
    command: Extract<MandateCommand, { type: 'approve' | 'refuse' | 'reinstate' | 'revise' }>,
    asked: Asked,
  ): Done<MandateRecord>;
  /** Answers with the receipt's id. A mandate that was succeeded is stopped through its successor. */
  stop(
    id: string,
    command:
      Exclude<StopCommand, { type: 'expire' | 'suspend' }> | { readonly type: 'suspend'; readonly reason: string },
    asked: Asked,
  ): Done<string>;
  /** An actor gives up its own mandate, or a child of it. */
  relinquish(id: string, reason: string, asked: Asked): Done<string>;
  delegate(parent: string, child: Omit<ChildAsked, 'id'>, asked: Asked): Done<MandateRecord>;
  extend(id: string, extension: Extension, asked: Asked): Done<MandateRecord>;
  /** Revokes every live root of a project, or of all, or one mandate, in one append. */
  stopAll(
    which: {
      readonly project: string | null;
      readonly mandate: string | null;
      readonly reason: string;
      readonly dryRun: boolean;
    },
    asked: Asked,
  ): Done<{ readonly mandates: readonly string[]; readonly receipts: readonly string[] }>;
}

const notFound = (id: string) => refuse({ code: 'not_found', what: 'mandate', id });

/** The commands, over `core`. */
export function createMandates(core: Core): Mandates {
  const { projection, find, commit } = core;

  /** One keyed command: what `plan` writes, or what the same key did before, read by `repeated`. */
  function keyed<T>(
    route: string,
    asked: Asked,
    plan: () => Outcome<Plan<T>>,
    repeated: (refs: Refs) => T,
  ): Promise<Outcome<T>> {
    const id = claimOf(asked, route);
    return commit(
      asked.by,
      () => {
        const claimed = claim(projection, asked, route, core.now());
        if ('ok' in claimed) return claimed;
        if (claimed.kind === 'repeated') return done({ writes: [], reliedOn: [], value: repeated(claimed.refs) });
        const planned = plan();
        if (!planned.ok || planned.value.writes.every((write) => write.events.length === 0)) return planned;
        return done({ ...planned.value, writes: [...claimed.writes, ...planned.value.writes] });
      },
      id === undefined ? undefined : requestStream(id),
    );
  }

  const recordOf = (outcome: Outcome<string>): Outcome<MandateRecord> => {
    if (!outcome.ok) return outcome;
    const record = find(outcome.value);
    return record === undefined ? notFound(outcome.value) : done(record);
  };

  const writeOf = (id: string, events: readonly MandateEvent[], project: string): PlannedWrite => ({
    stream: mandateStream(id),
    events,
    project,
    lineage: { mandate: id },
  });

  /** A mandate created since a reading was taken must not miss it: the signals it depends on are relied on. */
  const signalsOf = (terms: Pick<Terms, 'conditions'>): readonly string[] =>
    terms.conditions.map(({ subject }) => signalStream(subject));

  const stopCommand = (command: Parameters<Mandates['stop']>[1], by: string): StopCommand =>
    command.type === 'suspend' ? { type: 'suspend', cause: { kind: 'person', by, reason: command.reason } } : command;

  function planOneStop(id: string, command: StopCommand, asked: Asked): Outcome<Plan<string>> {
    const record = current(find, id);
    if (record === undefined) return notFound(id);
    const planned = planStop(core, record, command, { by: asked.by });
    return planned.ok ? done({ writes: planned.value.writes, reliedOn: [], value: planned.value.receipt }) : planned;
  }

  function planDelegation(parent: string, child: Omit<ChildAsked, 'id'>, asked: Asked): Outcome<Plan<string>> {
    const record = current(find, parent);
    if (record === undefined) return notFound(parent);
    const { by } = asked;
    if (by.kind !== 'actor' || current(find, by.mandate)?.mandate.id !== record.mandate.id)
      return refuse({
        code: 'not_yours',
        sentence: `only the actor of \`${parent}\`, by a credential for it, can hand on parts of it`,
      });
    const chain = chainOf(find, record.mandate.id);
    const id = core.newId('m');
    const decided = delegate({ ...child, id }, record, {
      by,
      now: core.now(),
      chain,
      liveChildren: (projection.children.get(record.mandate.id) ?? []).filter((other) => isLive(find(other))).length,
      readings: core.readings,
      textDigest: (terms) => shownTerms(id, 1, record.mandate.id, terms).digest,
    });
    if (!decided.ok) return decided;
    const { project } = record.mandate;
    const ancestors = chain.flatMap((mandate) => [mandateStream(mandate.id), ...signalsOf(mandate)]);
    return done({
      writes: [writeOf(record.mandate.id, decided.parent, project), writeOf(id, decided.child, project)],
      reliedOn: ancestors,
      value: id,
    });
  }

  const isLive = (record: MandateRecord | undefined): record is MandateRecord =>
    record !== undefined && isAlive(record, core.now());

  /** Live descendants, parents before children. */
  function liveDescendants(id: string): readonly MandateRecord[] {
    const found: MandateRecord[] = [];
    for (let level: readonly string[] = [id]; level.length > 0;) {
      const next = level
        .flatMap((parent) => projection.children.get(parent) ?? [])
        .map(find)
        .filter(isLive);
      found.push(...next);
      level = next.map(({ mandate }) => mandate.id);
    }
    return found;
  }

  function planExtension(id: string, extension: Extension, asked: Asked): Outcome<Plan<string>> {
    const record = find(id);
    if (record === undefined) return notFound(id);
    const descendants = liveDescendants(id);
    const ancestors = chainOf(find, id).slice(0, -1);
    const ids = new Map([record, ...descendants].map(({ mandate }) => [mandate.id, core.newId('m')]));
    const decided = extend(extension, record, {
      by: asked.by,
      now: core.now(),
      ancestors,
      liveDescendants: descendants,
      spend: (mandate) => ({ calls: projection.calls.get(mandate) ?? 0, tokens: 0, moneyMicros: 0 }),
      readings: core.readings,
      // Every mandate asked about was given an id just above.
      successorOf: (mandate) => ids.get(mandate)!,
      textDigest: (mandate, parent, terms) => shownTerms(mandate, 1, parent, terms).digest,
    });
    if (!decided.ok) return decided;
    const { project } = record.mandate;
    const at = core.now();
    const interrupts = decided.left
      .flatMap((left) => openUnder(core, left))
      .map(({ begun }): PlannedWrite => ({
        stream: operationStream(begun.id),
        events: [{ type: 'operation.interrupt_requested', data: { at, how: 'interrupt', because: id, receipt: null } }],
        project,
        lineage: { mandate: begun.mandate },
      }));
    const reliedOn = [
      ...ancestors.map((mandate) => mandateStream(mandate.id)),
      ...[record, ...descendants].flatMap(({ mandate }) => [
        ...signalsOf(mandate),
        mandateStream(mandate.id),
        ...(mandate.budgets.length > 0 ? [spendStream(mandate.id)] : []),
      ]),
    ];
    const writes = decided.writes.map(({ mandate, events }) => writeOf(mandate, events, project));
    return done({ writes: [...writes, ...interrupts], reliedOn, value: decided.successor });
  }

  return {
    propose: async (terms, asked) =>
      recordOf(
        await keyed(
          'propose',
          asked,
          () => {
            if (asked.by.kind !== 'person') return refuse({ code: 'not_an_approver', attempted: 'propose a mandate' });
            const malformed = malformedTerms(terms, core.now());
            if (malformed !== undefined) return malformed;
            const id = core.newId('m');
            const data = { at: core.now(), by: nameOf(asked.by), id, parent: null, depth: 0, predecessor: null, terms };
            return done({
              writes: [writeOf(id, [{ type: 'mandate.proposed', data }], terms.project)],
              reliedOn: [],
              value: id,
            });
          },
          (refs) => refs.mandates[0] ?? '',
        ),
      ),

    govern: async (id, command, asked) =>
      recordOf(
        await keyed(
          command.type,
          { ...asked, body: [id, asked.body ?? null] },
          () => {
            const record = find(id);
            if (record === undefined) return notFound(id);
            const decided = decide(command, record, {
              by: asked.by,
              now: core.now(),
              textDigest: shown(record).digest,
              readings: core.readings,
            });
            return decided.ok
              ? done({
                  writes: [writeOf(id, decided.events, record.mandate.project)],
                  reliedOn: signalsOf(record.mandate),
                  value: id,
                })
              : decided;
          },
          () => id,
        ),
      ),

    stop: (id, command, asked) =>
      keyed(
        command.type,
        { ...asked, body: [id, asked.body ?? null] },
        () => planOneStop(id, stopCommand(command, nameOf(asked.by)), asked),
        (refs) => refs.receipts[0] ?? '',
      ),

    relinquish: (id, reason, asked) =>
      keyed(
        'relinquish',
        { ...asked, body: [id, asked.body ?? null] },
        () => {
          const { by } = asked;
          if (by.kind !== 'actor' || !isOwnOrChild(by, id))
            return refuse({
              code: 'not_yours',
              sentence: `an agent can give up its own mandate and its children, and \`${id}\` is neither`,
            });
          return planOneStop(id, { type: 'complete', reason }, asked);
        },
        (refs) => refs.receipts[0] ?? '',
      ),

    delegate: async (parent, child, asked) =>
      recordOf(
        await keyed(
          'delegate',
          { ...asked, body: [parent, asked.body ?? null] },
          () => planDelegation(parent, child, asked),
          (refs) => refs.mandates[0] ?? '',
        ),
      ),

    extend: async (id, extension, asked) =>
      recordOf(
        await keyed(
          'extend',
          { ...asked, body: [id, asked.body ?? null] },
          () => planExtension(id, extension, asked),
          (refs) => refs.mandates[0] ?? '',
        ),
      ),

    stopAll: (which, asked) =>
      keyed(
        'stopAll',
        asked,
        () => planStopAll(which, asked),
        ({ receipts }) => ({
          mandates: receipts.map((receipt) => projection.receipts.get(receipt)?.mandate ?? ''),
          receipts,
        }),
      ),
  };

  function planStopAll(
    { project, mandate, reason, dryRun }: Parameters<Mandates['stopAll']>[0],
    asked: Asked,
  ): Outcome<Plan<{ readonly mandates: readonly string[]; readonly receipts: readonly string[] }>> {
    const named = mandate === null ? undefined : current(find, mandate);
    if (mandate !== null && named === undefined) return notFound(mandate);
    const roots = [...projection.mandates.values()].filter(
      (record) =>
        record.mandate.parent === null && isLive(record) && (project === null || record.mandate.project === project),
    );
    const records = named === undefined ? roots : [named];
    const mandates = records.map((record) => record.mandate.id);
    if (dryRun) return done({ writes: [], reliedOn: [], value: { mandates, receipts: [] } });
    const writes: PlannedWrite[] = [];
    const receipts: string[] = [];
    for (const record of records) {
      const planned = planStop(core, record, { type: 'revoke', reason }, { by: asked.by, action: 'stop' });
      if (!planned.ok) return planned;
      writes.push(...planned.value.writes);
      receipts.push(planned.value.receipt);
    }
    return done({ writes, reliedOn: [], value: { mandates, receipts } });
  }

  function isOwnOrChild(by: Actor, id: string): boolean {
    const own = current(find, by.mandate);
    return own !== undefined && isWithin(find, id, own.mandate.id);
  }
}
