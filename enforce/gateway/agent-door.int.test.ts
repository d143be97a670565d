/** What an agent sends to its door reaches a process that everybody's runs hang on: no address of a request ends it. */

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toldDoor } from '../client/told.ts';
import type { DoorDeps } from './agent-door.ts';
import { openDoor } from './agent-door.ts';
import { answerOf } from '../../test/kit/http/answer-of.ts';

test.each([false, true])('an address that is none is answered; told of to somebody: %s', async (isTold) => {
  await using open = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'writ-door-'));
  open.defer(() => rmSync(dir, { recursive: true }));
  const heard = { start: () => undefined };
  // Only whether somebody listens is looked at.
  const listener = heard as unknown as Parameters<typeof toldDoor.subscribe>[0];
  if (isTold) toldDoor.subscribe(listener);
  open.defer(() => {
    if (isTold) toldDoor.unsubscribe(listener);
  });
  const holder = {
    ...{ run: 'r', session: 's', mandate: 'm', project: 'p', credential: 'c' },
    containment: { files: 'worktree', network: 'none', credentials: 'none' },
  } as const;
  // Nothing of the rest is asked for before an address is read.
  const deps = { whenStarted: () => Promise.resolve(), closedBecause: () => null, more: [], mcp: null } as unknown;
  const door = await openDoor(holder, join(dir, 'door.sock'), deps as DoorDeps);
  open.defer(() => door.close());
  const sent = request({ socketPath: door.socketPath, path: '//', agent: false });
  sent.end();
  const answer = await answerOf(sent);
  answer.resume();
  await once(answer, 'end');
  expect(answer.statusCode).toBe(404);
});
