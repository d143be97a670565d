// The morning screen (design, "When a person is asked"): what was done since leaving, what was used of it, what waits, what it cost.

import { expect, it } from 'vitest';
import type { LoggedEvent } from '../connect/events.ts';
import type { AdvanceWire } from '../connect/wire.ts';
import { hasNews, morningOf, renderMorning } from './morning.ts';
import { styleOf } from './style.ts';

const at = (hour: number): string => `2030-01-02T0${String(hour)}:00:00.000Z`;
const event = (hour: number, type: string, stream: string, data: object, lineage = {}): LoggedEvent => ({
  ...{ plane: 'control', position: hour, actor: 'agent:claude', at: at(hour), type, stream, data, lineage },
});
const left: AdvanceWire = {
  id: 'y-1',
  kind: 'left',
  project: 'app',
  by: 'owner',
  given_at: at(1),
  expires_at: at(9),
  resource: 'git://app/refs/heads/feat/x',
  resource_match: 'prefix',
  actions: ['git.push'],
  uses: 3,
  used: 2,
  last_used_at: at(3),
  answer: null,
  state: 'in_force',
  withdrawn_by: null,
};

it('counts what ended well since then, and nothing from before', () => {
  const used = (moneyMicros: number, isFinal: boolean) => ({ used: { moneyMicros }, currency: 'EUR', isFinal });
  const events = [
    event(0, 'operation.begun', 'operation-o0', { id: 'o0', action: 'git.push' }),
    event(0, 'operation.settled', 'operation-o0', { outcome: 'done' }),
    event(2, 'operation.begun', 'operation-o1', { id: 'o1', action: 'git.push' }),
    event(2, 'spend.used', 'spend-m', used(400_000, false)),
    event(3, 'operation.settled', 'operation-o1', { outcome: 'done' }),
    event(3, 'spend.used', 'spend-m', used(1_250_000, true)),
    event(3, 'operation.begun', 'operation-o2', { id: 'o2', action: 'shell.run' }),
    event(4, 'operation.settled', 'operation-o2', { outcome: 'failed' }),
    event(4, 'verdict.refused', 'verdicts-m', {}),
  ];
  const waiting = [
    { id: 'a-1', ask: 'claude wants \u001b[31m`git.merge`', since: at(4) },
    { id: 'a-0', ask: 'from before', since: at(0) },
  ];
  const morning = morningOf(at(1), events, { left: [left], waiting, missions: [] });
  expect(morning).toMatchObject({
    done: [{ action: 'git.push', times: 1 }],
    refused: 1,
    left: [{ id: 'y-1' }],
    parked: [{ id: 'a-1' }],
    cost: { EUR: 1_250_000 },
  });
  expect(hasNews(morning)).toBe(true);
  // What was left and not used is no news.
  const unused = { left: [{ ...left, used: 0 }], waiting: [], missions: [] };
  expect(hasNews(morningOf(at(1), [], unused))).toBe(false);
  expect(hasNews(morningOf(at(1), [], { ...unused, left: [left] }))).toBe(true);
  const page = renderMorning(
    morning,
    styleOf({ colour: false, unicode: true, columns: 100, now: Date.parse(at(8)) }),
  ).join('\n');
  expect(page).toContain('used 2 of 3');
  expect(page).toContain('1.25 EUR');
  expect(page).not.toContain('\u001b');
});
