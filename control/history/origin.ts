/** The first of a line of mandates that succeeded each other: what happened under one of them happened under all that come after. */

type Lines = { readonly stored: (id: string) => { readonly predecessor: string | null } | undefined };

/** `id` itself where it succeeds none. */
export function originOf(mandates: Lines, id: string): string {
  let origin = id;
  // The log cannot hold a cycle: a predecessor was there before.
  for (;;) {
    const before = mandates.stored(origin)?.predecessor ?? null;
    if (before === null) return origin;
    origin = before;
  }
}
