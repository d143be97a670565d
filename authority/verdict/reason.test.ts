/** What a person and an agent read of every reason there is: the sentence, the way out, and whether asking again can help. */
import { describe, expect, test } from 'vitest';
import type { Explanation, Reason } from './reason.ts';
import { explain } from './reason.ts';

const [never, person, again] = ['never', 'after_a_person_acts', 'when_it_holds_again'] as const;
const m0 = { mandate: 'm0' };
const held = { ...m0, ancestor: 'm', state: 'held' } as const;
const approval = { ...m0, action: 'git.merge', resource: 'git://p/refs/heads/main' };
const history = { ...m0, action: 'git.push', first: ['test.run', 'test.*'] };
const gap = { kind: 'action', why: '`a` is not approved' } as const;

const rows: readonly (readonly [Reason, string, string | null, Explanation['retry']])[] = [
  [{ code: 'permitted' }, 'inside what was approved', null, never],
  [{ code: 'unknown_mandate', ...m0 }, 'there is no mandate `m0`', 'ask a person to approve one', person],
  [
    { code: 'mandate_inactive', ...m0, state: 'suspended', detail: 'looking at it' },
    'mandate `m0` is suspended: looking at it',
    'a person can reinstate it with `writ mandate reinstate m0`',
    person,
  ],
  [
    { code: 'mandate_inactive', ...m0, state: 'revoked', detail: 'enough (by ada)' },
    'mandate `m0` is revoked: enough (by ada)',
    null,
    never,
  ],
  [
    { code: 'ancestor_inactive', ...held },
    'mandate `m`, above `m0`, is suspended',
    'wait until a person reinstates it',
    person,
  ],
  [{ code: 'ancestor_inactive', ...held, state: 'cascaded' }, 'mandate `m`, above `m0`, has ended', null, never],
  [
    { code: 'condition_failed', ...m0, subject: 'risk', reading: '90' },
    '`risk` is 90, and the approval depends on it not being so',
    null,
    again,
  ],
  [
    { code: 'condition_unknown', ...m0, subject: 'risk' },
    'nobody has reported on `risk`, and the approval depends on it',
    'report it with `writ signal risk VALUE`',
    again,
  ],
  [{ code: 'out_of_authority', ...m0, gap }, 'not in what was approved: `a` is not approved', null, person],
  [
    { code: 'out_of_authority', ...m0, gap: { ...gap, wouldPermit: 'an entry' } },
    'not in what was approved: `a` is not approved',
    'an entry',
    person,
  ],
  ...(
    [
      ['each_time', ' each time'],
      ['first_use', ', as this is the first time it reaches it'],
      ['policy', ', because policy asks for one'],
    ] as const
  ).map(
    ([because, words]) =>
      [
        { code: 'approval_required', ...approval, because },
        `\`git.merge\` on \`git://p/refs/heads/main\` needs a person's yes${words}`,
        'a person answers in `writ inbox`',
        person,
      ] as const,
  ),
  ...(
    [
      ['never', 'and nobody saw that happen'],
      ['stale', 'and something has changed since it was'],
      ['too_old', 'and that is too long ago'],
    ] as const
  ).map(
    ([why, words]) =>
      [
        { code: 'history_required', ...history, why },
        `\`git.push\` under \`m0\` needs \`test.run\` or \`test.*\` done first, ${words}`,
        'have `test.run` or `test.*` done where an enforcement point watches it, then ask again',
        again,
      ] as const,
  ),
  [
    { code: 'history_required', ...history, why: 'unstated' },
    '`git.push` under `m0` needs `test.run` or `test.*` done first, and the request does not say what it is about',
    null,
    never,
  ],
  ...(
    [
      ['calls', 3, 'the calls budget of 3 is spent'],
      ['tokens', 4_000, 'the tokens budget of 4000 is spent'],
      ['money', 2_500_000, 'the money budget of 2.5 is spent'],
      ['wall', 1_000, 'the wall budget of 1000 ms is spent'],
    ] as const
  ).map(
    ([budget, limit, words]) =>
      [
        { code: 'budget_spent', ...m0, budget, limit },
        words,
        'a person can extend it with `writ mandate extend m0`',
        person,
      ] as const,
  ),
  [
    { code: 'budget_spent', ...m0, budget: 'money', limit: 5_000_000, short: { left: 250_000, draws: 1_000_000 } },
    'the money budget of 5 has 0.25 left, and this would draw 1',
    'a person can extend it with `writ mandate extend m0`',
    person,
  ],
  [
    { code: 'actor_mismatch', ...m0, actor: 'mallory' },
    '`mallory` is not the actor that mandate `m0` was given to',
    null,
    never,
  ],
  [{ code: 'credential_unusable', detail: 'it expired' }, 'the credential cannot be used: it expired', null, never],
  [{ code: 'policy_refused', detail: 'office hours' }, 'policy does not permit it: office hours', null, person],
  [
    { code: 'stale_state', boundMs: 5_000 },
    'the last word from control is older than 5000 ms',
    'wait until control is heard again',
    again,
  ],
  [
    { code: 'control_unreachable', actionClass: 'consequential_write' },
    'control cannot be reached, and a consequential_write needs its word now',
    'wait until control is back',
    again,
  ],
  [
    { code: 'not_an_approver', attempted: 'approve' },
    "an agent's credential cannot approve",
    'a person does it from outside the agent',
    person,
  ],
  [{ code: 'malformed_request', detail: 'no action' }, 'the request cannot be judged: no action', null, never],
];

describe('the explanation of a reason', () => {
  test.each(rows)('%j', (reason, sentence, wayOut, retry) => {
    expect(explain(reason)).toEqual({ sentence, wayOut, retry });
  });
});
