/** What a run of the kit left, line by line: what has to have come, and what must not have. */

import type { HarnessAdapter } from '../adapters/adapter.ts';
import type { KitLine } from './kit-line.ts';
import { fails, holds, late } from './kit-line.ts';
import type { RanScripted } from './run-scripted.ts';

/** `isThrough`: it came to the end of its script all the same. */
type Patience = { readonly timeoutMs: number; readonly isThrough?: boolean };

/** Lines of what a run left: what has to have come, and what must not have. Of one that was ended because its time was over neither is known, unless it is seen. */
export function lookingAt(adapter: HarnessAdapter, ran: RanScripted, { timeoutMs, isThrough = false }: Patience) {
  const isLate = ran.isLate && !isThrough;
  const seen = (what: string, isSo: boolean, wrong: string): KitLine =>
    isSo ? holds(what) : fails(what, `${wrong}${saidOf(adapter, ran)}`);
  const lateLine = (what: string): KitLine =>
    late(what, `it did not come to it within ${String(timeoutMs / 1000)} s: try it where less is running`);
  return {
    came: (what: string, isSo: boolean, wrong = ''): KitLine =>
      !isSo && isLate ? lateLine(what) : seen(what, isSo, wrong),
    kept: (what: string, isSo: boolean, wrong = ''): KitLine =>
      isSo && isLate ? lateLine(what) : seen(what, isSo, wrong),
  };
}

/** How it ended, and what of the script it could not have played. */
function saidOf({ canary }: HarnessAdapter, { isLate, output, offered, turnsAt }: RanScripted): string {
  const called = canary?.run('true').name ?? '';
  const missed =
    turnsAt.length === 0
      ? 'its model was asked nothing; '
      : offered.includes(called)
        ? ''
        : `its model calls \`${called}\`, and is offered ${offered.map((one) => `\`${one}\``).join(', ') || 'no tools'}; `;
  return `${missed}it ${isLate ? 'did not end' : 'ended'}, and said: ${output.slice(-300) || 'nothing'}`;
}
