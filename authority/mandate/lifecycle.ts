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

/** What a transition does to everything that stands under the mandate. */
export type Consequence = {
  readonly newChecks: 'refused' | 'reevaluated' | 'successor_answers';
  readonly queuedWork: 'held' | 'rechecked' | 'out_of_scope_cancelled' | 'rebound_if_covered' | 'cancelled';
  readonly inFlight: 'by_class' | 'untouched' | 'out_of_scope_interrupted' | 'keep_running' | 'interrupted' | 'drained';
  readonly permits: 'void' | 'untouched' | 'out_of_scope_void' | 'reissued';
  readonly session: 'paused' | 'may_resume' | 'told' | 'continues' | 'inert' | 'closed';
};

type Transition = { readonly to: MandateStateName; readonly consequence: Consequence };

const stopped = {
  newChecks: 'refused',
  queuedWork: 'cancelled',
  inFlight: 'interrupted',
  permits: 'void',
  session: 'inert',
} as const;
const untouched = {
  newChecks: 'reevaluated',
  queuedWork: 'rechecked',
  inFlight: 'untouched',
  permits: 'untouched',
  session: 'continues',
} as const;

const suspend: Transition = {
  to: 'suspended',
  consequence: { newChecks: 'refused', queuedWork: 'held', inFlight: 'by_class', permits: 'void', session: 'paused' },
};
const narrow = (to: MandateStateName): Transition => ({
  to,
  consequence: {
    newChecks: 'reevaluated',
    queuedWork: 'out_of_scope_cancelled',
    inFlight: 'out_of_scope_interrupted',
    permits: 'out_of_scope_void',
    session: 'told',
  },
});
const extend: Transition = {
  to: 'superseded',
  consequence: {
    newChecks: 'successor_answers',
    queuedWork: 'rebound_if_covered',
    inFlight: 'keep_running',
    permits: 'reissued',
    session: 'continues',
  },
};
const revoke: Transition = { to: 'revoked', consequence: stopped };
const expire: Transition = { to: 'expired', consequence: stopped };
const complete: Transition = {
  to: 'completed',
  consequence: {
    newChecks: 'refused',
    queuedWork: 'cancelled',
    inFlight: 'drained',
    permits: 'void',
    session: 'closed',
  },
};

/** Which action is legal in which state, and where it leads. A missing cell is a refusal. */
export const lifecycle = {
  proposed: {
    revise: { to: 'proposed', consequence: untouched },
    approve: { to: 'active', consequence: untouched },
    refuse: { to: 'refused', consequence: stopped },
    lapse: { to: 'lapsed', consequence: stopped },
    revoke: { to: 'refused', consequence: stopped },
  },
  active: {
    suspend,
    narrow: narrow('active'),
    extend,
    delegate: { to: 'active', consequence: untouched },
    revoke,
    expire,
    complete,
  },
  suspended: {
    reinstate: {
      to: 'active',
      consequence: {
        newChecks: 'reevaluated',
        queuedWork: 'rechecked',
        inFlight: 'untouched',
        permits: 'reissued',
        session: 'may_resume',
      },
    },
    narrow: narrow('suspended'),
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
