import { expect, test } from 'vitest';
import { refuse } from './answer.ts';
import { reactionTo } from './reaction.ts';
import { consequenceOf, stateIn } from './renewal-answer.ts';

const problem = (code: string, status = 403) => refuse(code, status, 'a sentence', null).problem;

test.each([
  ['control_unreachable', 503, null, 'wait'],
  ['internal', 500, null, 'wait'],
  ['http_429', 429, null, 'wait'],
  ['operation_over', 409, 'active', 'end'],
  ['mandate_inactive', 403, 'suspended', 'hold'],
  ['ancestor_inactive', 403, 'held', 'hold'],
  ['mandate_inactive', 403, 'active', 'hold'],
  ['mandate_inactive', 403, 'revoked', 'end'],
  ['mandate_inactive', 403, 'completed', 'drain'],
  ['ancestor_inactive', 403, 'cascaded', 'end'],
  ['ancestor_inactive', 403, null, 'hold'],
  ['condition_unknown', 403, 'active', 'hold'],
  ['out_of_authority', 403, 'active', 'end'],
] as const)('a renewal refused with %s (%i) under a mandate that is %s: %s', (code, status, state, expected) => {
  expect(consequenceOf(problem(code, status), state)).toBe(expected);
});

test.each([
  ['mandate.suspended', 'mandate-m1', { what: 'hold', mandate: 'm1' }],
  ['mandate.revoked', 'mandate-m1', { what: 'end', mandate: 'm1' }],
  ['mandate.reinstated', 'mandate-m1', { what: 'ask', mandate: 'm1' }],
  ['mandate.something_new', 'mandate-m1', { what: 'ask', mandate: 'm1' }],
  ['mandate.delegated', 'mandate-m1', { what: 'nothing' }],
  ['operation.interrupt_requested', 'operation-op-1', { what: 'interrupt', operation: 'op-1' }],
  ['operation.renewed', 'operation-op-1', { what: 'nothing' }],
  ['receipt.opened', 'receipt-r1', { what: 'attest', receipt: 'r1' }],
  ['signal.reported', 'signal-x', { what: 'nothing' }],
])('%s on %s', (type, stream, expected) => {
  expect(reactionTo({ type, stream })).toMatchObject(expected);
});

// After a copy of control's journal was put back: nobody reinstates what is not there any more, so nothing waits for it.
test('a mandate that control does not know is over, and one that it does not speak of is held', () => {
  const asked = (code: string, status: number) =>
    consequenceOf(refused, stateIn({ ok: false, problem: problem(code, status) }));
  const refused = problem('unauthenticated', 401);
  expect(asked('not_found', 404)).toBe('end');
  expect(asked('control_unreachable', 503)).toBe('hold');
});
