/**
 * The commands on mandates: each plans against the fold, appends with what it relied on, and answers with the record as it is then.
 * It decides nothing: `decide.ts`, `delegate.ts` and `extend.ts` do.
 */

import type { Act } from '@writ/authority';
import type { Actor } from '../caller.ts';
import type { Approving } from '../approval/approving.ts';
import { nameOf } from '../caller.ts';
import type { Asked, Plan } from '../commit.ts';
import { claim, claimOf } from '../commit.ts';
import type { Core } from '../core.ts';
import { mayNot, mayNotIn, rightsOf, seesMandate } from '../identity/rights.ts';
import type { Refs } from '../claims.ts';
import type { Outcome } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import type { StopCommand } from '../stop.ts';
import { requestStream } from '../streams.ts';
import type { MandateCommand } from './decide.ts';
import { malformedTerms } from './decide.ts';
import type { ChildAsked } from './delegate.ts';
import type { Extension } from './extend.ts';
import { leftBehind } from './left-behind.ts';
import { current, isWithin } from './lineage.ts';
import type { MandateRecord } from './mandate-record.ts';
import type { StoppedAll, Which } from './plans.ts';
import { createMandatePlans, governed, mandateNotFound, whyCascaded, writeOf } from './plans.ts';
import type { Terms } from './terms.ts';

type Done<T> = Promise<Outcome<T>>;

/** The act of the table of roles that a command is. */
const actOf = {
  approve: 'approve',
  refuse: 'refuse',
  reinstate: 'reinstate',
  revise: 'propose',
} as const satisfies Record<string, Act>;

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
  /** A successor that waits for a yes: nothing changes until then. Another who may extend it approves it like any proposal. */
  proposeExtension(id: string, extension: Extension, asked: Asked): Done<MandateRecord>;
  /** What would end with its predecessor if this proposed successor were approved now, one sentence each; empty for any other mandate. */
  leftBehind(proposal: MandateRecord): readonly string[];
  /** Revokes or suspends everything a filter selects, in one append. */
  stopAll(which: Which, asked: Asked): Done<StoppedAll>;
}

/** The commands, over `core`. */
export function createMandates(core: Core, approving: Approving): Mandates {
  const { projection, find, commit } = core;
  const plans = createMandatePlans(core, approving);

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
        const { writes, reliedOn, value } = planned.value;
        return done({ value, writes: [...claimed.writes, ...writes], reliedOn: [...reliedOn, ...rightsOf(asked.by)] });
      },
      id === undefined ? undefined : requestStream(id),
    );
  }

  const recordOf = (outcome: Outcome<string>): Outcome<MandateRecord> => {
    if (!outcome.ok) return outcome;
    const record = find(outcome.value);
    return record === undefined ? mandateNotFound(outcome.value) : done(record);
  };

  const stopCommand = (command: Parameters<Mandates['stop']>[1], by: string): StopCommand =>
    command.type === 'suspend' ? { type: 'suspend', cause: { kind: 'person', by, reason: command.reason } } : command;

  return {
    propose: async (terms, asked) =>
      recordOf(
        await keyed(
          'propose',
          asked,
          () => {
            if (asked.by.kind !== 'person') return refuse({ code: 'not_an_approver', attempted: 'propose a mandate' });
            const refused = mayNotIn(core, asked.by, 'propose', terms.project) ?? malformedTerms(terms, core.now());
            if (refused !== undefined) return refused;
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
            if (record === undefined) return mandateNotFound(id);
            const refused =
              mayNot(core, asked.by, actOf[command.type], record) ??
              (command.type === 'reinstate' ? whyCascaded(core, id, command.type) : undefined);
            if (refused !== undefined) return refused;
            return command.type === 'approve'
              ? plans.approval(record, command, asked)
              : governed(core, record, command, asked);
          },
          () => id,
        ),
      ),

    stop: (id, command, asked) =>
      keyed(
        command.type,
        { ...asked, body: [id, asked.body ?? null] },
        () => plans.stop(id, stopCommand(command, nameOf(asked.by)), asked),
        (refs) => refs.receipts[0] ?? '',
      ),

    relinquish: (id, reason, asked) =>
      keyed(
        'relinquish',
        { ...asked, body: [id, asked.body ?? null] },
        () => {
          const { by } = asked;
          if (!seesMandate(core, by, id)) return mandateNotFound(id);
          if (by.kind !== 'actor' || !isOwnOrChild(by, id))
            return refuse({
              code: 'not_yours',
              sentence: `an agent can give up its own mandate and its children, and \`${id}\` is neither`,
            });
          return plans.stop(id, { type: 'complete', reason }, asked);
        },
        (refs) => refs.receipts[0] ?? '',
      ),

    delegate: async (parent, child, asked) =>
      recordOf(
        await keyed(
          'delegate',
          { ...asked, body: [parent, asked.body ?? null] },
          () => plans.delegation(parent, child, asked),
          (refs) => refs.mandates[0] ?? '',
        ),
      ),

    extend: async (id, extension, asked) =>
      recordOf(
        await keyed(
          'extend',
          { ...asked, body: [id, asked.body ?? null] },
          () => plans.extension(id, extension, asked),
          (refs) => refs.mandates[0] ?? '',
        ),
      ),

    proposeExtension: async (id, extension, asked) =>
      recordOf(
        await keyed(
          'proposeExtension',
          { ...asked, body: [id, asked.body ?? null] },
          () =>
            asked.by.kind === 'person'
              ? plans.proposal(id, extension, asked)
              : refuse({ code: 'not_an_approver', attempted: `propose an extension of \`${id}\`` }),
          (refs) => refs.mandates[0] ?? '',
        ),
      ),

    leftBehind: (proposal) => leftBehind(core, proposal),

    stopAll: (which, asked) =>
      keyed(
        'stopAll',
        asked,
        () => plans.stopAll(which, asked),
        ({ receipts }) => ({ hits: [], unknown: [], receipts }),
      ),
  };

  function isOwnOrChild(by: Actor, id: string): boolean {
    const own = current(find, by.mandate);
    return own !== undefined && isWithin(find, id, own.mandate.id);
  }
}
