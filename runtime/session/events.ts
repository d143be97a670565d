/**
 * What can happen in a session. Past tense; `data` of the journal's events. Readers meet them in the log as they are, so nothing secret goes in.
 */

import type { JsonValue } from '@writ/journal';
import type { Request } from './requests.ts';
import type { WorkspaceEvent } from './workspace-events.ts';
import { workspaceTypes } from './workspace-events.ts';

export type Driver = 'command' | 'acp' | 'model' | 'person' | 'attended';
export type Delivery = 'steer' | 'queue';
/**
 * What brought a turn about: every one of them is a resume point. A person; a timer; a sub-agent's word; another attempt; what waited; a start of the runtime; another machine or worker that took
 * over; a credential that was renewed; a result that came late; another model or agent; a place that was put right; a mandate granted to a fork.
 */
export type Wake = keyof typeof wakes;
export const wakes = {
  person: 'a person',
  timer: 'a timer',
  child: 'a sub-agent’s word',
  retry: 'another attempt',
  queue: 'what waited',
  restart: 'a start of the runtime',
  handoff: 'another machine',
  credential: 'a renewed credential',
  late_result: 'a result that came late',
  model: 'another model or agent',
  workspace: 'a place that was put right',
  fork: 'a mandate granted to a fork',
} as const;
export type PauseCause =
  'person' | 'mandate' | 'budget' | 'approval' | 'unreachable' | 'place' | 'scope' | 'context' | 'credential' | 'fault';
export type TurnOutcome = 'done' | 'failed' | 'interrupted';

export type Workspace = { readonly path: string; readonly branch: string | null; readonly head: string | null };
export type Sandbox = {
  readonly kind: 'contain' | 'none';
  readonly writable: readonly string[];
  readonly hidden: readonly string[];
  readonly network: 'none' | 'gated' | 'open';
};

/** An agent as a person accepted it: its name in the project, and the digest of its file's bytes. */
export type AgentPin = { readonly name: string; readonly hash: string };

/** As whom a turn acts. `actions`: what its tools are of what the session may. */
export type Acting = {
  readonly agent: AgentPin;
  readonly mandate: string;
  readonly actions: readonly string[];
  readonly driver: Driver;
  readonly argv: readonly string[];
  readonly sandbox: Sandbox;
};

/** Who sees a session: everybody with a role in its project, or those named alone. */
export type Visibility = { readonly to: 'project' } | { readonly to: 'private'; readonly members: readonly string[] };

/** A fork's result as it came home. `base` and `tree` are Git's names of what it began as and what it was then; `patch` is null where it is too large to be kept as text. */
export type Adopted = {
  readonly fork: string;
  readonly digest: string;
  readonly base: string | null;
  readonly tree: string | null;
  readonly files: readonly string[];
  readonly patch: string | null;
  readonly notes: readonly { readonly by: string; readonly text: string }[];
  readonly decisions: readonly { readonly ask: string; readonly answer: string; readonly by: string }[];
};

/** What can be cleared of a session, each by itself. */
export type ResetPart = (typeof resetParts)[number];
export const resetParts = [
  'context',
  'scratchpad',
  'connections',
  'credentials',
  'services',
  'queue',
  'children',
] as const;

/** What a reset came to: each in a sentence, and how to get it back. */
export type ResetDone = {
  readonly what: ResetPart;
  readonly cleared: readonly string[];
  readonly kept: readonly string[];
  readonly undo: string;
};

/** When and by whom an event that came from elsewhere was written there, and the hash it had. `version`: where it stands here. */
export type ReceivedMark = {
  readonly version: number;
  readonly at: string;
  readonly actor: string;
  readonly hash: string;
};

/** Data that a person may have had erased since (`commands/erasure-commands.ts`); it reads as null then. */
type Erasable<Data> = Data | null;

export type SessionEvent =
  | {
      readonly type: 'session.opened';
      readonly data: {
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
        /** The agent each turn acts as where its message names none; absent or null: `argv` alone. */
        readonly pin?: AgentPin | null;
      };
    }
  | { readonly type: 'visibility.changed'; readonly data: { readonly visibility: Visibility } }
  | { readonly type: 'participant.joined'; readonly data: { readonly who: string } }
  | { readonly type: 'participant.left'; readonly data: { readonly who: string } }
  /** `machine`: the installation whose process it is; absent in what was written before there could be several. */
  | {
      readonly type: 'lease.taken';
      readonly data: { readonly holder: string; readonly token: number; readonly machine?: string };
    }
  | {
      readonly type: 'input.admitted';
      readonly data: Erasable<{
        readonly input: string;
        readonly text: string;
        readonly delivery: Delivery;
        readonly wake: Wake;
        readonly by: string;
        /** False for somebody the mandate does not let steer: recorded, and drives nothing. */
        readonly drives: boolean;
        /** The agent chosen for this message alone. */
        readonly agent?: AgentPin | null;
        /** A person said it: whether they may steer is asked again before anything is done by it. */
        readonly person?: true;
        /** The idempotency key it was sent with; absent where it had none. */
        readonly request?: Request;
      }>;
    }
  /** It waited, and who said it may not steer: nothing is done by it. */
  | { readonly type: 'input.set_aside'; readonly data: { readonly input: string; readonly reason: string } }
  /** Said into a turn that was running. */
  | { readonly type: 'input.steered'; readonly data: { readonly input: string; readonly turn: string } }
  | {
      readonly type: 'turn.started';
      readonly data: {
        readonly turn: string;
        readonly input: string | null;
        readonly wake: Wake;
        readonly token: number;
      };
    }
  /**
   * What the turn was given, and as whom it acts. `digest`: of the text in `context.recorded`, which may be erased. `acting`: where it acts as an agent, under a child mandate of its own.
   */
  | {
      readonly type: 'turn.composed';
      readonly data: {
        readonly turn: string;
        readonly digest: string;
        readonly driver: Driver;
        readonly model: string | null;
        readonly acting: Acting | null;
      };
    }
  | {
      readonly type: 'context.recorded';
      readonly data: Erasable<{ readonly turn: string; readonly digest: string; readonly text: string }>;
    }
  /** One message of the conversation with an agent, as it went to it or came from it. */
  | {
      readonly type: 'message.recorded';
      readonly data: Erasable<{ readonly turn: string; readonly message: JsonValue }>;
    }
  /** The digest of all its messages since it began. `agentSession`: what the agent calls it, where it keeps it itself. */
  | {
      readonly type: 'conversation.advanced';
      readonly data: {
        readonly turn: string;
        readonly digest: string;
        readonly messages: number;
        readonly agentSession: string | null;
      };
    }
  /** The next turn begins a new conversation. */
  | { readonly type: 'conversation.reset'; readonly data: { readonly reason: string } }
  | {
      readonly type: 'turn.ended';
      readonly data: Erasable<{
        readonly turn: string;
        readonly outcome: TurnOutcome;
        readonly exitCode: number | null;
        readonly summary: string;
      }>;
    }
  | {
      readonly type: 'run.started';
      readonly data: {
        readonly run: string;
        readonly turn: string | null;
        readonly operation: string;
        readonly purpose: 'work' | 'evidence';
        readonly action: string;
        readonly resource: string;
        readonly argv: readonly string[];
      };
    }
  | {
      readonly type: 'output.recorded';
      readonly data: Erasable<{
        readonly run: string;
        readonly from: number;
        readonly next: number;
        readonly text: string;
        readonly dropped: number;
      }>;
    }
  | {
      readonly type: 'run.ended';
      readonly data: {
        readonly run: string;
        readonly operation: string;
        readonly ended: 'exited' | 'killed' | 'lost' | 'not_started';
        readonly exitCode: number | null;
        readonly why: string;
      };
    }
  /** `late`: after its turn or its session was stopped. `by`: a helper of the harness that the session's history is of, as that calls it. */
  | {
      readonly type: 'agent.said';
      readonly data: Erasable<{
        readonly turn: string;
        readonly kind: string;
        readonly text: string;
        readonly late?: true;
        readonly by?: string;
      }>;
    }
  | {
      readonly type: 'tool.judged';
      readonly data: Erasable<{
        readonly turn: string;
        readonly call: string;
        readonly title: string;
        readonly action: string;
        readonly resource: string;
        readonly decision: 'permit' | 'refuse' | 'hold';
        readonly sentence: string;
        /** The question at control for which it waits. */
        readonly approval?: string;
      }>;
    }
  | {
      readonly type: 'tool.updated';
      readonly data: Erasable<{
        readonly turn: string;
        readonly call: string;
        readonly status: string;
        readonly title: string;
      }>;
    }
  | {
      readonly type: 'observation.recorded';
      readonly data: Erasable<{ readonly type: string; readonly data: JsonValue }>;
    }
  /** `for`: the person it is meant for; absent or null for everybody. `late`: an agent left it after its session was stopped. */
  | {
      readonly type: 'note.left';
      readonly data: Erasable<{ readonly text: string; readonly for?: string | null; readonly late?: true }>;
    }
  | {
      readonly type: 'checkpoint.recorded';
      readonly data: { readonly commit: string; readonly tree: string; readonly branch: string | null };
    }
  | WorkspaceEvent
  | { readonly type: 'place.changed'; readonly data: { readonly workspace: Workspace } }
  /** `key`: of who asked for it, who finds it again by that. */
  | {
      readonly type: 'child.opened';
      readonly data: {
        readonly session: string;
        readonly mandate: string;
        readonly agent: string;
        readonly key?: string;
      };
    }
  | { readonly type: 'child.ended'; readonly data: { readonly session: string; readonly outcome: string } }
  /** `above`: held with that session, which a person paused, and let go on with it. */
  | {
      readonly type: 'session.paused';
      readonly data: { readonly cause: PauseCause; readonly reason: string; readonly above?: string };
    }
  | { readonly type: 'session.resumed'; readonly data: { readonly wake: Wake; readonly sentence: string } }
  /** Its mandate allows less than before: `sentence` says what was taken away and by whom, `words` what is left. */
  | { readonly type: 'session.told'; readonly data: { readonly sentence: string; readonly words: readonly string[] } }
  | { readonly type: 'session.rebound'; readonly data: { readonly from: string; readonly to: string } }
  /** A mandate was granted to a session that had none. */
  | { readonly type: 'session.bound'; readonly data: { readonly mandate: string } }
  /** The second event of a fork: all of `from` up to version `at` is its history too, by reference. `base`: the commit its place began as. */
  | {
      readonly type: 'session.forked';
      readonly data: { readonly from: string; readonly at: number; readonly base: string | null };
    }
  /** In the log of the one that was forked. */
  | { readonly type: 'fork.opened'; readonly data: { readonly session: string; readonly at: number } }
  /** What a fork came to, brought home: `digest` is of what a person was shown before. */
  | { readonly type: 'fork.adopted'; readonly data: Erasable<Adopted> }
  /** In the log of the fork. */
  | { readonly type: 'session.adopted'; readonly data: { readonly into: string; readonly tree: string } }
  /** Output of a run that came after its session was stopped, or after the run was written down as ended: kept, and never taken for work of a turn. */
  | {
      readonly type: 'output.late';
      readonly data: Erasable<{
        readonly run: string;
        readonly from: number;
        readonly next: number;
        readonly text: string;
        readonly dropped: number;
      }>;
    }
  | { readonly type: 'session.reset'; readonly data: ResetDone }
  /** The events before this one came from elsewhere, each with when and by whom it was written there. `source`: a bundle's digest, or what the history of a harness was. */
  | {
      readonly type: 'history.received';
      readonly data: { readonly source: string; readonly marks: readonly ReceivedMark[] };
    }
  /** The end of what came: it arrives without a mandate, a lease or anything under way. `key`: who signed it; null for a harness's history, which nobody signed. */
  | {
      readonly type: 'session.received';
      readonly data: {
        readonly source: string;
        readonly key: string | null;
        readonly workspace: Workspace | null;
        readonly repository: string | null;
        readonly reason: string;
      };
    }
  /** Signed and carried away as `bundle`; what is written here from now on is not in it. */
  | { readonly type: 'session.handed_off'; readonly data: { readonly bundle: string; readonly reason: string } }
  /** Out of the lists, and read as before. */
  | { readonly type: 'session.archived'; readonly data: { readonly reason: string } }
  | { readonly type: 'session.unarchived'; readonly data: { readonly reason: string } }
  | { readonly type: 'session.inert'; readonly data: { readonly reason: string } }
  | {
      readonly type: 'session.closed';
      readonly data: Erasable<{ readonly exitCode: number | null; readonly summary: string }>;
    };

/** All of them. */
export const sessionTypes: Readonly<Record<SessionEvent['type'], true>> = {
  'session.opened': true,
  'visibility.changed': true,
  'participant.joined': true,
  'participant.left': true,
  'lease.taken': true,
  'input.admitted': true,
  'input.steered': true,
  'input.set_aside': true,
  'turn.started': true,
  'turn.composed': true,
  'context.recorded': true,
  'message.recorded': true,
  'conversation.advanced': true,
  'conversation.reset': true,
  'turn.ended': true,
  'run.started': true,
  'output.recorded': true,
  'run.ended': true,
  'agent.said': true,
  'tool.judged': true,
  'tool.updated': true,
  'observation.recorded': true,
  'note.left': true,
  'checkpoint.recorded': true,
  ...workspaceTypes,
  'place.changed': true,
  'child.opened': true,
  'child.ended': true,
  'session.paused': true,
  'session.resumed': true,
  'session.told': true,
  'session.rebound': true,
  'session.bound': true,
  'session.forked': true,
  'fork.opened': true,
  'fork.adopted': true,
  'session.adopted': true,
  'output.late': true,
  'session.reset': true,
  'history.received': true,
  'session.received': true,
  'session.handed_off': true,
  'session.archived': true,
  'session.unarchived': true,
  'session.inert': true,
  'session.closed': true,
};
