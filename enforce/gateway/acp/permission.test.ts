import { expect, test } from 'vitest';
import { chosen, offeredOnce, outcomeOf } from './permission.ts';

const options = [
  { optionId: 'a', name: 'Always', kind: 'allow_always' },
  { optionId: 'b', name: 'Yes', kind: 'allow_once' },
  { optionId: 'c', name: 'No', kind: 'reject_once' },
  { optionId: 'd', name: 'Never', kind: 'reject_always' },
  { name: 'without an id', kind: 'allow_once' },
];

test('what outlives the call is neither shown nor chosen, whatever it is called', () => {
  expect(offeredOnce(options).map(({ optionId }) => optionId)).toEqual(['b', 'c']);
  expect(offeredOnce('nothing')).toEqual([]);
  const misleading = offeredOnce([{ optionId: 'allow_once', name: 'Once', kind: 'allow_always' }]);
  expect(outcomeOf(misleading, 'allow_once')).toEqual({ outcome: { outcome: 'cancelled' } });
});

test('an answer is chosen by its kind; what the agent did not offer is no yes', () => {
  const once = offeredOnce(options);
  expect(outcomeOf(once, 'allow_once')).toEqual({ outcome: { outcome: 'selected', optionId: 'b' } });
  expect(outcomeOf(once, 'reject_once')).toEqual({ outcome: { outcome: 'selected', optionId: 'c' } });
});

test('an editor chooses only from what it was shown', () => {
  const once = offeredOnce(options);
  const answer = (optionId: string) => ({ outcome: { outcome: 'selected', optionId } });
  expect(chosen(once, answer('b'))?.kind).toBe('allow_once');
  for (const given of [answer('a'), answer('z'), { outcome: { outcome: 'cancelled' } }, { outcome: 'b' }, null, 'b'])
    expect(chosen(once, given)).toBeUndefined();
});
