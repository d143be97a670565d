/**
 * The mandate's lifecycle: one table, read by decide, the API, the CLI's offers, the docs and the tests. Nobody re-types a state check.
 *
 * Follows the state machine of draft-mcguinness-oauth-mission-status with our word for its `resume`: **reinstate**. Anything the
 * table does not name is refused; terminal is final; expiry is judged before the stored state (see `effective-state.ts`).
 */

export type MandateStateName =
  'proposed' | 'active' | 'suspended' | 'revoked' | 'expired' | 'completed' | 'superseded' | 'refused' | 'lapsed';

export type MandateAction =
  | 'revise'
  | 'approve'
  | 'refuse'
  | 'lapse'
  | 'suspend'
  | 'reinstate'
  | 'narrow'
  | 'extend'
  | 'delegate'
  | 'revoke'
  | 'expire'
  | 'complete';

/**
 * What a transition does to everything that stands under the mandate. Who enacts each column is `enactors`; that they do is
 * tested cell by cell for what control answers (control/mandate/consequences.test.ts).
 */
export type Consequence = {
  readonly newChecks: 'refused' | 'reevaluated' | 'successor_answers';
  readonly queuedWork: 'held' | 'rechecked' | 'out_of_scope_cancelled' | 'rebound_if_covered' | 'cancelled';
  readonly inFlight: 'by_class' | 'untouched' | 'out_of_scope_interrupted' | 'keep_running' | 'interrupted' | 'drained';
  /** Nothing is written to a child for what happens to its parent: it is `derived` at every check. */
  readonly children: 'derived' | 'shrink' | 'carried_over' | 'ended';
  /** Whether a credential is given under it, and whether one that was given is good for anything. */
  readonly credentials: 'withheld' | 'usable' | 'carried_over';
  /** Held permits and approvals of single actions. What is void stays void for ever. */
  readonly permits: 'void' | 'untouched' | 'out_of_scope_void' | 'carried_over' | 'issued_anew';
  readonly session: 'paused' | 'may_resume' | 'told' | 'continues' | 'inert' | 'closed';
};

/** Who makes each column true. */
export const enactors = {
  newChecks: ['control'],
  queuedWork: ['runtime'],
  inFlight: ['control', 'enforcer'],
  children: ['control'],
  credentials: ['control'],
  permits: ['control'],
  session: ['runtime'],
} as const satisfies Record<keyof Consequence, readonly ('control' | 'enforcer' | 'runtime')[]>;

type Transition = { readonly to: MandateStateName; readonly consequence: Consequence };

const stopped = {
  newChecks: 'refused',
  queuedWork: 'cancelled',
  inFlight: 'interrupted',
  children: 'ended',
  credentials: 'withheld',
  permits: 'void',
  session: 'inert',
} as const;
const untouched = {
  newChecks: 'reevaluated',
  queuedWork: 'rechecked',
  inFlight: 'untouched',
  children: 'derived',
  credentials: 'usable',
  permits: 'untouched',
  session: 'continues',
} as const;

const suspend: Transition = {
  to: 'suspended',
  consequence: {
    newChecks: 'refused',
    queuedWork: 'held',
    inFlight: 'by_class',
    children: 'derived',
    credentials: 'withheld',
    permits: 'void',
    session: 'paused',
  },
};
const narrow: Transition = {
  to: 'active',
  consequence: {
    newChecks: 'reevaluated',
    queuedWork: 'out_of_scope_cancelled',
    inFlight: 'out_of_scope_interrupted',
    children: 'shrink',
    credentials: 'usable',
    permits: 'out_of_scope_void',
    session: 'told',
  },
};
/** What is suspended stays so: nothing is given under it that was not before. */
const narrowSuspended: Transition = {
  ...narrow,
  to: 'suspended',
  consequence: { ...narrow.consequence, newChecks: 'refused', credentials: 'withheld', session: 'paused' },
};
const extend: Transition = {
  to: 'superseded',
  consequence: {
    newChecks: 'successor_answers',
    queuedWork: 'rebound_if_covered',
    inFlight: 'keep_running',
    children: 'carried_over',
    credentials: 'carried_over',
    permits: 'carried_over',
    session: 'continues',
  },
};
const revoke: Transition = { to: 'revoked', consequence: stopped };
const expire: Transition = { to: 'expired', consequence: stopped };
const complete: Transition = {
  to: 'completed',
  consequence: { ...stopped, inFlight: 'drained', session: 'closed' },
};
/** A proposal allows nothing, before and after. */
const unapproved = { ...untouched, newChecks: 'refused', credentials: 'withheld' } as const;

/** Which action is legal in which state, and where it leads. A missing cell is a refusal. */
export const lifecycle = {
  proposed: {
    revise: { to: 'proposed', consequence: unapproved },
    approve: { to: 'active', consequence: untouched },
    refuse: { to: 'refused', consequence: stopped },
    lapse: { to: 'lapsed', consequence: stopped },
    revoke: { to: 'refused', consequence: stopped },
  },
  active: {
    suspend,
    narrow,
    extend,
    delegate: { to: 'active', consequence: untouched },
    revoke,
    expire,
    complete,
  },
  suspended: {
    /** Somebody's takes the place of a condition's: what a condition holds may come back by itself, and then does not. */
    suspend,
    reinstate: {
      to: 'active',
      consequence: { ...untouched, permits: 'issued_anew', session: 'may_resume' },
    },
    narrow: narrowSuspended,
    revoke,
    expire,
    complete,
  },
  revoked: {},
  expired: {},
  completed: {},
  superseded: {},
  refused: {},
  lapsed: {},
} as const satisfies Record<MandateStateName, Partial<Record<MandateAction, Transition>>>;

/** The transition `action` makes from `state`, or undefined where the table has no such cell. */
export function transition(state: MandateStateName, action: MandateAction): Transition | undefined {
  const row: Partial<Record<MandateAction, Transition>> = lifecycle[state];
  return Object.hasOwn(row, action) ? row[action] : undefined;
}

/** The actions that may be taken in `state`, in the table's order: what a surface may offer. */
export const legalActions = (state: MandateStateName): readonly MandateAction[] =>
  // Object.keys loses the key type; the keys come from the table above.
  Object.keys(lifecycle[state]) as MandateAction[];

/** Whether nothing can ever be permitted again under a mandate in `state`. */
export const isTerminal = (state: MandateStateName): boolean => legalActions(state).length === 0;

/** What being in `state` does to what was begun before; undefined where the mandate is in force, or never was. */
export function consequenceOf(state: MandateStateName): Consequence | undefined {
  const causes: Partial<Record<MandateStateName, Transition>> = {
    suspended: suspend,
    revoked: revoke,
    expired: expire,
    completed: complete,
  };
  return Object.hasOwn(causes, state) ? causes[state]?.consequence : undefined;
}
