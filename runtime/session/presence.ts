/** Who has a session open now. It is gone with the process and never in the log: who took part is (`participant.joined`), who looked is not. */

export interface Presence {
  /** `name` has `session` open until the result is disposed of; more than one at a time is one person. */
  enter(session: string, name: string): Disposable;
  /** In order of their names. */
  of(session: string): readonly string[];
}

export function createPresence(): Presence {
  const open = new Map<string, Map<string, number>>();
  const change = (session: string, name: string, by: 1 | -1): void => {
    const names = open.get(session) ?? new Map<string, number>();
    const count = (names.get(name) ?? 0) + by;
    if (count > 0) names.set(name, count);
    else names.delete(name);
    if (names.size > 0) open.set(session, names);
    else open.delete(session);
  };
  return {
    enter(session, name) {
      change(session, name, 1);
      let isOpen = true;
      return {
        [Symbol.dispose]: () => {
          if (isOpen) change(session, name, -1);
          isOpen = false;
        },
      };
    },
    of: (session) => [...(open.get(session)?.keys() ?? [])].toSorted(),
  };
}
