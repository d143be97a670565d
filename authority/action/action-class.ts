/**
 * Action classes: how fresh a yes must be, whether the action goes through two phases, and what a stop does to it.
 *
 * The class names follow the mission runtime draft (draft-mcguinness-mission-runtime), with `workspace_write` added for the work
 * agents do most: reversible edits inside a checkpointed worktree with no route out. A class is never chosen by the caller; it
 * comes from the versioned table in `class-table.ts`.
 */

export type ActionClass =
  | 'non_consequential'
  | 'consequential_read'
  | 'workspace_write'
  | 'consequential_write'
  | 'irreversible_action'
  | 'external_commitment'
  | 'privileged_administration';

export type Freshness =
  | { readonly kind: 'none' }
  /** A cached answer may be used while it is younger than this, elapsed time being the larger of wall and monotonic clocks. */
  | { readonly kind: 'cached'; readonly maxAgeMs: number }
  /** Judged now, through begin and settle. */
  | { readonly kind: 'fresh'; readonly singleUsePermit: boolean };

export type ClassRule = {
  readonly freshness: Freshness;
  readonly whenControlIsUnreachable: 'continue_in_slice' | 'stop_at_bound' | 'refuse';
  readonly recording: 'batched' | 'per_turn' | 'before_reply';
  readonly onSuspend: 'continue' | 'drain' | 'freeze' | 'interrupt';
  readonly onEnd: 'end' | 'interrupt' | 'freeze_then_kill';
  /** Time from the stop's commit to the effect being over, in milliseconds. */
  readonly stopDeadlineMs: number;
  readonly reviewAfterInterrupt: boolean;
  /** The longest an operation goes on before its holder has to ask again, in milliseconds; it is given less where it asks for less. */
  readonly leaseMs: number;
};

const cached: Freshness = { kind: 'cached', maxAgeMs: 5_000 };
const fresh: Freshness = { kind: 'fresh', singleUsePermit: false };
const guarded = {
  freshness: { kind: 'fresh', singleUsePermit: true },
  whenControlIsUnreachable: 'refuse',
  recording: 'before_reply',
  onSuspend: 'interrupt',
  onEnd: 'interrupt',
  stopDeadlineMs: 2_000,
  reviewAfterInterrupt: true,
  leaseMs: 15_000,
} as const satisfies ClassRule;

/** The one table of what each class means. Everything that judges, records or stops reads it here. */
export const actionClasses = {
  non_consequential: {
    freshness: { kind: 'none' },
    whenControlIsUnreachable: 'continue_in_slice',
    recording: 'batched',
    onSuspend: 'continue',
    onEnd: 'end',
    stopDeadlineMs: 2_000,
    reviewAfterInterrupt: false,
    leaseMs: 300_000,
  },
  consequential_read: {
    freshness: cached,
    whenControlIsUnreachable: 'stop_at_bound',
    recording: 'batched',
    onSuspend: 'drain',
    onEnd: 'interrupt',
    stopDeadlineMs: 2_000,
    reviewAfterInterrupt: false,
    leaseMs: 60_000,
  },
  workspace_write: {
    freshness: cached,
    whenControlIsUnreachable: 'stop_at_bound',
    recording: 'per_turn',
    onSuspend: 'freeze',
    onEnd: 'freeze_then_kill',
    stopDeadlineMs: 2_000,
    reviewAfterInterrupt: false,
    leaseMs: 60_000,
  },
  consequential_write: {
    freshness: fresh,
    whenControlIsUnreachable: 'refuse',
    recording: 'before_reply',
    onSuspend: 'interrupt',
    onEnd: 'interrupt',
    stopDeadlineMs: 2_000,
    reviewAfterInterrupt: false,
    leaseMs: 30_000,
  },
  irreversible_action: guarded,
  external_commitment: guarded,
  privileged_administration: guarded,
} as const satisfies Record<ActionClass, ClassRule>;

/** Narrowest first: a class further right needs at least as much care. */
const order: readonly ActionClass[] = [
  'non_consequential',
  'consequential_read',
  'workspace_write',
  'consequential_write',
  'irreversible_action',
  'external_commitment',
  'privileged_administration',
];

/** The classes whose approval an unattended `--yes` never suffices for. */
export const isHighClass = (actionClass: ActionClass): boolean =>
  actionClasses[actionClass].freshness.kind === 'fresh' && actionClasses[actionClass].reviewAfterInterrupt;

/** The more careful of two classes. Overrides go only upward. */
export const widerClass = (a: ActionClass, b: ActionClass): ActionClass =>
  order.indexOf(a) >= order.indexOf(b) ? a : b;
