/** What the conformance kit found, line by line. Pure. */

import type { KitReport } from '@writ/enforce';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';

const looks = {
  holds: ['good', 'done'],
  fails: ['bad', 'failed'],
  late: ['held', 'held'],
  not_shown: ['held', 'ask'],
} as const;

/** The lines, and what they come to. */
export function renderKit({ title, version, lines }: KitReport, style: Style): string[] {
  const count = (wanted: string): number => lines.filter(({ outcome }) => outcome === wanted).length;
  const [failed, slow, unseen] = [count('fails'), count('late'), count('not_shown')];
  const sum =
    failed > 0
      ? style.tone('bad', `${String(failed)} of ${String(lines.length)} do not hold`)
      : slow > 0
        ? style.tone(
            'held',
            `nothing was wrong; ${String(slow)} of ${String(lines.length)} did not come in the time given`,
          )
        : unseen > 0
          ? style.tone('held', `what could be tried holds; ${String(unseen)} not shown, so that it is unproven here`)
          : style.tone('good', `all ${String(lines.length)} hold`);
  return [
    style.bold(`${safeText(title)}${version === null ? '' : ` ${safeText(version)}`}`),
    ...lines.flatMap(({ what, outcome, detail }) => {
      const [tone, mark] = looks[outcome];
      return [
        `  ${style.tone(tone, style.mark(mark))} ${safeText(what)}`,
        ...(detail === '' ? [] : [`      ${style.dim(safeText(detail))}`]),
      ];
    }),
    '',
    sum,
  ];
}
