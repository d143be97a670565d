/** A session as its log folds: where the work can continue. It says nothing about whether it may. */

import type {
  Acting,
  AgentPin,
  Delivery,
  Driver,
  PauseCause,
  Sandbox,
  TurnOutcome,
  Visibility,
  Wake,
  Workspace,
} from './events.ts';
import type { Conversation } from './conversation.ts';
import type { Digest } from './digest.ts';
import type { AdmittedRequest } from './requests.ts';
import type { Remembered } from './workspace-events.ts';

export type AdmittedInput = {
  readonly id: string;
  readonly text: string;
  readonly delivery: Delivery;
  readonly wake: Wake;
  readonly by: string;
  /** A person said it, and not what speaks for an agent or for Writ. */
  readonly isPersons: boolean;
  /** The agent chosen for this message alone. */
  readonly agent: AgentPin | null;
};

/** One process tree at work in the session. */
export type LostRun = { readonly run: string; readonly machine: string | null };

export type OpenRun = {
  readonly id: string;
  readonly operation: string;
  readonly purpose: 'work' | 'evidence';
  readonly turn: string | null;
  readonly action: string;
  readonly resource: string;
  /** That started it, where its session was written by a machine that has a name. */
  readonly machine: string | null;
  /** Up to where its output is in the log, in bytes. */
  readonly outputNext: number;
};

export type Activity =
  | { readonly name: 'idle' }
  | {
      readonly name: 'turn';
      readonly turn: string;
      readonly input: AdmittedInput | null;
      /** As whom, where it acts as an agent. */
      readonly acting: Acting | null;
    };

export type SessionState =
  | { readonly name: 'live' }
  /** Recoverable: what ran is frozen or was interrupted, what waits stays. */
  | { readonly name: 'paused'; readonly cause: PauseCause; readonly reason: string; readonly above?: string }
  /** Its mandate ended: readable, not runnable, for good. */
  | { readonly name: 'inert'; readonly reason: string }
  | { readonly name: 'closed'; readonly exitCode: number | null; readonly summary: string };

/** Commits that its place was seen at, each with the version of the event that says so, oldest first. */
export type Marks = {
  readonly newest: readonly { readonly version: number; readonly commit: string }[];
  /** None was left out. */
  readonly isAll: boolean;
};

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
  /** The agent a turn acts as where its message names none. */
  readonly pin: AgentPin | null;
  readonly visibility: Visibility;
  /** The people who joined and did not leave. */
  readonly participants: readonly string[];
  /** Null: the next turn begins one. `conversationFrom`: the version after which its messages stand. */
  readonly conversation: Conversation | null;
  readonly conversationFrom: number;
  readonly state: SessionState;
  readonly activity: Activity;
  /** How the newest turn that is over ended. */
  readonly lastTurn: { readonly turn: string; readonly outcome: TurnOutcome } | null;
  /** Admitted and not yet taken up, oldest first. */
  readonly queue: readonly AdmittedInput[];
  /** The newest inputs that were sent with an idempotency key, oldest first. */
  readonly requests: readonly AdmittedRequest[];
  readonly runs: readonly OpenRun[];
  /** Runs that were written down as lost, newest last: what they said since may still be had from the enforcer of their machine. */
  readonly lostRuns: readonly LostRun[];
  readonly lease: { readonly holder: string; readonly token: number; readonly machine: string | null } | null;
  readonly children: readonly { readonly session: string; readonly ended: boolean; readonly key?: string }[];
  /** Checkpoints, rewinds, and where the newest facts stand. */
  readonly remembered: Remembered;
  /** What it was forked from, and at which version of that; null where it is no fork. */
  readonly fork: { readonly from: string; readonly at: number; readonly base: string | null } | null;
  /** Out of the lists. */
  readonly isArchived: boolean;
  readonly marks: Marks;
  readonly digest: Digest;
  /** Where it came from, where it was not made here. */
  readonly received: { readonly source: string; readonly key: string | null; readonly version: number } | null;
  /** Of its stream. */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** The session as its turn acts: as the agent that was chosen for it, where one was. */
export function acting(session: Session): Session {
  const as = session.activity.name === 'turn' ? session.activity.acting : null;
  if (as === null) return session;
  const { agent, mandate, driver, argv, sandbox } = as;
  return { ...session, agent: agent.name, mandate, driver, argv, sandbox };
}

/** Whether nothing can ever run in it again. */
export const isOver = (session: Session): boolean => session.state.name === 'inert' || session.state.name === 'closed';

/** Until a person says otherwise: one of them paused it, or a fault in Writ did. */
export const waitsForPerson = ({ state }: Session): boolean =>
  state.name === 'paused' && (state.cause === 'person' || state.cause === 'fault');

/** The program of an attended session is its launcher's, and the log hears of its end alone. */
export const isAtTerminal = (session: Session): boolean => session.driver === 'attended' && !isOver(session);

const withLostRuns = 'with lost runs';

/** What a session is found under: its mission, and that runs of it were lost. */
export const namesOfSession = ({ mission, lostRuns }: Session): readonly string[] => [
  ...(mission === null ? [] : [mission]),
  ...(lostRuns.length === 0 ? [] : [withLostRuns]),
];

/** Those of which runs were lost. */
export const sessionsWithLostRuns = (sessions: { readonly under: (name: string) => readonly Session[] }) =>
  sessions.under(withLostRuns);

/** Whether a process of another machine writes it. */
export const isWrittenElsewhere = ({ lease }: Session, machine: string): boolean =>
  lease !== null && lease.machine !== null && lease.machine !== machine;
