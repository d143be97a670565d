import { expect, test } from 'vitest';
import type { Canary, Started } from './adapter.ts';
import { givenBy } from './given-by.ts';

const ready = { kind: 'ready', args: ['--hooks'], env: { A: 'b' }, files: [], writesFolder: false } as const;
const prepared = { args: ['-p', 'work'], env: {}, files: [{ path: '.x/settings.json', text: '{}' }] };
// As a module without types would give it.
const started = (value: unknown): Started => givenBy('start', value as Started);
const prepare = (value: unknown) => givenBy('canary.prepare', value as ReturnType<Canary['prepare']>);

test('what is as the contract says is given on as it is', () => {
  expect(started(ready)).toBe(ready);
  expect(started({ ...ready, files: [{ path: 'a', linkTo: '/home/dev/a' }] })).toMatchObject({ kind: 'ready' });
  expect(started({ kind: 'unusable', problem: 'no hooks', wayOut: 'mend it' })).toMatchObject({ kind: 'unusable' });
  expect(prepare(prepared)).toBe(prepared);
});

test.each([
  [
    undefined,
    '`start` of the adapter gives a value that is not as the contract says: invalid input: expected object, received undefined',
  ],
  [
    { ...ready, args: '--hooks' },
    '`args` that is not as the contract says: invalid input: expected array, received string',
  ],
  [
    { ...ready, env: { A: 1 } },
    '`env.A` that is not as the contract says: invalid input: expected string, received number',
  ],
  [
    { ...ready, files: [{ path: 'a' }] },
    '`files.0.text` that is not as the contract says: invalid input: expected string, received undefined',
  ],
  [
    { ...ready, files: [{ path: '../a', text: '' }] },
    '`files.0.path` that is not as the contract says: has to be relative, and lead nowhere else',
  ],
  [
    { ...ready, writesFolder: undefined },
    '`writesFolder` that is not as the contract says: invalid input: expected boolean, received undefined',
  ],
  [{ ...ready, kind: 'go' }, '`kind` that is not as the contract says: invalid'],
])('of a start, %j is named with what was expected', (value, says) => {
  expect(() => started(value)).toThrow(says);
});

test('and so is what a canary is prepared with', () => {
  expect(() => prepare({ ...prepared, files: undefined })).toThrow(
    '`canary.prepare` of the adapter gives `files` that is not as the contract says: invalid input: expected array, received undefined',
  );
});
