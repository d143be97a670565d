/** Words cut to fit, at no place where a character would come apart: half a surrogate pair is no text, and neither the journal nor a reader of JSON takes it. Pure. */

/** All of `text` in pieces, each at most `most` long; none of an empty one. */
export function textPieces(text: string, most: number): readonly string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    const until = cutAt(text, from, most);
    pieces.push(text.slice(from, until));
    from = until;
  }
  return pieces;
}

/** Where a piece from `from` on ends: a pair that would come apart belongs to the next. */
function cutAt(text: string, from: number, most: number): number {
  const until = Math.min(from + most, text.length);
  const isApart = until < text.length && until - 1 > from && /[\ud800-\udbff]/.test(text.charAt(until - 1));
  return isApart && /[\udc00-\udfff]/.test(text.charAt(until)) ? until - 1 : until;
}
