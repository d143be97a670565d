/** What of one session may be told in another: nothing that somebody who sees the one may not see in the other. */

import { expect, it } from 'vitest';
import type { SessionEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { Session } from './session.ts';
import { mayTellIn, mayView } from './visibility.ts';

type How = { readonly project?: string; readonly parent?: string; readonly to?: readonly string[] };

function session(id: string, { project = 'p', parent, to }: How = {}): Session {
  const own = { title: id, project, agent: 'a', driver: 'command', mandate: null, mission: null, task: null } as const;
  const sandbox = { kind: 'contain', writable: [], hidden: [], network: 'none' } as const;
  const data = { ...own, parent: parent ?? null, workspace: null, repository: null, argv: [], sandbox };
  const events: readonly SessionEvent[] = [
    { type: 'session.opened', data },
    ...(to === undefined
      ? []
      : [{ type: 'visibility.changed' as const, data: { visibility: { to: 'private' as const, members: to } } }]),
  ];
  // The first event opens it.
  return events.reduce<Session | undefined>(
    (state, event, index) => evolve(state, event, { stream: `session/${id}`, version: index + 1, at: '' }),
    undefined,
  )!;
}

it('is what all who see the one see of the other', () => {
  const all = [
    session('open'),
    session('other'),
    session('elsewhere', { project: 'q' }),
    session('hers', { to: ['ann'] }),
    session('hers.child', { parent: 'hers' }),
    session('theirs', { to: ['ann', 'bob'] }),
  ];
  const sessions = new Map(all.map((one) => [one.id, one]));
  const told = (into: string): readonly string[] =>
    // It is there by the line above.
    all.filter((one) => mayTellIn(sessions, sessions.get(into)!, one)).map(({ id }) => id);
  expect(told('open')).toEqual(['open', 'other']);
  expect(told('hers')).toEqual(['open', 'other', 'hers', 'hers.child']);
  expect(told('hers.child')).toEqual(['open', 'other', 'hers', 'hers.child']);
  expect(told('theirs')).toEqual(['open', 'other', 'theirs']);
  for (const into of all)
    for (const person of ['ann', 'bob', 'eve'])
      if (mayView(sessions, into, person))
        for (const id of told(into.id))
          expect(mayView(sessions, sessions.get(id)!, person), `${person} ${id}`).toBe(true); // as above
});
