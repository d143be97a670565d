/** A proposal that is revised at a terminal: what was not said stays, and whoever was shown it before approves nothing. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCaller } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import { startControlServer } from '@writ/server';
import { expect, it } from 'vitest';
import { exitCodes } from './exit.ts';
import { ownMachine } from './testing/machine.ts';

const machine = ownMachine();
const { writ, json } = machine;

it('is proposed anew with what was said, approved by nobody, and what was not said stays', async () => {
  await using open = new AsyncDisposableStack();
  const dir = machine.home;
  const server = open.use(await startControlServer({ dir }));
  const token = readFileSync(join(dir, 'control', 'owner.token'), 'utf8').trim();
  const owner = open.use(createCaller({ base: { url: server.url }, token, timeoutMs: 10_000 }));
  await owner.call(controlApi.createProject, { body: { id: 'p' } });
  const terms = {
    ...{ project: 'p', purpose: 'a test', actor: 'worker', actor_key: null, steerers: [], approvers: [], watch: false },
    authorization_details: [
      {
        type: 'mission_resource_access' as const,
        ...{ resource: 'workspace://p/', resource_match: 'prefix' as const, actions: ['file.read', 'file.write'] },
      },
    ],
    conditions: [],
    history: [{ id: 'first', kind: 'first_use' as const, actions: ['file.write'], target: 'resource' as const }],
    budgets: [{ kind: 'calls' as const, limit: 10, when_spent: 'finish' as const }],
    delegation: { max_depth: 2, max_children: 3, actors: 'any' as const },
    freshness_ms: 0,
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  };
  const proposed = await owner.call(controlApi.propose, { body: terms });
  if (!proposed.ok) throw new Error(proposed.problem.detail);
  const { id, revision, text_digest } = proposed.value;

  const unsaid = await writ(['mandate', 'revise', id]);
  expect(unsaid).toMatchObject({ code: exitCodes.usage, err: expect.stringContaining('`--purpose`') as string });
  const asked = ['--only', 'file.read', '--purpose', 'look', '--budget', 'tokens=500'];
  const { authorization_details: details, budgets, ...rest } = terms;
  expect(await json<object>(['mandate', 'revise', id, ...asked])).toMatchObject({
    ...{ ...rest, id, state: 'proposed', revision: 2, purpose: 'look' },
    authorization_details: [{ ...details[0], actions: ['file.read'] }],
    budgets: [...budgets, { kind: 'tokens', limit: 500 }],
  });
  const before = await owner.call(controlApi.approve, { params: { id }, body: { revision, text_digest } });
  expect(before).toMatchObject({ ok: false, problem: { code: 'revision_changed' } });
  expect((await writ(['mandate', 'approve', id, '--yes'])).code).toBe(0);
  const late = await writ(['mandate', 'revise', id, '--for', '1h']);
  expect(late).toMatchObject({ code: exitCodes.failed, err: expect.stringContaining(id) as string });
});
