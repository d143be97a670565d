/** What the rooms of the runtime work with: the two planes it calls, what it remembers, and time and ids from outside. */

import type { KeyObject } from 'node:crypto';
import type { Caller } from '@writ/enforce';
import type { Notary, Retention } from '@writ/journal';
import type { Credentials } from './credentials.ts';
import type { By } from './log.ts';
import type { Records } from './records.ts';
import type { Witness } from './witness.ts';

export type Ports = {
  /** Control, with the runtime's own token; an actor's credential is given per call. */
  readonly control: Caller;
  /** This point's own token, by which it vouches beside an actor's credential; null until control has made it. */
  readonly pointToken: () => string | null;
  readonly enforcer: Caller;
  readonly records: Records;
  readonly credentials: Credentials;
  readonly witness: Witness;
  readonly notary: Notary;
  readonly retention: Retention;
  /** `DIR/runtime`. */
  readonly dir: string;
  /** This process: the holder of session leases. */
  readonly boot: string;
  /** The name under which this runtime registers at control as an enforcement point. */
  readonly point: string;
  /** Whether runtimes of other machines use the same journal. */
  readonly isOneOfSeveral: () => boolean;
  /** This installation, by its evidence key's public half. */
  readonly machine: string;
  /** Signs what leaves this installation as evidence; it permits nothing. */
  readonly evidenceKey: KeyObject;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A new id with `prefix`, never used before. */
  readonly newId: (prefix: string) => string;
  /** How long a call of a task's agent stands still for a person before its task is parked, milliseconds. */
  readonly heldCallMs: number;
  /** Told of what was thrown in the work on one session, for whoever mends it. */
  readonly failed: (session: string, error: unknown) => void;
  /** Whether nothing new is started now. */
  readonly isResting: () => boolean;
  /** Aborts when this process ends: what runs goes on without it, and nothing more is recorded. */
  readonly closing: AbortSignal;
};

/** The runtime itself, in events. */
export const itself: By = { actor: 'runtime' };
