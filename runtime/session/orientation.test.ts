import { expect, it } from 'vitest';
import type { Driver, SessionEvent } from './events.ts';
import { evolve } from './evolve.ts';
import { orient } from './orientation.ts';
import type { Session } from './session.ts';

const at = '2026-01-01T00:00:00.000Z';

function opened(driver: Driver, ...more: readonly SessionEvent[]): Session {
  const first: SessionEvent = {
    type: 'session.opened',
    data: {
      title: 's0',
      project: 'p',
      agent: 'a',
      driver,
      mandate: 'm0',
      mission: null,
      task: null,
      parent: null,
      workspace: null,
      repository: null,
      argv: ['true'],
      sandbox: { kind: 'contain', writable: [], hidden: [], network: 'none' },
    },
  };
  // The first event opens it.
  return [first, ...more].reduce<Session | undefined>(
    (state, event, index) => evolve(state, event, { stream: 'session/s0', version: index + 1, at }),
    undefined,
  )!;
}

const happening = async (session: Session) =>
  (await orient(session, at)).find(({ what }) => what === 'what was happening');

it('does not say that nothing runs where a program runs at a terminal', async () => {
  expect(await happening(opened('command'))).toMatchObject({ value: 'nothing runs', standing: 'verified now' });
  expect(await happening(opened('attended'))).toMatchObject({
    value: 'its program runs at a terminal, unless its launcher ended without a word',
    standing: 'unknown',
  });
  const closed: SessionEvent = { type: 'session.closed', data: { exitCode: 0, summary: '' } };
  expect(await happening(opened('attended', closed))).toMatchObject({ value: 'nothing runs' });
});
