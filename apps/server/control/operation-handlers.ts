/** The routes on verdicts, operations and permits, in our own spelling. AuthZEN's are beside them. */

import { uncontained } from '@writ/authority';
import type { Containment } from '@writ/authority';
import type { Ask, Control, OperationRecord, PointKind } from '@writ/control';
import type { askWire } from '@writ/protocol';
import { fromWire } from '@writ/protocol';
import type { z } from 'zod';
import type { Call } from '../http/call.ts';
import { estimateFrom, usageFrom } from './budget-handlers.ts';
import type { ControlCaller, ControlHandlers } from './caller.ts';
import { askedOf, besideOf, known, knownPoint, maySee } from './caller.ts';
import { limitOf, pageOf } from '../http/page.ts';
import { problem } from '../http/problem.ts';
import { answerOf, ok } from './refusal-problem.ts';
import { iso } from './mandate-wire.ts';
import { operationToWire, verdictToWire } from './record-wire.ts';

type Names =
  | 'approveAction'
  | 'check'
  | 'begin'
  | 'listOperations'
  | 'getOperation'
  | 'renew'
  | 'interrupt'
  | 'settle'
  | 'account'
  | 'redeem';

export function operationHandlers(control: Control): Pick<ControlHandlers, Names> {
  const wire = (operation: OperationRecord) => operationToWire(operation, control);
  return {
    check: async (call) => answerOf(await control.check(askFrom(control, call), known(call.caller)), verdictToWire),
    approveAction: async (call) => {
      const { action, resource, facts, parameters, expires_at: expiresAt } = call.body;
      const asked = { mandate: call.params['id'] ?? '', action, resource, facts: factsFrom(facts), parameters };
      return answerOf(
        await control.approveAction({ ...asked, expiresAt: Date.parse(expiresAt) }, askedOf(call)),
        (given) => ({
          id: given.id,
          mandate: given.mandate,
          action: given.action,
          resource: given.resource,
          parameter_digest: given.parameterDigest,
          by: given.by,
          expires_at: iso(given.expiresAt),
        }),
      );
    },
    begin: async (call) =>
      answerOf(await control.begin(askFrom(control, call), call.body.lease_ms, askedOf(call)), (begun) => ({
        operation: operationToWire(begun.operation, control),
        permit: begun.permit,
        verdict: verdictToWire(begun),
      })),
    listOperations: async ({ query, caller }) => {
      const { operations, openOperations, unknownOperations, position } = control.state;
      const mandate = query.get('mandate');
      const [isOpen, isUnknown] = [query.get('open') === 'true', query.get('unknown') === 'true'];
      const keep = ({ begun }: OperationRecord): boolean =>
        (!isOpen || openOperations.has(begun.id)) &&
        (!isUnknown || unknownOperations.has(begun.id)) &&
        (mandate === null || begun.mandate === mandate) &&
        maySee(control, caller, begun.mandate);
      const before = /^p(\d{1,15})$/.exec(query.get('cursor') ?? '')?.[1];
      if (before !== undefined) {
        const page = await control.forgottenOperations(Number(before), { limit: limitOf(query), keep });
        return ok({
          items: page.items.map(wire),
          next_cursor: page.next === null ? null : `p${String(page.next)}`,
          position,
        });
      }
      const { items, next_cursor } = pageOf(operations.values(), query, keep);
      // What is over since long comes after what is kept; none of it is open or unknown.
      const isMore = next_cursor === null && !isOpen && !isUnknown && control.state.forgotten.length > 0;
      return ok({ items: items.map(wire), next_cursor: isMore ? `p${String(position + 1)}` : next_cursor, position });
    },
    getOperation: async ({ params, caller }) => {
      const operation = await control.operation(params['id'] ?? '');
      return operation === undefined || !maySee(control, caller, operation.begun.mandate)
        ? { ok: false, problem: problem(404, 'not_found', `there is no operation \`${params['id'] ?? ''}\``) }
        : ok(wire(operation));
    },
    renew: async (call) =>
      answerOf(
        await control.renew(call.params['id'] ?? '', call.body.lease_ms, known(call.caller), besideOf(control, call)),
        wire,
      ),
    interrupt: async (call) =>
      answerOf(await control.interrupt(call.params['id'] ?? '', known(call.caller), besideOf(control, call)), wire),
    settle: async (call) =>
      answerOf(
        await control.settle(
          call.params['id'] ?? '',
          call.body.outcome,
          call.body.evidence,
          known(call.caller),
          besideOf(control, call),
          call.body.usage === undefined ? undefined : usageFrom(call.body.usage),
          call.body.fenced,
        ),
        wire,
      ),
    account: async ({ params, body, caller }) =>
      answerOf(await control.account(params['id'] ?? '', body, known(caller)), wire),
    redeem: async (call) => answerOf(await control.redeem(call.body, knownPoint(call.caller)), (answer) => answer),
  };
}

/** A question as control takes it. Containment and who vouches are the enforcement point's beside the agent, where there is one. */
export function askFrom(control: Control, call: Call<z.output<typeof askWire>, ControlCaller>): Ask {
  const { mandate, action, resource, facts, parameters, session, at_least: atLeast, estimate, sink } = call.body;
  const vouchedBy = besideOf(control, call);
  return {
    mandate,
    action,
    resource,
    facts: factsFrom(facts),
    parameters,
    session,
    atLeast,
    containment: containmentFrom(call, vouchedBy),
    ...(vouchedBy !== undefined && { vouchedBy }),
    ...(sink !== undefined && { sink }),
    ...(estimate !== undefined && { estimate: estimateFrom(estimate) }),
  };
}

/** The facts constraints are judged by, as far as they are there. */
export const factsFrom = (facts: z.output<typeof askWire>['facts']): Ask['facts'] => fromWire(facts); // the schema is its shape

/** INVARIANT: containment is an enforcement point's word, by its own bearer or beside an agent's in `Writ-Point`; from anybody else it lowers nothing. */
function containmentFrom(
  { body, caller }: Call<z.output<typeof askWire>, ControlCaller>,
  vouchedBy: PointKind | undefined,
): Containment {
  const isPoint = caller.kind === 'point' || vouchedBy !== undefined;
  return isPoint ? (body.containment ?? uncontained) : uncontained;
}
