/** What nobody knows the end of, as a person meets it: shown with who finds out and until when, asked after that, said with a reason. */

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

type Shown = { unknown: { id: string; owed: { owner: string; until: string; todo: string } }[] };
type Listed = { waiting: { id: string; kind: string; text: string }[] };

it('is shown, then asked, and said by a person', async () => {
  let ahead = 0;
  const dir = machine.home;
  const server = await startControlServer({ dir, now: () => Date.now() + ahead });
  const token = readFileSync(join(dir, 'control', 'owner.token'), 'utf8').trim();
  const owner = createCaller({ base: { url: server.url }, token, timeoutMs: 10_000 });
  try {
    const unknown = await twoUnknown(owner);
    const [first = '', second = ''] = unknown;
    const shown = await json<Shown>(['show']);
    expect(shown.unknown.map(({ id }) => id).toSorted()).toEqual(unknown.toSorted());
    expect(shown.unknown[0]?.owed.owner).toBe('holder');
    const words = await writ(['show']);
    expect(words.out).toContain('Nobody knows how it ended');
    expect(words.out).toMatch(/finds out\s+`builder` in run `r`, until in \d+ min/);
    expect((await json<Listed>(['inbox'])).waiting).toEqual([]);
    const short = await writ(['mandate', 'outcome', first, 'done']);
    expect(short).toMatchObject({ code: exitCodes.usage, err: expect.stringContaining('how you know') as string });
    expect((await writ(['mandate', 'outcome', first, 'perhaps', '--reason', 'x'])).code).toBe(exitCodes.usage);
    const said = await writ(['mandate', 'outcome', first, 'failed', '--reason', 'the branch is not there']);
    expect(said).toMatchObject({ code: 0, out: expect.stringContaining('the branch is not there') as string });
    expect((await writ(['mandate', 'outcome', first, 'done', '--reason', 'it is'])).err).toContain(
      'settled as failed, said by owner',
    );
    ahead = 20 * 60_000;
    const { waiting } = await json<Listed>(['inbox']);
    expect(waiting).toMatchObject([
      { id: second, kind: 'outcome', text: expect.stringContaining('killed in flight') as string },
    ]);
    expect((await writ(['show', second])).out).toContain('asked since');
    expect((await writ(['inbox', second, 'yes'])).code).toBe(exitCodes.usage);
    expect((await writ(['inbox', second, 'done', 'I', 'see', 'it'])).code).toBe(0);
    expect((await json<Shown>(['show'])).unknown).toEqual([]);
    expect(await json<{ state: string; evidence: string }>(['show', second])).toMatchObject({
      state: 'done',
      evidence: 'killed in flight; I see it',
    });
  } finally {
    owner[Symbol.dispose]();
    await server.close();
  }
});

async function twoUnknown(owner: ReturnType<typeof createCaller>): Promise<readonly string[]> {
  const expires_at = new Date(Date.now() + 3_600_000).toISOString();
  const resource = 'git://harbour/refs/heads/writ';
  const entry = {
    type: 'mission_resource_access' as const,
    resource,
    resource_match: 'prefix' as const,
    actions: ['git.push'],
  };
  const body = {
    project: 'harbour',
    purpose: 'passkeys',
    actor: 'builder',
    authorization_details: [entry],
    expires_at,
  };
  const proposed = await owner.call(controlApi.propose, { body });
  if (!proposed.ok) throw new Error(proposed.problem.detail);
  const { id, revision, text_digest } = proposed.value;
  await owner.call(controlApi.approve, { params: { id }, body: { revision, text_digest } });
  const issued = await owner.call(controlApi.issueCredential, { params: { id }, body: { run: 'r' } });
  if (!issued.ok) throw new Error(issued.problem.detail);
  const token = issued.value.credential;
  const operations: string[] = [];
  for (const name of ['x', 'y']) {
    const ask = { mandate: id, action: 'git.push', resource: `${resource}/${name}` };
    const begun = await owner.call(controlApi.begin, { token, idempotencyKey: name, body: ask });
    if (!begun.ok) throw new Error(begun.problem.detail);
    operations.push(begun.value.operation.id);
    const params = { id: begun.value.operation.id };
    await owner.call(controlApi.settle, { params, token, body: { outcome: 'unknown', evidence: 'killed in flight' } });
  }
  return operations;
}
