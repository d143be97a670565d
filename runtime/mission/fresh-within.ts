/** How old a yes may be when it is used, as a person writes it: `500ms`, `2 s`, `0s` (control is asked each time). Refuses what no class would let a yes be. */

/** The longest that says anything. */
const longestMs = 5_000;

/** What such a time looks like. */
export const freshWithinShape = 'a time such as `500ms` or `2s`, at most 5s, and `0s` asks control each time';

/** In milliseconds; undefined where it is no such time. */
export function parseFreshWithin(text: string): number | undefined {
  const match = /^(\d{1,4})\s*(ms|s)$/.exec(text.trim());
  const ms = Number(match?.[1] ?? Infinity) * (match?.[2] === 's' ? 1_000 : 1);
  return ms <= longestMs ? ms : undefined;
}
