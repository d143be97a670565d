// The interruption budget (design, "When a person is asked"): counted by the hour an agent works, kept for a repository.

import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { changeInterruptions, interruptionsIn, mayInterrupt, questionsAnHour } from './interruptions.ts';

const hour = 3_600_000;

test('law: within any hour no more interrupt than are allowed', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3 * hour), { maxLength: 60 }), fc.nat(8), (times, perHour) => {
      const asked: number[] = [];
      for (const at of times.toSorted((a, b) => a - b)) if (mayInterrupt(asked, at, perHour)) asked.push(at);
      for (const at of asked)
        expect(asked.filter((one) => one > at - hour && one <= at).length).toBeLessThanOrEqual(perHour);
      if (perHour > 0 && times.length > 0) expect(asked.length).toBeGreaterThan(0);
    }),
  );
});

it('is kept for one repository, and counted for thirty days', () => {
  const home = mkdtempSync(join(tmpdir(), 'writ-interruptions-'));
  const usual = interruptionsIn(home, '/a', 0);
  expect(usual).toEqual({ perHour: 6, since: 0, workedMs: 0, terminal: 0, inbox: 0 });
  const kept = { ...usual, perHour: 2, workedMs: 2 * hour, terminal: 1, inbox: 2 };
  expect(changeInterruptions(home, '/a', 0, () => kept)).toEqual(kept);
  const found = interruptionsIn(home, '/a', hour);
  expect(found).toMatchObject({ perHour: 2, terminal: 1, inbox: 2 });
  expect(questionsAnHour(found)).toBe(1.5);
  expect(questionsAnHour(usual)).toBeNull();
  expect(interruptionsIn(home, '/a', 31 * 24 * hour)).toMatchObject({ perHour: 2, terminal: 0, workedMs: 0 });
  expect(interruptionsIn(home, '/b', 0)).toEqual(usual);
});

test.each(['', '{"perHour":-1}', '[]'])('what cannot be read counts as nothing said: %s', (text) => {
  const home = mkdtempSync(join(tmpdir(), 'writ-interruptions-'));
  changeInterruptions(home, '/c', 0, (usual) => ({ ...usual, perHour: 2 }));
  const file = readdirSync(join(home, 'launcher')).find((name) => name.endsWith('.json')) ?? '';
  writeFileSync(join(home, 'launcher', file), text);
  expect(interruptionsIn(home, '/c', 0).perHour).toBe(6);
});
