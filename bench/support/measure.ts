/** How measurements are taken and told: interleaved rounds, the median of five, a ratio with both figures beside it, and the bar it has to reach. */

import { appendFileSync } from 'node:fs';

export const rounds = 5;

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Measures each contestant once a round, in turn, so that what else the machine does meets all of them. The first round warms up and is not counted. */
export async function interleaved<Name extends string>(
  contestants: Readonly<Record<Name, () => number | Promise<number>>>,
): Promise<Readonly<Record<Name, number>>> {
  // The keys are the contestants' own.
  const names = Object.keys(contestants) as Name[];
  const measured = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round += 1)
    for (const name of names) {
      const value = await contestants[name]();
      if (round > 0) measured.get(name)?.push(value);
    }
  // One median for each key.
  return Object.fromEntries(names.map((name) => [name, median(measured.get(name) ?? [])])) as Record<Name, number>;
}

export type Bar = { readonly atLeast: number } | { readonly atMost: number };

/** One result: what was measured, beside what, the ratio, what it has to be, and the two figures it comes from. */
export type Row = {
  readonly what: string;
  readonly beside: string;
  readonly ratio: number;
  readonly bar: Bar;
  readonly ours: string;
  readonly theirs: string;
};

/** Whether the bar is reached; a ratio that is no number reaches none. */
const isMet = ({ ratio, bar }: Row): boolean => ('atLeast' in bar ? ratio >= bar.atLeast : ratio <= bar.atMost);

/** Tells a result as it is had. `npm run bench` gathers them by `WRIT_BENCH_ROWS`, a file it reads afterwards. */
export function row(result: Row): void {
  const { what, beside, ratio, bar, ours, theirs } = result;
  const met = isMet(result);
  const limit = 'atLeast' in bar ? `≥ ${String(bar.atLeast)}` : `≤ ${String(bar.atMost)}`;
  process.stdout.write(
    `${met ? '✓' : '✗'} ${what} / ${beside}: ${ratio.toFixed(2)} × (${limit})   ${ours} and ${theirs}\n`,
  );
  const gathered = process.env['WRIT_BENCH_ROWS'];
  if (gathered !== undefined) appendFileSync(gathered, `${JSON.stringify({ ...result, met })}\n`);
}

export const perSecond = (value: number): string => `${Math.round(value).toLocaleString('en')}/s`;
export const inMs = (value: number): string => `${value.toFixed(2)} ms`;
export const inUs = (value: number): string => `${value.toFixed(1)} µs`;
