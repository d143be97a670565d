/** What a mandate and all below it may use, used and hold, as a person reads it: a line for each mandate and kind. Pure. */

import type { StatementWire } from '../connect/wire.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { relative } from './when.ts';
import { table } from './width.ts';

type Line = StatementWire['lines'][number];

/** A number of a kind: money in whole units with its currency, the rest with thousands apart. */
export function amountOf(kind: Line['kind'], amount: number, currency: string | null): string {
  if (kind !== 'money') return amount.toLocaleString('en-US').replaceAll(',', ' ');
  const [units = '0', fraction = ''] = (amount / 1_000_000).toFixed(6).split('.');
  return `${units}.${fraction.replace(/0{1,4}$/, '')} ${currency ?? ''}`.trimEnd();
}

/** The statements, parents before children, as one table. */
export function renderBudget(statements: readonly StatementWire[], style: Style): string[] {
  const [root] = statements;
  if (root === undefined) return [];
  if (statements.every(({ lines, wall_until: wall }) => lines.length === 0 && wall === null))
    return ['no budget bounds it, and nothing was reported as used'];
  const depths = new Map<string, number>();
  const rows: string[][] = [['', 'may use', 'used', 'held', 'promised', 'left'].map((heading) => style.dim(heading))];
  for (const statement of statements) {
    const depth = (depths.get(statement.parent ?? '') ?? -1) + 1;
    depths.set(statement.mandate, depth);
    const indent = '  '.repeat(depth);
    rows.push([
      `${indent}${safeText(statement.mandate)} ${style.dim(`${safeText(statement.actor)}, ${statement.state}`)}`,
    ]);
    for (const line of statement.lines) {
      const say = (amount: number | null, none: string): string =>
        amount === null ? style.dim(none) : amountOf(line.kind, amount, statement.currency);
      const left = say(line.left, 'unbounded');
      rows.push([
        `${indent}  ${line.kind}`,
        say(line.limit, depth === 0 ? '' : 'from above'),
        say(line.spent, ''),
        say(line.reserved, ''),
        say(line.promised, ''),
        line.left === 0 ? style.tone('held', left) : left,
      ]);
    }
    if (statement.wall_until !== null)
      rows.push([`${indent}  wall time`, `ends ${relative(statement.wall_until, style.now)}`]);
  }
  return table(rows);
}
