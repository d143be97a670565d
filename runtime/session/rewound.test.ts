/** A rewind takes the conversation with the files, and undoing it brings both back. */

import { expect, test } from 'vitest';
import type { SessionEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { Session } from './session.ts';
import { isInThread } from './workspace-events.ts';

const opened: SessionEvent = {
  type: 'session.opened',
  data: {
    ...{ title: 's0', project: 'p', agent: 'a', driver: 'model', mandate: 'm0', mission: null, task: null },
    ...{ parent: null, workspace: null, repository: null, argv: ['a'] },
    sandbox: { kind: 'contain', writable: [], hidden: [], network: 'none' },
  },
};
const said = (digest: string, messages: number): SessionEvent => ({
  type: 'conversation.advanced',
  data: { turn: 't', digest, messages, agentSession: 'of the agent' },
});
const kept = (checkpoint: string): SessionEvent => ({
  type: 'checkpoint.taken',
  data: {
    ...{ checkpoint, why: 'asked', turn: null, branch: null, head: null, without: [] },
    files: { in: 'nothing', because: 'there is no folder' },
  },
});
const rewound = (to: string, after: number): SessionEvent => ({
  type: 'session.rewound',
  data: { to, after, undo: 'u', preview: 'p', written: 0, deleted: 0, left: 0 },
});
const fold = (...events: readonly SessionEvent[]): Session | undefined =>
  events.reduce<Session | undefined>(
    (state, event, index) => evolve(state, event, { stream: 's', version: index + 1, at: '2026-01-01T00:00:00.000Z' }),
    undefined,
  );
const inThread = (session: Session | undefined): readonly number[] =>
  [1, 2, 3, 4, 5, 6, 7].filter((version) => session !== undefined && isInThread(session.remembered, version));

const back = [opened, said('d1', 1), kept('A'), said('d2', 2), kept('U'), rewound('A', 3)] as const;

test('what was said since is no part of it, and the agent does not go on from a session of its own that knows it', () => {
  const session = fold(...back);
  expect(session?.conversation).toEqual({ digest: 'd1', messages: 1, agentSession: null });
  expect(inThread(session)).toEqual([1, 2, 3, 7]);
});

test('a rewind that is undone has cut nothing', () => {
  const session = fold(...back, rewound('U', 5));
  expect(session?.conversation).toEqual({ digest: 'd2', messages: 2, agentSession: null });
  expect(inThread(session)).toEqual([1, 2, 3, 4, 5]);
});

test('a conversation that began after the checkpoint has not begun', () => {
  const session = fold(opened, kept('A'), said('d1', 1), rewound('A', 2));
  expect(session).toMatchObject({ conversation: null, conversationFrom: 0 });
});

test('to a checkpoint that is remembered no more, it begins anew', () => {
  const session = fold(opened, said('d1', 1), rewound('long ago', 1));
  expect(session).toMatchObject({ conversation: null, conversationFrom: 3 });
});
