import { expect, it } from 'vitest';
import { trailOf } from '../connect/trail.ts';
import { mandate, operation, plain } from './example-wire.ts';
import { renderTrail } from './trail.ts';

const delegated = {
  by: 'agent:mission',
  at: '2026-03-01T12:00:00.000Z',
  text_digest: 'child',
  revision: 1,
  how: 'delegated',
} as const;

it('leads a sub-agent’s effect back to the person who approved the root', () => {
  const [entry] = trailOf(
    [operation({ mandate: 'm0.1' })],
    [mandate({ id: 'm0.1', parent: 'm0', approval: delegated }), mandate()],
  );
  expect(entry).toMatchObject({ approved_by: 'owner', approved_mandate: 'm0', text_digest: 'abcdefghijklmnop' });
  expect(renderTrail([entry!], plain).join('\n')).toContain('m0.1 under m0');
});

it('says so when an effect leads back to nobody', () => {
  const [entry] = trailOf([operation({ mandate: 'gone' })], [mandate()]);
  expect(entry?.approved_by).toBeNull();
  expect(renderTrail([entry!], plain).join('\n')).toContain('nobody is on record as having approved this');
});

it('does not hang on a lineage that runs in a circle', () => {
  const [entry] = trailOf(
    [operation({ mandate: 'a' })],
    [mandate({ id: 'a', parent: 'b', approval: delegated }), mandate({ id: 'b', parent: 'a', approval: delegated })],
  );
  expect(entry?.approved_by).toBeNull();
});
