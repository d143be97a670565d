/** A budget as a person types it: `calls=100`, `tokens=200000`, `money=5.00EUR`, `wall=4h`. */

import type { budgetWire } from '@writ/protocol';
import { usage } from '../exit.ts';
import { timeSpan } from './time-span.ts';

type BudgetWire = ReturnType<typeof budgetWire.parse>;

/** The budget `typed` names; ends the command when it is none. */
export function budgetFrom(typed: string): BudgetWire {
  const [, kind, amount = ''] = /^(calls|tokens|money|wall)=(\S+)$/.exec(typed) ?? [];
  switch (kind) {
    case 'calls':
    case 'tokens':
      return { kind, limit: whole(amount, typed) };
    case 'wall':
      return { kind, limit_ms: timeSpan(amount) };
    case 'money': {
      const [, units = '', fraction = '', currency = ''] = /^(\d{1,9})(?:\.(\d{1,6}))?([A-Z]{3})$/.exec(amount) ?? [];
      if (currency === '') throw none(typed);
      return { kind, limit_micros: Number(units) * 1_000_000 + Number(fraction.padEnd(6, '0')), currency };
    }
    default:
      throw none(typed);
  }
}

function whole(amount: string, typed: string): number {
  const number = Number(amount);
  if (!/^\d+$/.test(amount) || !Number.isSafeInteger(number)) throw none(typed);
  return number;
}

const none = (typed: string) =>
  usage(`\`${typed}\` is no budget`, 'such as `calls=100`, `tokens=200000`, `money=5.00EUR`, `wall=4h`');
