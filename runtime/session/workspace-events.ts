/**
 * What a session's log says of its workspace: checkpoints, rewinds and facts; and what is remembered of them. What a fact said is read from the log, because it can be erased; here is only where
 * it stands.
 */

import type { Stamp } from '../log.ts';
import type { Thread } from './conversation.ts';
import type { WorkspaceFact } from './workspace-fact.ts';
import { factKey } from './workspace-fact.ts';

/** At the beginning and end of a turn; before and after files were put back; or because somebody asked. */
export type CheckpointWhy = 'before_turn' | 'after_turn' | 'before_rewind' | 'after_rewind' | 'asked';

/** Where the files are kept: with the objects of the person's repository, in one of Writ's own outside the folder, or nowhere. */
export type KeptFiles =
  | { readonly in: 'repository' | 'shadow'; readonly commit: string; readonly tree: string }
  | { readonly in: 'nothing'; readonly because: string };

export type CheckpointTaken = {
  readonly checkpoint: string;
  readonly why: CheckpointWhy;
  readonly turn: string | null;
  readonly files: KeptFiles;
  readonly branch: string | null;
  readonly head: string | null;
  /** What is there and is not in it, in sentences. */
  readonly without: readonly string[];
};

export type Rewound = {
  readonly to: string;
  /** The version of the session's log after which nothing belongs to the conversation any more, up to this event. */
  readonly after: number;
  /** The checkpoint that undoes it. */
  readonly undo: string;
  readonly preview: string;
  readonly written: number;
  readonly deleted: number;
  readonly left: number;
};

export type WorkspaceEvent =
  | { readonly type: 'checkpoint.taken'; readonly data: CheckpointTaken }
  | { readonly type: 'session.rewound'; readonly data: Rewound }
  | { readonly type: 'fact.seen'; readonly data: WorkspaceFact | null };

/** All of them. */
export const workspaceTypes: Readonly<Record<WorkspaceEvent['type'], true>> = {
  'checkpoint.taken': true,
  'session.rewound': true,
  'fact.seen': true,
};

/** A checkpoint, with where in the log the conversation stood, and how. */
export type Checkpoint = CheckpointTaken & { readonly version: number; readonly at: string; readonly thread: Thread };

export type Remembered = {
  /** The newest, oldest first. */
  readonly checkpoints: readonly Checkpoint[];
  /** Where the newest fact of each key stands in the log, oldest first. */
  readonly facts: readonly { readonly key: string; readonly version: number }[];
  /** Parts of the log that the conversation does not go on from: after `after`, up to and with `until`. */
  readonly cuts: readonly { readonly after: number; readonly until: number }[];
};

export const nothingRemembered: Remembered = { checkpoints: [], facts: [], cuts: [] };

/** How many are remembered; older ones are in the log, and their files are let go. */
export const mostCheckpoints = 200;
const mostFacts = 500;
const mostCuts = 200;

/** What is remembered after `event`. */
export function remember(
  before: Remembered,
  event: WorkspaceEvent,
  { version, at }: Stamp,
  thread: Thread,
): Remembered {
  switch (event.type) {
    case 'checkpoint.taken':
      return {
        ...before,
        checkpoints: [...before.checkpoints, { ...event.data, version, at, thread }].slice(-mostCheckpoints),
      };
    case 'session.rewound':
      return { ...before, cuts: [...before.cuts, { after: event.data.after, until: version }].slice(-mostCuts) };
    case 'fact.seen': {
      if (event.data === null) return before;
      const key = factKey(event.data);
      const others = before.facts.filter((fact) => fact.key !== key);
      return { ...before, facts: [...others, { key, version }].slice(-mostFacts) };
    }
  }
}

/** Whether what stands at `version` still belongs to the conversation. A rewind that was itself rewound cuts nothing. */
export function isInThread({ cuts }: Remembered, version: number): boolean {
  let end = Infinity;
  for (const { after, until } of cuts.toReversed()) {
    if (until > end) continue;
    if (version > after && version <= until) return false;
    end = after;
  }
  return true;
}
