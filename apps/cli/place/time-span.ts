/** Lengths of time as a person types them: `30s`, `10m`, `4h`, `2d`. */

import { usage } from '../exit.ts';

const units: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds; ends the command when `text` is no length of time. */
export function timeSpan(text: string): number {
  const [, number, unit] = /^(\d{1,6})(s|m|h|d)$/.exec(text) ?? [];
  const factor = units[unit ?? ''];
  if (number === undefined || factor === undefined || Number(number) === 0)
    throw usage(`\`${text}\` is no length of time`, 'such as `30s`, `10m`, `4h` or `2d`');
  return Number(number) * factor;
}
