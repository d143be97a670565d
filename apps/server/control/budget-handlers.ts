/** The routes on budgets: what an operation used, and what is left of a mandate. Each translates to one command or query of control. */

import type { Control, FinalUsage, Statement } from '@writ/control';
import type { estimateWire, statementWire, usageWire } from '@writ/protocol';
import type { z } from 'zod';
import { problem } from '../http/problem.ts';
import type { ControlHandlers } from './caller.ts';
import { besideOf, known, maySee } from './caller.ts';
import { iso } from './mandate-wire.ts';
import { operationToWire } from './record-wire.ts';
import { answerOf, ok } from './refusal-problem.ts';

export function budgetHandlers(control: Control): Pick<ControlHandlers, 'budget' | 'reportUsage'> {
  return {
    budget: ({ params, caller }) => {
      const mandate = params['id'] ?? '';
      const statements = maySee(control, caller, mandate) ? control.statements(mandate) : [];
      if (statements.length === 0)
        return { ok: false, problem: problem(404, 'not_found', `there is no mandate \`${mandate}\``) };
      return ok({ items: statements.map(statementToWire), position: control.state.position });
    },
    reportUsage: async (call) => {
      const { final: isFinal, ...used } = call.body;
      const usage = { ...usageFrom(used), isFinal };
      const by = known(call.caller);
      return answerOf(
        await control.reportUsage(call.params['id'] ?? '', usage, by, besideOf(control, call)),
        (operation) => operationToWire(operation, control),
      );
    },
  };
}

/** What was used, or will be, in our spelling. */
export const usageFrom = ({
  tokens,
  money_micros: moneyMicros,
  currency,
  source,
}: Omit<z.output<typeof usageWire>, 'final'>): FinalUsage => ({ tokens, moneyMicros, currency, source });

export const estimateFrom = ({ tokens, money_micros: moneyMicros, currency }: z.output<typeof estimateWire>) => ({
  tokens,
  moneyMicros,
  currency,
});

const kinds = { calls: 'calls', tokens: 'tokens', moneyMicros: 'money' } as const;

const statementToWire = ({ lines, wallUntil, ...statement }: Statement): z.output<typeof statementWire> => ({
  mandate: statement.mandate,
  parent: statement.parent,
  actor: statement.actor,
  state: statement.state,
  currency: statement.currency,
  lines: lines.map((line) => ({ ...line, kind: kinds[line.kind] })),
  wall_until: wallUntil === null ? null : iso(wallUntil),
});
