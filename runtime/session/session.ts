/** A session as its log folds: where the work can continue. It says nothing about whether it may. */

import type { Remembered } from './workspace-events.ts';
import type { Delivery, Driver, PauseCause, Sandbox, TurnOutcome, Wake, Workspace } from './events.ts';

export type AdmittedInput = {
  readonly id: string;
  readonly text: string;
  readonly delivery: Delivery;
  readonly wake: Wake;
  readonly by: string;
};

/** One process tree at work in the session. */
export type OpenRun = {
  readonly id: string;
  readonly operation: string;
  readonly purpose: 'work' | 'evidence';
  readonly turn: string | null;
  readonly action: string;
  readonly resource: string;
  /** Up to where its output is in the log, in bytes. */
  readonly outputNext: number;
};

export type Activity =
  { readonly name: 'idle' } | { readonly name: 'turn'; readonly turn: string; readonly input: AdmittedInput | null };

export type SessionState =
  | { readonly name: 'live' }
  /** Recoverable: what ran is frozen or was interrupted, what waits stays. */
  | { readonly name: 'paused'; readonly cause: PauseCause; readonly reason: string }
  /** Its mandate ended: readable, not runnable, for good. */
  | { readonly name: 'inert'; readonly reason: string }
  | { readonly name: 'closed'; readonly exitCode: number | null; readonly summary: string };

export type Session = {
  readonly id: string;
  readonly title: string;
  readonly project: string;
  readonly agent: string;
  readonly driver: Driver;
  readonly mandate: string | null;
  readonly mission: string | null;
  readonly task: string | null;
  readonly parent: string | null;
  readonly workspace: Workspace | null;
  readonly repository: string | null;
  readonly argv: readonly string[];
  readonly sandbox: Sandbox;
  readonly state: SessionState;
  readonly activity: Activity;
  /** How the newest turn that is over ended. */
  readonly lastTurn: { readonly turn: string; readonly outcome: TurnOutcome } | null;
  /** Admitted and not yet taken up, oldest first. */
  readonly queue: readonly AdmittedInput[];
  readonly runs: readonly OpenRun[];
  readonly lease: { readonly holder: string; readonly token: number } | null;
  readonly children: readonly { readonly session: string; readonly ended: boolean }[];
  /** Checkpoints, rewinds, and where the newest facts stand. */
  readonly remembered: Remembered;
  /** Of its stream. */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** Whether nothing can ever run in it again. */
export const isOver = (session: Session): boolean => session.state.name === 'inert' || session.state.name === 'closed';
