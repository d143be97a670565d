/** Pushes of which nobody knows whether they landed: a real enforcer asks real remotes, and control keeps what they showed. */

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi } from '@writ/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { House } from './testing.ts';
import { must, openHouse, until } from './testing.ts';

let house: House;
let repository: string;
let remote: string;
let oid: string;
beforeEach(async () => {
  house = await openHouse();
  repository = join(house.work, 'repo');
  remote = join(house.work, 'remote.git');
  mkdirSync(repository);
  execFileSync('git', ['init', '-q', '--bare', remote]);
  git('init', '-q', '-b', 'main');
  git('commit', '-q', '--allow-empty', '-m', 'one');
  oid = git('rev-parse', 'main');
});
afterEach(() => house[Symbol.asyncDispose]());

const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    cwd: repository,
    encoding: 'utf8',
  }).trim();

/** A push that ended unknown, without anything having been sent yet. */
async function unknownPush(mandate: string, branch: string): Promise<string> {
  const ref = `refs/heads/feat/${branch}`;
  const token = await house.credential(mandate, `run-${branch}`);
  const body = {
    mandate,
    action: 'git.push',
    resource: `git://p/${ref}`,
    parameters: { ref, old: '0'.repeat(40), new: oid },
    sink: 'origin',
  };
  const { operation } = must(await house.owner.call(controlApi.begin, { token, idempotencyKey: branch, body }));
  const settled = { outcome: 'unknown' as const, evidence: 'killed in flight' };
  must(await house.owner.call(controlApi.settle, { params: { id: operation.id }, token, body: settled }));
  return operation.id;
}
const operation = async (id: string) => must(await house.owner.call(controlApi.getOperation, { params: { id } }));
const pushes = [{ resource: 'git://p/refs/heads/feat/', resource_match: 'prefix' as const, actions: ['git.push'] }];

test('what landed after all is found at the remote, and what it does not show stays unknown', async () => {
  await house.origin(`file://${remote}`);
  const m = await house.mandate(pushes);
  const [landed, never] = [await unknownPush(m, 'x'), await unknownPush(m, 'y')];
  expect((await operation(landed)).owed).toMatchObject({ owner: 'sink', who: 'origin' });
  git('push', '-q', remote, 'main:refs/heads/feat/x');
  await until('the remote was asked', async () => (await operation(landed)).state === 'done');
  expect(await operation(landed)).toMatchObject({ owed: null });
  expect((await operation(landed)).evidence).toMatch(
    new RegExp(`killed in flight; asked .*\`origin\` showed ${oid} at refs/heads/feat/x: it landed`),
  );
  const events = must(await house.owner.call(controlApi.audit, { query: { stream: `operation-${landed}` } })).items;
  expect(events.at(-1)).toMatchObject({ type: 'operation.reconciled', actor: 'point:enforcer' });
  // It was asked for in the same rounds.
  expect(await operation(never)).toMatchObject({ state: 'unknown', owed: { owner: 'sink' } });
  expect((await operation(never)).evidence).toBe('killed in flight');
});

test('a blind remote is not asked, and nothing is claimed of it', async () => {
  await house.origin(`file://${remote}`, 'blind');
  const m = await house.mandate(pushes);
  const blind = await unknownPush(m, 'x');
  git('push', '-q', remote, 'main:refs/heads/feat/x');
  await house.origin(`file://${remote}`);
  const asked = await unknownPush(m, 'z');
  git('push', '-q', remote, 'main:refs/heads/feat/z');
  await until('the other was asked', async () => (await operation(asked)).state === 'done');
  expect(await operation(blind)).toMatchObject({ state: 'unknown', owed: { owner: 'holder' } });
  const account = { outcome: 'done' as const, evidence: 'I see it there' };
  must(await house.owner.call(controlApi.account, { params: { id: blind }, body: account }));
  expect(await operation(blind)).toMatchObject({ state: 'done', owed: null });
});
