/**
 * Attack 50: a session is resumed from an old snapshot of the runtime, which remembers more authority than there is now. What it remembers is never asked: the
 * mandate is, each time.
 */
import { createCaller } from '@writ/enforce';
import type { CallResult } from '@writ/enforce';
import { controlApi, runtimeApi } from '@writ/protocol';
import { startControlServer, startEnforcerServer, startRuntimeServer } from '@writ/server';
import { cp, mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from './point.ts';

const must = <T>(answer: CallResult<T>): T => {
  if (answer.ok) return answer.value;
  throw new Error(`${answer.problem.code}: ${answer.problem.detail}`);
};

/** All three planes, a session that wrote one line, and a snapshot of the runtime as it was then. */
async function snapshotOfWork() {
  const base = await realpath(await mkdtemp(join(tmpdir(), 'writ-resume-')));
  const [dir, place, snapshot] = [join(base, 'state'), join(base, 'place'), join(base, 'snapshot')];
  await mkdir(dir, { mode: 0o700 });
  await mkdir(place);
  let control = await startControlServer({ dir });
  const enforcer = await startEnforcerServer({ dir });
  let runtime = await startRuntimeServer({ dir, retryDelayMs: 50 });
  const token = (await readFile(join(dir, 'control', 'owner.token'), 'utf8')).trim();
  const governs = createCaller({ base: () => ({ url: control.url }), token, timeoutMs: 5_000 });
  const works = createCaller({ base: () => ({ url: runtime.url }), token, timeoutMs: 5_000 });
  must(await governs.call(controlApi.createProject, { body: { id: 'p' } }));
  const { id, revision, text_digest } = must(
    await governs.call(controlApi.propose, {
      body: {
        project: 'p',
        purpose: 'attacked',
        actor: 'worker',
        expires_at: new Date(Date.now() + 3_600_000).toISOString(),
        authorization_details: [
          { type: 'mission_resource_access', resource: 'shell://p/', resource_match: 'prefix', actions: ['shell.run'] },
        ],
      },
    }),
  );
  must(await governs.call(controlApi.approve, { params: { id }, body: { revision, text_digest } }));
  const { credential } = must(
    await governs.call(controlApi.issueCredential, { params: { id }, body: { run: 'session' } }),
  );
  const session = must(
    await works.call(runtimeApi.createSession, {
      body: {
        title: 'attacked',
        project: 'p',
        agent: 'worker',
        driver: 'command',
        workspace: place,
        mandate: id,
        credential,
        argv: ['sh', '-c', 'echo line >> out'],
        sandbox: { kind: 'none' },
      },
    }),
  );
  const params = { id: session.id };
  const lines = async (): Promise<number> =>
    (await readFile(join(place, 'out'), 'utf8').catch(() => '')).split('\n').length - 1;
  /** Asks it to go on: `admitted`, or why not. */
  const admit = async (): Promise<string> => {
    const answer = await works.call(runtimeApi.admit, { params, body: { text: 'go on' } });
    return answer.ok ? 'admitted' : answer.problem.code;
  };
  const state = async (): Promise<string> => must(await works.call(runtimeApi.getSession, { params })).state;
  await admit();
  await until('the first line', async () => (await lines()) === 1 && (await state()) === 'idle');
  await runtime.close();
  await cp(join(dir, 'runtime'), snapshot, { recursive: true });
  return {
    mandate: id,
    governs,
    lines,
    admit,
    state,
    detail: async (): Promise<string> => must(await works.call(runtimeApi.getSession, { params })).state_detail,
    stopControl: () => control.close(),
    async startControl(): Promise<void> {
      control = await startControlServer({ dir });
    },
    /** The runtime as it was when the snapshot was made, credentials and all. */
    async restore(): Promise<void> {
      await rm(join(dir, 'runtime'), { recursive: true });
      await cp(snapshot, join(dir, 'runtime'), { recursive: true });
      runtime = await startRuntimeServer({ dir, retryDelayMs: 50 });
    },
    async [Symbol.asyncDispose]() {
      await runtime.close();
      await enforcer.close();
      await control.close();
      for (const caller of [governs, works]) caller[Symbol.dispose]();
      await rm(base, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

test('attack 50: the snapshot works while the mandate still covers it', async () => {
  await using work = await snapshotOfWork();
  await work.restore();
  await work.admit();
  await until('a second line', async () => (await work.lines()) === 2);
});

test.each([
  ['was revoked', 'inert', /revoked/],
  ['was narrowed to less than the snapshot remembers', 'paused', /not in what was approved/],
  ['is suspended', 'paused', /suspended/],
] as const)('attack 50: nothing of it runs once the mandate %s', async (what, expected, why) => {
  await using work = await snapshotOfWork();
  const params = { id: work.mandate };
  if (expected === 'inert') must(await work.governs.call(controlApi.revoke, { params, body: {} }));
  else if (what === 'is suspended') must(await work.governs.call(controlApi.suspend, { params, body: {} }));
  else
    must(
      await work.governs.call(controlApi.narrow, {
        params,
        body: {
          authorization_details: [
            { type: 'mission_resource_access', resource: 'shell://p/git', actions: ['shell.run'] },
          ],
        },
      }),
    );
  await work.restore();
  await work.admit();
  await until(`it is ${expected}`, async () => (await work.state()) === expected);
  expect(await work.detail()).toMatch(why);
  expect(await work.lines()).toBe(1);
});

test('attack 50: nothing of it runs while control cannot be asked, whatever it remembers', async () => {
  await using work = await snapshotOfWork();
  await work.stopControl();
  await work.restore();
  expect(await work.admit()).toBe('control_unreachable');
  await work.startControl();
  expect(await work.lines()).toBe(1);
  await until('it goes on once control is asked', async () => (await work.admit()) === 'admitted');
  await until('a second line', async () => (await work.lines()) === 2);
});
