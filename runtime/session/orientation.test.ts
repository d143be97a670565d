import { expect, it } from 'vitest';
import type { Driver, SessionEvent } from './events.ts';
import { evolve } from './evolve.ts';
import { digested, emptyDigest } from './digest.ts';
import { nextStepIn } from './orientation/next-step.ts';
import { staleIn } from './orientation/stale.ts';
import type { Fact } from './orientation/fact.ts';
import { goneMethod } from './orientation/fact.ts';
import { workFacts } from './orientation.ts';
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

const happening = (session: Session) => workFacts(session).find(({ what }) => what === 'what was happening');

it('does not say that nothing runs where a program runs at a terminal', () => {
  expect(happening(opened('command'))).toMatchObject({ value: 'nothing runs', standing: 'verified now' });
  expect(happening(opened('attended'))).toMatchObject({
    value: 'its program runs at a terminal, unless its launcher ended without a word',
    standing: 'unknown',
  });
  const closed: SessionEvent = { type: 'session.closed', data: { exitCode: 0, summary: '' } };
  expect(happening(opened('attended', closed))).toMatchObject({ value: 'nothing runs' });
});

/** Where each kind stands, whatever came between. */
it('knows where in a long log what a person looks for stands, and who was there', () => {
  const said = (text: string, actor: string): [SessionEvent, string] => [{ type: 'note.left', data: { text } }, actor];
  const housekeeping: [SessionEvent, string] = [{ type: 'lease.taken', data: { holder: 'b', token: 1 } }, 'runtime'];
  const events: [SessionEvent, string][] = [
    said('first', 'ann'),
    ...Array.from({ length: 5_000 }, () => housekeeping),
    [{ type: 'note.left', data: { text: 'for bob', for: 'bob' } }, 'ann'],
    [{ type: 'turn.started', data: { turn: 't1', input: null, wake: 'person', token: 1 } }, 'runtime'],
    [{ type: 'turn.ended', data: { turn: 't1', outcome: 'failed', exitCode: 1, summary: 'no' } }, 'runtime'],
  ];
  const digest = events.reduce(
    (all, [event, actor], index) => digested(all, event, { version: index + 1, actor }),
    emptyDigest,
  );
  expect(digest.notes).toEqual([
    { version: 1, for: null },
    { version: 5_002, for: 'bob' },
  ]);
  expect(digest.turns).toEqual([{ turn: 't1', from: 5_003, end: { version: 5_004, outcome: 'failed' } }]);
  expect(digest.actors).toEqual([{ name: 'ann', version: 5_002, count: 2 }]);
});

const may = { yes: true, sentence: '' };

it('says what is next from where it stands, and what to type', () => {
  const paused = (cause: 'place' | 'credential' | 'person'): SessionEvent => ({
    type: 'session.paused',
    data: { cause, reason: 'as it is' },
  });
  expect(nextStepIn(opened('command'), may, undefined, undefined)).toEqual({
    sentence: 'nothing runs and nothing waits; say what is next',
    way: null,
  });
  const cutOff: readonly SessionEvent[] = [
    { type: 'turn.started', data: { turn: 't1', input: null, wake: 'person', token: 1 } },
    { type: 'turn.ended', data: { turn: 't1', outcome: 'interrupted', exitCode: null, summary: '' } },
  ];
  expect(nextStepIn(opened('command', ...cutOff), may, undefined, undefined).way).toBe('writ session send s0 "…"');
  expect(nextStepIn(opened('command'), { yes: false, sentence: 'it moved' }, undefined, 'do this')).toEqual({
    sentence: 'it may not go on: it moved',
    way: 'do this',
  });
  expect(nextStepIn(opened('command', paused('place')), may, undefined, undefined).way).toBe('writ unpause s0 --here');
  expect(nextStepIn(opened('command', paused('credential')), may, undefined, undefined).way).toBe(
    'writ session take s0',
  );
  expect(nextStepIn(opened('command', paused('person')), may, { id: 'q1', ask: 'which?' }, undefined)).toEqual({
    sentence: 'it waits for you: which?',
    way: 'writ inbox q1',
  });
  expect(
    nextStepIn(opened('command', { type: 'session.inert', data: { reason: 'revoked' } }), may, undefined, undefined)
      .way,
  ).toBe('writ session fork s0');
});

it('notices what would mislead, and offers the reset that answers it', () => {
  const now = { now: Date.parse(at), hasCredential: true };
  const advanced: SessionEvent = {
    type: 'conversation.advanced',
    data: { turn: 't1', digest: 'd', messages: 2, agentSession: null },
  };
  const told: SessionEvent = { type: 'session.told', data: { sentence: 'less', words: [] } };
  const resets = (session: Session, facts: Parameters<typeof staleIn>[1] = [], given = now) =>
    staleIn(session, facts, given).map(({ way }) => way);
  expect(resets(opened('command', advanced))).toEqual([]);
  expect(resets(opened('command', advanced, told))).toEqual(['writ session reset s0 context']);
  expect(resets(opened('command'), [], { ...now, hasCredential: false })).toEqual(['writ session take s0']);
  const elsewhere: Fact = {
    ...({ about: 'where', what: 'HEAD', value: 'x', standing: 'changed', observedAt: at, method: 'git' } as const),
    ...{ event: null, by: null },
  };
  expect(resets(opened('command', advanced), [elsewhere])).toEqual([
    'writ unpause s0 --here',
    'writ session reset s0 context',
  ]);
  expect(resets(opened('command'), [{ ...elsewhere, what: 'directory', method: goneMethod }])).toEqual([
    'writ unpause s0',
  ]);
});
