/** An error as a person reads it: what and where on one line, the way out on the next. */

import type { ProblemWire } from '@writ/protocol';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { wrap } from './width.ts';

/** The lines for `problem`. */
export function renderProblem(problem: Pick<ProblemWire, 'detail' | 'way_out'>, style: Style): string[] {
  const room = style.columns - 2;
  const [first = '', ...rest] = wrap(safeText(problem.detail), room);
  const lines = [`${style.tone('bad', style.mark('failed'))} ${first}`, ...rest.map((line) => `  ${line}`)];
  if (problem.way_out === null) return lines;
  const [way = '', ...more] = wrap(safeText(problem.way_out), room - 2);
  return [...lines, `  ${style.dim(style.mark('way'))} ${way}`, ...more.map((line) => `    ${line}`)];
}
