/** What can happen to a mission and its tasks. Past tense; `data` of the journal's events. */

import type { Plan } from './plan.ts';

export type HoldCause = 'person' | 'mandate' | 'budget' | 'unreachable';

export type AttemptOutcome =
  /** Its program ended well; whether the work is done is for the evidence to say. */
  | 'claimed'
  | 'done'
  | 'failed'
  /** Stopped from outside; says nothing about the work and does not count against the task. */
  | 'interrupted';

export type MissionEvent =
  | {
      readonly type: 'mission.created';
      readonly data: {
        readonly title: string;
        readonly goal: string;
        readonly project: string;
        readonly preset: string;
        /** Where the text came from, and its SHA-256. */
        readonly file: string;
        readonly sourceDigest: string;
        readonly repository: string;
        readonly branchPrefix: string;
        readonly remote: string | null;
        readonly attempts: number;
        readonly plan: Plan;
      };
    }
  | { readonly type: 'mission.started'; readonly data: { readonly mandate: string; readonly base: string } }
  | { readonly type: 'mission.held'; readonly data: { readonly cause: HoldCause; readonly reason: string } }
  | { readonly type: 'mission.released'; readonly data: { readonly sentence: string } }
  | { readonly type: 'mission.rebound'; readonly data: { readonly from: string; readonly to: string } }
  | { readonly type: 'mission.inert'; readonly data: { readonly reason: string } }
  | { readonly type: 'mission.ended'; readonly data: { readonly outcome: 'done' | 'failed'; readonly summary: string } }
  | {
      readonly type: 'attempt.started';
      readonly data: { readonly task: string; readonly attempt: number; readonly session: string };
    }
  | {
      readonly type: 'attempt.claimed';
      readonly data: {
        readonly task: string;
        readonly attempt: number;
        readonly commit: string;
        readonly tree: string;
      };
    }
  | {
      readonly type: 'evidence.recorded';
      readonly data: {
        readonly task: string;
        readonly attempt: number;
        readonly command: string;
        readonly exitCode: number;
        readonly tree: string;
        readonly run: string;
      };
    }
  | {
      readonly type: 'attempt.ended';
      readonly data: {
        readonly task: string;
        readonly attempt: number;
        readonly outcome: Exclude<AttemptOutcome, 'claimed'>;
        readonly reason: string;
        /** Epoch milliseconds before which it is not tried again; null where the order of things decides. */
        readonly notBefore: number | null;
      };
    }
  | { readonly type: 'task.done'; readonly data: { readonly task: string; readonly commit: string | null } }
  | { readonly type: 'task.asked'; readonly data: { readonly task: string; readonly item: string } }
  | { readonly type: 'task.reopened'; readonly data: { readonly task: string; readonly reason: string } }
  | { readonly type: 'task.failed'; readonly data: { readonly task: string; readonly reason: string } }
  | { readonly type: 'task.cancelled'; readonly data: { readonly task: string; readonly reason: string } };

/** All of them. */
export const missionTypes: Readonly<Record<MissionEvent['type'], true>> = {
  'mission.created': true,
  'mission.started': true,
  'mission.held': true,
  'mission.released': true,
  'mission.rebound': true,
  'mission.inert': true,
  'mission.ended': true,
  'attempt.started': true,
  'attempt.claimed': true,
  'evidence.recorded': true,
  'attempt.ended': true,
  'task.done': true,
  'task.asked': true,
  'task.reopened': true,
  'task.failed': true,
  'task.cancelled': true,
};
