/** The routes on yeses in advance. Each translates to one command or query of control and back. */

import type { AdvanceRecord, Control } from '@writ/control';
import type { advanceApi, advanceWire } from '@writ/protocol';
import type { z } from 'zod';
import type { ControlHandlers } from './caller.ts';
import { askedOf, known } from './caller.ts';
import { iso } from './mandate-wire.ts';
import { answerOf, ok } from './refusal-problem.ts';

export function advanceHandlers(control: Control): Pick<ControlHandlers, keyof typeof advanceApi> {
  const wire = (record: AdvanceRecord) => advanceToWire(control, record);
  return {
    advanceText: ({ body, caller }) =>
      answerOf(control.advanceText(askedFrom(body), known(caller)), ({ text, digest }) => ({
        text,
        text_digest: digest,
      })),
    giveAdvance: async (call) => {
      const { text_digest: textDigest, step_up: stepUp } = call.body;
      const asked = { ...askedFrom(call.body), textDigest, stepUp };
      return answerOf(await control.giveAdvance(asked, askedOf(call)), (all) => ({ items: all.map(wire) }));
    },
    listAdvances: ({ query, caller }) =>
      ok({ items: control.advances(known(caller), query.get('all') === 'true').map(wire) }),
    withdrawAdvance: async (call) =>
      answerOf(await control.withdrawAdvance(call.params['id'] ?? '', call.body.reason, askedOf(call)), wire),
  };
}

const askedFrom = ({ project, lines, expires_at: expiresAt }: z.output<typeof advanceApi.advanceText.body>) => ({
  project,
  lines: lines.map(({ resource, resource_match: resourceMatch, actions, uses }) => ({
    resource,
    resourceMatch,
    actions,
    uses,
  })),
  expiresAt: Date.parse(expiresAt),
});

function advanceToWire(control: Control, record: AdvanceRecord): z.output<typeof advanceWire> {
  const { given, used, lastUsedAt, withdrawn } = record;
  const usedUp = given.uses !== null && used >= given.uses;
  return {
    id: given.id,
    kind: given.kind,
    project: given.project,
    by: given.by,
    given_at: iso(given.at),
    expires_at: iso(given.expiresAt),
    resource: given.resource,
    resource_match: given.resourceMatch,
    actions: [...given.actions],
    uses: given.uses,
    used,
    last_used_at: lastUsedAt === null ? null : iso(lastUsedAt),
    answer: given.answer,
    state: withdrawn !== null ? 'withdrawn' : control.isInForce(record) ? 'in_force' : usedUp ? 'used_up' : 'over',
    withdrawn_by: withdrawn?.by ?? null,
  };
}
