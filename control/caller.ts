/** Who asks control for something. Parsed from a credential at the edge; every command takes one, none assumes one. */

/** The four kinds of enforcement points; each has one token. */
export const pointKinds = ['runtime', 'enforcer', 'launcher', 'sink'] as const;
export type PointKind = (typeof pointKinds)[number];

/** Somebody signed in, never an agent. */
export type Person = { readonly kind: 'person'; readonly name: string };
/** A run, by its own credential. It dies with its mandate: it still says who asks, but no check is answered with a yes. */
export type Actor = {
  readonly kind: 'actor';
  /** The mandate the credential was issued for; after an extension, the successor answers for it. */
  readonly mandate: string;
  readonly actor: string;
  readonly run: string;
  readonly expiresAt: number;
};
/** An enforcement point. */
export type Point = { readonly kind: 'point'; readonly name: PointKind };
/** A person as other planes are told of them: it says who they are, and is good for nothing here. Whoever is shown it can say no more with it. */
export type Visitor = { readonly kind: 'visitor'; readonly name: string };
/** A registered source of signals, by a credential of its own. It reports, and that is all. */
export type SourceCaller = { readonly kind: 'source'; readonly id: string };
/** Control itself: timers, and what follows from a signal. */
export type Itself = { readonly kind: 'control' };

export type Caller = Person | Actor | Point | Visitor | SourceCaller;

/** How the caller is named in events. */
export function nameOf(caller: Caller | Itself): string {
  switch (caller.kind) {
    case 'person':
    case 'visitor':
      return caller.name;
    case 'actor':
      return `agent:${caller.actor}`;
    case 'point':
      return `point:${caller.name}`;
    case 'source':
      return `source:${caller.id}`;
    case 'control':
      return 'control';
  }
}

/** Identity for idempotency keys: two callers never share one. */
export function callerKey(caller: Caller): string {
  switch (caller.kind) {
    case 'person':
    case 'visitor':
      return `${caller.kind}:${caller.name}`;
    case 'actor':
      return `actor:${caller.mandate}:${caller.actor}:${caller.run}`;
    case 'point':
      return `point:${caller.name}`;
    case 'source':
      return `source:${caller.id}`;
  }
}
