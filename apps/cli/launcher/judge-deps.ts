/** What the judge of an attended session's hooks is given: whom it asks and tells, and where the session works. */

import type { Containment } from '@writ/authority';
import type { Asked, CallOperations, HarnessAdapter, HarnessEvent, Told, Verdicts } from '@writ/enforce/attended';
import type { CommandSeen } from './command-seen.ts';
import type { Helpers } from './helpers.ts';
import type { NativeQuestions } from './native-questions.ts';
import type { TurnBoundaries } from './turn-boundaries.ts';
import type { Put } from './waiting-at-control.ts';

export type JudgePlace = {
  readonly harness: Pick<HarnessAdapter, 'title' | 'helpers'>;
  readonly project: string;
  readonly root: string;
  /** Writ's own: what an agent would write there governs it. */
  readonly stateDir: string;
  /** Of the repository: what else governs it, as its adapter says. */
  readonly repositoryRules: readonly string[];
  readonly mandate: string;
  readonly session: string;
  readonly contained: boolean;
  /** What bounds it. */
  readonly containment: Containment;
  readonly readOnly: boolean;
  /** What its mandate does not cover is recorded, and goes on. */
  readonly watches: boolean;
  /** Actions that are put to a person where the mandate does not name their target, instead of refused. */
  readonly more: readonly string[];
  /** MCP servers behind the session's own door. */
  readonly doorServers: readonly string[];
  /** Of the session's run. */
  readonly credential: string;
};

export type Judged = {
  readonly tool: string;
  readonly action: string;
  readonly resource: string;
  readonly decision: string;
  readonly sentence: string;
  /** Who gave it: control, or the launcher from what control signed for it. */
  readonly from: string;
};

export type JudgeDeps = {
  readonly calls: Pick<CallOperations, 'judge' | 'ended' | 'turnOver'>;
  readonly verdicts: Pick<Verdicts, 'check'>;
  readonly turns: Pick<TurnBoundaries, 'begins' | 'ends'>;
  /** Told of every command the harness says it ran. */
  readonly ran: (seen: CommandSeen) => void;
  /** What the worktree shows when a turn is over. */
  readonly worktree: () => Promise<string>;
  /** A call took effect that was not let through before: the hooks do not see everything, or do not hold it. */
  readonly blind: (tool: string) => Promise<void>;
  /** Who is not the session itself. */
  readonly helpers: Pick<Helpers, 'start' | 'speaker' | 'ended'>;
  /** Puts what waits at control to the person, and says how it was answered. */
  readonly ask: (id: string, call: Extract<HarnessEvent, { kind: 'call' }>) => Promise<Put>;
  /** Puts what the mandate does not name before people, as a question for exactly that one more: its id; null where it cannot be asked for. */
  readonly request: (asked: Asked) => Promise<string | null>;
  /** What the harness asks by itself. */
  readonly questions: Pick<NativeQuestions, 'answer' | 'permission' | 'wentOn'>;
  /** Told of what the harness tells of itself: questions, helpers, what it leaves out, what wakes it. */
  readonly told: (what: Exclude<Told, 'other'> | 'wake_up') => void;
  /** Told of every judged call, for the session's log and the closing lines. */
  readonly seen: (judged: Judged) => void;
  /** Told of a judged call, as it was seen, to which a person said yes. */
  readonly answeredYes: (judged: Judged) => void;
};
