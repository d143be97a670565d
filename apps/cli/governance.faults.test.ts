/** People, their roles and their answers, by the real binary against a control that is alone on its machine. */

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCaller } from '@writ/enforce';
import type { Caller } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import { startControlServer } from '@writ/server';
import type { ControlServer } from '@writ/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitCodes } from './exit.ts';
import { ownMachine } from './testing/machine.ts';

const machine = ownMachine();
const { writ, json } = machine;

let server: ControlServer;
let owner: Caller;
beforeEach(async () => {
  server = await startControlServer({ dir: machine.home });
  const token = readFileSync(join(machine.home, 'control', 'owner.token'), 'utf8').trim();
  owner = createCaller({ base: { url: server.url }, token, timeoutMs: 10_000 });
});
afterEach(async () => {
  owner[Symbol.dispose]();
  await server.close();
});

/** An approved mandate that asks each time, and its agent's credential. */
async function asksEachTime(project = 'harbour') {
  const proposed = await owner.call(controlApi.propose, {
    body: {
      project,
      purpose: 'passkeys',
      actor: 'builder',
      authorization_details: [
        {
          type: 'mission_resource_access',
          resource: `git://${project}/refs/heads/writ`,
          resource_match: 'prefix',
          actions: ['git.push'],
          constraints: { requires_action_approval: true },
        },
      ],
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    },
  });
  if (!proposed.ok) throw new Error(proposed.problem.detail);
  const { id, revision, text_digest } = proposed.value;
  const params = { id };
  await owner.call(controlApi.approve, { params, body: { revision, text_digest } });
  const issued = await owner.call(controlApi.issueCredential, { params, body: { run: 'r' } });
  if (!issued.ok) throw new Error(issued.problem.detail);
  let tries = 0;
  const push = (oid = 'abc') =>
    owner.call(controlApi.begin, {
      token: issued.value.credential,
      idempotencyKey: `try-${String(tries++)}`,
      body: { mandate: id, action: 'git.push', resource: `git://${project}/refs/heads/writ/x`, parameters: { oid } },
    });
  return { id, push };
}

type Listed = { waiting: { id: string; may_answer: boolean; text: string }[] };

describe('a held action', () => {
  it('is answered with one word, with every other plane gone, and the agent gets exactly that', async () => {
    const { push } = await asksEachTime();
    expect(await push()).toMatchObject({ ok: false, problem: { code: 'approval_required' } });
    const { waiting } = await json<Listed>(['inbox']);
    expect(waiting).toHaveLength(1);
    const [{ id } = { id: '' }] = waiting;
    const shown = await writ(['inbox', '--list']);
    expect(shown.out).toContain('agent:builder wants `git.push` on `git://harbour/refs/heads/writ/x`');
    expect(shown.out).toContain('- oid: "abc"');
    expect(shown.err).toContain('the runtime is not running');
    const yes = await writ(['inbox', id, 'yes']);
    expect({ code: yes.code, out: yes.out }).toEqual({ code: 0, out: expect.stringContaining('yes, once') as string });
    expect(await push('evil')).toMatchObject({ ok: false });
    expect(await push()).toMatchObject({ ok: true });
    expect(await push()).toMatchObject({ ok: false });
    const left = (await json<Listed>(['inbox'])).waiting;
    const no = await writ(['inbox', left[0]?.id ?? '', 'no', 'not', 'today']);
    expect(no).toMatchObject({ code: 0, out: expect.stringContaining('refused: not today') as string });
    expect(await push('evil')).toMatchObject({
      ok: false,
      problem: { code: 'approval_refused', detail: 'owner refused it: not today' },
    });
    expect((await writ(['inbox', 'a-none', 'yes'])).code).toBe(exitCodes.failed);
  }, 60_000);
});

describe('people', () => {
  it('get a token that is shown once, do what their role allows, and are nobody once removed', async () => {
    const { id, push } = await asksEachTime();
    await push();
    const added = await json<{ token: string }>(['people', 'add', 'ann', '--role', 'approver', '--project', 'harbour']);
    const vera = await json<{ token: string }>(['people', 'add', 'vera', '--role', 'viewer']);
    expect((await writ(['people', 'list'])).out).toMatch(/ann\s+approver in harbour\n.*vera\s+viewer everywhere/);
    expect((await writ(['people', 'add', 'ann', '--role', 'viewer'])).err).toContain('there is somebody called `ann`');
    const be = async (token: string): Promise<void> => {
      writeFileSync(join(machine.root, 'token'), `${token}\n`);
      expect((await writ(['people', 'use', '--token-file', 'token'])).code).toBe(0);
    };
    await be(vera.token);
    expect(statSync(join(machine.home, 'person.json')).mode & 0o777).toBe(0o600);
    const [question] = (await json<Listed>(['inbox'])).waiting;
    expect(question).toMatchObject({ may_answer: false });
    const refused = await writ(['inbox', question?.id ?? '', 'yes']);
    expect({ code: refused.code, err: refused.err.replace(/\s+/g, ' ') }).toEqual({
      code: exitCodes.refused,
      err: expect.stringContaining('takes the role approver in `harbour`') as string,
    });
    await be(added.token);
    expect((await json<{ name: string }>(['whoami'])).name).toBe('ann');
    expect((await writ(['inbox', question?.id ?? '', 'yes'])).code).toBe(0);
    expect(await push()).toMatchObject({ ok: true });
    // Another project is not there for her.
    const other = await asksEachTime('castle');
    expect((await json<{ items: { id: string }[] }>(['mandate', 'list'])).items.map((one) => one.id)).toEqual([id]);
    expect((await writ(['mandate', 'revoke', other.id, '--no-wait'])).code).toBe(exitCodes.failed);
    expect((await writ(['people', 'remove', 'vera'])).code).toBe(exitCodes.refused);
    expect((await writ(['people', 'use', '--owner'])).code).toBe(0);
    expect((await writ(['people', 'remove', 'ann'])).code).toBe(0);
    writeFileSync(join(machine.root, 'token'), added.token);
    expect((await writ(['people', 'use', '--token-file', 'token'])).code).toBe(exitCodes.refused);
  }, 120_000);

  it('see the one table', async () => {
    const { out } = await writ(['people', 'roles']);
    expect(out).toMatch(/viewer\s+operator\s+approver\s+admin/);
    expect(out).toContain('suspend or revoke a mandate');
  });
});
