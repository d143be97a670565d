/** What is held is told whole when it changes, and looked at only where something did. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Held } from './held.ts';
import { lookAtHeld } from './held.ts';

type Looking = Parameters<typeof lookAtHeld>[0];
type Records = Looking['records'];
type Session = ReturnType<Records['sessions']['all']>[number];
type Mission = ReturnType<Records['missions']['all']>[number];

/** What of a session and a mission is looked at, and no more. */
const session = (id: string, mandate: string | null, isOver: boolean): Session =>
  ({ id, mandate, lease: null, state: isOver ? { name: 'inert', reason: '' } : { name: 'live' } }) as Session;
function mission(
  id: string,
  mandate: string | null,
  standings: readonly string[],
  onLook = (): void => undefined,
): Mission {
  const tasks = standings.map((name, at) => ({ plan: { id: `T${String(at)}` }, standing: { name } }));
  return {
    ...{ id, mandate, state: { name: 'running' } },
    get tasks() {
      onLook();
      return tasks;
    },
  } as unknown as Mission; // as above
}

/** Plainly: all of it, each time. */
const plain = (sessions: readonly Session[], missions: readonly Mission[]): readonly string[] => [
  ...sessions
    .filter((one) => one.mandate !== null && one.state.name === 'live')
    .map((one) => `session ${one.id} ${String(one.mandate)}`),
  ...missions.flatMap((one) =>
    one.mandate === null
      ? []
      : one.tasks
          .filter((task) => ['waiting', 'retrying', 'asking'].includes(task.standing.name))
          .map((task) => `queued ${one.id}/${task.plan.id} ${String(one.mandate)}`),
  ),
];
const said = ({ holdings }: Held): readonly string[] =>
  holdings.map(({ kind, subject, mandate }) => `${kind} ${subject} ${mandate}`);

const mandate = fc.constantFrom(null, 'm1', 'm2');
const change = fc.oneof(
  fc.record({
    do: fc.constant('session' as const),
    id: fc.constantFrom('s1', 's2', 's3'),
    mandate,
    isOver: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('mission' as const),
    id: fc.constantFrom('x1', 'x2'),
    mandate,
    standings: fc.array(fc.constantFrom('waiting', 'running', 'done', 'retrying'), { maxLength: 3 }),
  }),
  fc.record({ do: fc.constant('forget' as const), id: fc.constantFrom('s1', 's2', 'x1') }),
);

it('is what the records hold, and has another name exactly when it is another list', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      const [sessions, missions] = [new Map<string, Session>(), new Map<string, Mission>()];
      const records = {
        sessions: { all: () => [...sessions.values()] },
        missions: { all: () => [...missions.values()] },
      };
      // The two that are read.
      const look = lookAtHeld({ records: records as unknown as Records, machine: 'here' });
      let before = look();
      for (const one of changes) {
        if (one.do === 'session') sessions.set(one.id, session(one.id, one.mandate, one.isOver));
        else if (one.do === 'mission') missions.set(one.id, mission(one.id, one.mandate, one.standings));
        else for (const kept of [sessions, missions]) kept.delete(one.id);
        const now = look();
        expect(said(now)).toEqual(plain([...sessions.values()], [...missions.values()]));
        const isSame = JSON.stringify([...said(now)].sort()) === JSON.stringify([...said(before)].sort());
        // What is in another order may have another name.
        if (!isSame) expect(now.name).not.toBe(before.name);
        expect(look()).toBe(now);
        before = now;
      }
    }),
    { numRuns: 500 },
  );
});

it('looks at the tasks of a mission again only when the mission changed', () => {
  let looks = 0;
  const missions = Array.from({ length: 100 }, (_, at) =>
    mission(`x${String(at)}`, 'm1', ['waiting'], () => (looks += 1)),
  );
  const records = { sessions: { all: () => [] }, missions: { all: () => missions } };
  const look = lookAtHeld({ records: records as unknown as Records, machine: 'here' });
  look();
  expect(looks).toBe(100);
  missions[7] = mission('x7', 'm1', ['done'], () => (looks += 1));
  expect(look().holdings).toHaveLength(99);
  expect(looks).toBe(101);
});
