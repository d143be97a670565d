/**
 * What a reader of a part of the log is told: each event that is for it, and of the others only how far the log has come. That is said before what is shown, so that nobody takes them for a gap, and
 * where the log ends, so that a heartbeat can vouch for it; and not one by one, because a hundred who each follow one of a hundred sessions would all be told of everything.
 */

type Placed = { readonly position: number };

/** `show`: as it is told, or null where it is not for this reader. `head`: the newest position now. */
export async function* behindUs<Event extends Placed, Shown extends Placed>(
  events: AsyncIterable<Event>,
  show: (event: Event) => Shown | null,
  head: () => number,
): AsyncGenerator<Shown | { readonly position: number; readonly hidden: true }, void, undefined> {
  let hidden: number | null = null;
  for await (const event of events) {
    const shown = show(event);
    if (shown === null) hidden = event.position;
    if (hidden !== null && (shown !== null || event.position >= head())) {
      yield { position: hidden, hidden: true };
      hidden = null;
    }
    if (shown !== null) yield shown;
  }
}
