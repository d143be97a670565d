/** The word that was likely meant. */

/** The nearest of `known` to what was written; undefined where none is near. */
export function nearest(written: string, known: readonly string[]): string | undefined {
  const [best] = known.map((word) => [distance(written, word), word] as const).toSorted(([a], [b]) => a - b);
  if (best === undefined) return undefined;
  return best[0] <= Math.max(2, Math.floor(written.length / 3)) && best[0] < written.length ? best[1] : undefined;
}

/** Edits between two words (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, left] of Array.from(a).entries())
    row = Array.from(b).reduce<number[]>(
      (next, right, j) => [
        ...next,
        Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (left === right ? 0 : 1)),
      ],
      [i + 1],
    );
  return row[b.length] ?? 0;
}
