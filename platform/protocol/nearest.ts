/** The word that was likely meant. */

/** The nearest of `known` to what was written; undefined where none is near. */
export function nearest(written: string, known: readonly string[]): string | undefined {
  const most = Math.max(2, Math.floor(written.length / 3));
  // What is longer or shorter by more cannot be near; so a word of any length costs nothing.
  const alike = known.filter((word) => Math.abs(word.length - written.length) <= most);
  const [best] = alike.map((word) => [distance(written, word), word] as const).toSorted(([a], [b]) => a - b);
  return best !== undefined && best[0] <= most && best[0] < written.length ? best[1] : undefined;
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
