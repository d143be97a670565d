/** What this machine really enforces. Pure. It uses the words *proven* and *fenced* nowhere: the enforcer says what holds. */

import type { ScopeWire } from '../connect/wire.ts';
import { section } from './block.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { table } from './width.ts';

const strengths: Record<ScopeWire['strength'], string> = {
  contain: 'agents run inside a sandbox: what is not allowed cannot be done',
  guard: 'agents are asked and stopped at known doors: one that goes around them is not held',
  watch: 'agents are watched: nothing is held back before it happens',
};

const looks = { enforced: ['good', 'done'], cooperative: ['held', 'ask'], outside: ['quiet', 'idle'] } as const;

export function renderScope(scope: ScopeWire, style: Style): string[] {
  const rows = scope.lines.map((line) => {
    const [tone, mark] = looks[line.holds];
    return [
      style.tone(tone, `${style.mark(mark)} ${line.holds}`),
      safeText(line.what),
      style.dim(safeText([line.mediated_by, line.isolated_by].filter((part) => part !== '').join('; '))),
    ];
  });
  return [
    `${style.bold(scope.strength)}: ${strengths[scope.strength]}`,
    ...section('Line by line', table(rows), style),
    '',
    style.dim(
      'enforced: held by a mechanism the agent cannot get around. cooperative: holds while the agent plays by the rules.',
    ),
    style.dim('outside: Writ does not stand between.'),
  ];
}
