import { expect, test } from 'vitest';
import { createCallNames } from './call-names.ts';

const make = { tool: 'shell', input: { command: 'make' } };

test('a call keeps its name to its end, and the same call later has another', () => {
  const names = createCallNames();
  const first = names.begins(make);
  expect(names.ended(make)).toBe(first);
  const second = names.begins(make);
  expect(second).not.toBe(first);
  expect(names.ended(make)).toBe(second);
});

test('what was refused has no end: the next of the same is not taken for it', () => {
  const names = createCallNames();
  names.refused(names.begins(make));
  const next = names.begins(make);
  expect(names.ended(make)).toBe(next);
});

test("an end of something that nobody was asked about is nobody's", () => {
  const names = createCallNames();
  const begun = names.begins(make);
  expect(names.ended({ tool: 'shell', input: { command: 'rm' } })).not.toBe(begun);
});
