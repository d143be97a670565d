/** How measurements are taken and told: interleaved rounds, the median of five, a ratio with both figures beside it. */

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

/** One line of result: the ratio, what it has to be, and the two figures it comes from. */
export function row(
  what: string,
  ratio: number,
  bar: { readonly atLeast: number } | { readonly atMost: number },
  figures: string,
): void {
  const holds = 'atLeast' in bar ? ratio >= bar.atLeast : ratio <= bar.atMost;
  const limit = 'atLeast' in bar ? `≥ ${String(bar.atLeast)}` : `≤ ${String(bar.atMost)}`;
  process.stdout.write(
    `${holds ? '✓' : '✗'} ${what.padEnd(52)} ${ratio.toFixed(2).padStart(8)} ×  (${limit})   ${figures}\n`,
  );
}

export const perSecond = (value: number): string => `${Math.round(value).toLocaleString('en')}/s`;
