/**
 * OpenID AuthZEN Authorization API 1.0 over the one evaluator: a translation, nothing else. A denial is a 200 with `decision: false`.
 *
 * The mandate is `context.mission.id` (draft-mcguinness-mission-authzen) or `context.mandate_id`, and an agent's own when neither is there.
 */

import { uncontained } from '@writ/authority';
import type { Ask, Checked, Control } from '@writ/control';
import { denialOf, factsWire } from '@writ/protocol';
import type { evaluationRequest, evaluationResponse, evaluationsRequest } from '@writ/protocol';
import type { z } from 'zod';
import type { ControlCaller, ControlHandlers } from './caller.ts';
import { known } from './caller.ts';
import { factsFrom } from './operation-handlers.ts';
import { iso } from './mandate-wire.ts';
import { ok, problemOf } from './refusal-problem.ts';

type Request = z.output<typeof evaluationRequest>;
type Response = z.output<typeof evaluationResponse>;
type Many = z.output<typeof evaluationsRequest>;

export function authzenHandlers(
  control: Control,
  url: () => string,
): Pick<ControlHandlers, 'evaluate' | 'evaluateMany' | 'pdp'> {
  return {
    evaluate: async ({ body, caller }) => ok(await evaluateOne(control, body, caller)),
    evaluateMany: async ({ body, caller }) => {
      const semantic = body.options?.evaluations_semantic ?? 'execute_all';
      const evaluations: Response[] = [];
      for (const request of requestsIn(body)) {
        const response =
          'missing' in request
            ? malformed(`\`${request.missing}\` is missing`)
            : await evaluateOne(control, request, caller);
        evaluations.push(response);
        if (semantic === 'deny_on_first_deny' && !response.decision) break;
        if (semantic === 'permit_on_first_permit' && response.decision) break;
      }
      return ok({ evaluations });
    },
    pdp: () =>
      ok({
        policy_decision_point: url(),
        access_evaluation_endpoint: `${url()}/access/v1/evaluation`,
        access_evaluations_endpoint: `${url()}/access/v1/evaluations`,
      }),
  };
}

/** Each evaluation with the defaults of the whole filled in; the whole itself where there is no list. */
function requestsIn({
  evaluations = [],
  options: _,
  ...defaults
}: Many): readonly (Request | { readonly missing: string })[] {
  return (evaluations.length === 0 ? [{}] : evaluations).map((one) => {
    const { subject, action, resource, context } = { ...defaults, ...one };
    if (subject === undefined) return { missing: 'subject' };
    if (action === undefined) return { missing: 'action' };
    if (resource === undefined) return { missing: 'resource' };
    return { subject, action, resource, ...(context !== undefined && { context }) };
  });
}

async function evaluateOne(control: Control, request: Request, caller: ControlCaller): Promise<Response> {
  const by = known(caller);
  const facts = factsWire.safeParse(request.context?.['facts'] ?? {});
  if (!facts.success) return malformed('`context.facts` is not what is expected');
  const ask: Ask = {
    mandate: mandateIn(request) ?? (by.kind === 'actor' ? by.mandate : ''),
    action: request.action.name,
    resource: request.resource.id,
    facts: factsFrom(facts.data),
    containment: uncontained,
    parameters: request.action.properties?.['parameters'] ?? {},
    session: null,
    atLeast: undefined,
    subject: request.subject.id,
  };
  const outcome = await control.check(ask, by);
  const { parameter_digest: claimed } = request.action.properties ?? {};
  // What the caller bound has to be what is judged here (draft-mcguinness-mission-authzen, "PDP request").
  // INVARIANT: a yes that rests on a person's yes to these parameters is given to nobody who has not said which they are going to use.
  const isBound = outcome.ok && (claimed !== undefined || outcome.value.restsOnApproval);
  if (outcome.ok && isBound && claimed !== digestText(outcome.value.parameterDigest))
    return {
      decision: false,
      context: { evaluation_id: outcome.value.evaluationId, reason: 'parameter_violation', next_action: 'none' },
    };
  return outcome.ok ? translate(outcome.value) : malformed(problemOf(outcome.refusal).detail);
}

function mandateIn({ context }: Request): string | undefined {
  const mission = context?.['mission'];
  const named =
    typeof mission === 'object' && mission !== null && 'id' in mission ? mission.id : context?.['mandate_id'];
  return typeof named === 'string' ? named : undefined;
}

function translate({ verdict, evaluationId, parameterDigest, position }: Checked): Response {
  const common = { evaluation_id: evaluationId, position };
  const { reason, validUntil } = verdict;
  if (reason.code === 'permitted')
    return {
      decision: true,
      context: {
        ...common,
        conditions: { parameter_digest: digestText(parameterDigest), valid_until: iso(validUntil) },
      },
    };
  return { decision: false, context: { ...common, ...denialOf(reason) } };
}

/** The digest as the runtime draft writes it. */
const digestText = (digest: string): string => `sha-256:${digest}`;

const malformed = (message: string): Response => ({
  decision: false,
  context: { ...denialOf({ code: 'malformed_request', detail: message }), error: { status: 400, message } },
});
