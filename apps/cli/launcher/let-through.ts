/** What a session's harness asked about, and which of it was let through: by that an effect without a yes before it is known, and a prompt of the harness's own for what has its yes already. */

import type { HarnessEvent } from '@writ/enforce/attended';
import type { JudgedAction } from '@writ/enforce/harness';

/** What a prompt is about: a call, by its id or by what it does; null: that is not said. */
type About = Extract<HarnessEvent, { kind: 'permission' }>['about'];
type Said = Extract<About, { readonly calls: unknown }>;

export interface LetThrough {
  /** The call `id` is asked about. */
  asks(id: string): void;
  answered(id: string, isThrough: boolean): void;
  /** All that a call does was permitted in this turn. */
  permitted(all: readonly JudgedAction[]): void;
  /** Another turn: what was permitted in the one before is none of it. */
  turnBegins(): void;
  wasAsked(id: string): boolean;
  /** Whether the call `id` was let through. */
  holds(id: string): boolean;
  /** Whether what a prompt is about was let through, by its call, or by what it does in this turn. */
  holdsAbout(about: About, actionsOf: (said: Said) => readonly JudgedAction[]): boolean;
}

/** How many are remembered. */
const mostAsked = 10_000;
const mostPermitted = 256;

/** Nothing was asked yet. */
export function createLetThrough(): LetThrough {
  const asked = new Map<string, boolean>();
  const ofTurn = new Set<string>();
  return {
    asks: (id) => void asked.set(id, false),
    answered(id, isThrough) {
      asked.set(id, isThrough);
      for (const oldest of asked.keys()) if (asked.size > mostAsked) asked.delete(oldest);
    },
    permitted(all) {
      ofTurn.add(keyOf(all));
      for (const oldest of ofTurn) if (ofTurn.size > mostPermitted) ofTurn.delete(oldest);
    },
    turnBegins: () => ofTurn.clear(),
    wasAsked: (id) => asked.has(id),
    holds: (id) => asked.get(id) === true,
    holdsAbout(about, actionsOf) {
      if (about === null) return false;
      return 'id' in about ? asked.get(about.id) === true : ofTurn.has(keyOf(actionsOf(about)));
    },
  };
}

const keyOf = (all: readonly JudgedAction[]): string =>
  JSON.stringify(all.map(({ action, resource }) => [action, resource]));
