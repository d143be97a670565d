/** Real pushes to a real `git daemon` whose hook asks over HTTP: what lands, what is refused, and what the log says of both. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPair } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CheckingRemote, CheckingRemotePlan } from './checking-remote.ts';
import { startCheckingRemote } from './checking-remote.ts';
import type { PermitDesk } from './permit-desk.ts';
import { startPermitDesk } from './permit-desk.ts';
import type { Worktree } from './worktree.ts';
import { makeWorktree, nothing } from './worktree.ts';

let place: string;
let desk: PermitDesk;
let work: Worktree;
let head: string;
let open: AsyncDisposableStack;

beforeEach(async () => {
  open = new AsyncDisposableStack();
  place = await mkdtemp(join(tmpdir(), 'writ-remote-'));
  open.defer(() => rm(place, { recursive: true, force: true, maxRetries: 5 }));
  desk = open.use(await startPermitDesk());
  await writeFile(join(place, 'sink.token'), `${desk.token}\n`, { mode: 0o600 });
  work = await makeWorktree(join(place, 'work'));
  head = await work.git('rev-parse', 'HEAD');
});
afterEach(() => open.disposeAsync());

const remote = async (plan: Partial<CheckingRemotePlan> = {}): Promise<CheckingRemote> =>
  open.use(
    await startCheckingRemote({
      dir: join(place, 'remote'),
      control: desk.url,
      tokenFile: join(place, 'sink.token'),
      project: 'night',
      ...plan,
    }),
  );

const permitFor = (ref: string, old: string, next: string, action = 'git.push'): Promise<string> =>
  desk.issue({ action, resource: `git://night/${ref}`, parameters: { ref, old, new: next } });

const refsOf = async (url: string): Promise<readonly string[]> =>
  (await work.git('ls-remote', url)).split('\n').filter((line) => line !== '');

describe('a push', () => {
  test('lands with a current permit, and the log says under which operation and mandate', async () => {
    const { url, updates, attempts, landed } = await remote();
    const permit = await permitFor('refs/heads/feat/x', nothing, head);
    const pushed = await work.push(url, ['HEAD:refs/heads/feat/x'], [permit]);
    expect(pushed).toMatchObject({ ok: true, said: expect.stringContaining('permitted under mandate m-1') });
    expect(await refsOf(url)).toEqual([`${head}\trefs/heads/feat/x`]);
    expect(await attempts()).toMatchObject([{ ref: 'refs/heads/feat/x', attempted: true }]);
    expect(await updates()).toMatchObject([
      {
        ref: 'refs/heads/feat/x',
        old: nothing,
        new: head,
        permit: 'current',
        accepted: true,
        operation: expect.stringMatching(/^op-/),
        mandate: 'm-1',
      },
    ]);
    expect(await landed()).toMatchObject([{ ref: 'refs/heads/feat/x', new: head }]);
    expect(desk.asked).toEqual([
      {
        action: 'git.push',
        resource: 'git://night/refs/heads/feat/x',
        parameters: { ref: 'refs/heads/feat/x', old: nothing, new: head },
      },
    ]);
  });

  test('without a permit is refused, explained, and control is not asked', async () => {
    const { url, updates } = await remote();
    const pushed = await work.push(url, ['HEAD:refs/heads/feat/x']);
    expect(pushed).toMatchObject({ ok: false, said: expect.stringContaining('the push brings no permit') });
    expect(await refsOf(url)).toEqual([]);
    expect(await updates()).toMatchObject([{ permit: 'none', accepted: false }]);
    expect(desk.asked).toEqual([]);
  });

  test('with a permit that was used is refused', async () => {
    const { url, updates } = await remote();
    const permit = await permitFor('refs/heads/feat/x', nothing, head);
    expect((await work.push(url, ['HEAD:refs/heads/feat/x'], [permit])).ok).toBe(true);
    const next = await work.commit('more');
    const replayed = await work.push(url, ['HEAD:refs/heads/feat/x'], [permit]);
    expect(replayed).toMatchObject({ ok: false, said: expect.stringContaining('the permit is used') });
    expect(await refsOf(url)).toEqual([`${head}\trefs/heads/feat/x`]);
    expect((await updates()).at(-1)).toMatchObject({ new: next, permit: 'the permit is used', accepted: false });
  });

  test('with a permit that was revoked while the push was on its way is refused', async () => {
    const { url, isReached, release, landed } = await remote({ isHeld: true });
    const permit = await permitFor('refs/heads/feat/x', nothing, head);
    const pushing = work.push(url, ['HEAD:refs/heads/feat/x'], [permit]);
    await expect.poll(isReached, { timeout: 10_000 }).toBe(true);
    desk.revoke();
    release();
    expect(await pushing).toMatchObject({ ok: false, said: expect.stringContaining('the permit is revoked') });
    expect(await landed()).toEqual([]);
  });

  test('with a permit for other commits is refused: the parameters are bound', async () => {
    const { url } = await remote();
    const permit = await permitFor('refs/heads/feat/x', nothing, head);
    await work.commit('smuggled');
    const pushed = await work.push(url, ['HEAD:refs/heads/feat/x'], [permit]);
    expect(pushed).toMatchObject({
      ok: false,
      said: expect.stringContaining('the parameters are not those of the permit'),
    });
    expect(await refsOf(url)).toEqual([]);
  });

  test.each([
    ['for another ref', 'refs/heads/feat/other', 'none of the permits is for'],
    ['for a ref that only begins the same', 'refs/heads/feat', 'none of the permits is for'],
  ])('with a permit %s is refused', async (_, ref, said) => {
    const { url, updates } = await remote();
    const pushed = await work.push(url, ['HEAD:refs/heads/feat/x'], [await permitFor(ref, nothing, head)]);
    expect(pushed).toMatchObject({ ok: false, said: expect.stringContaining(said) });
    expect(await updates()).toMatchObject([{ permit: 'other_resource', accepted: false }]);
    expect(desk.asked).toEqual([]);
  });

  test('with a permit signed by somebody else, of another type or expired is refused before control is asked', async () => {
    const { url } = await remote();
    const wanted = {
      action: 'git.push',
      resource: 'git://night/refs/heads/feat/x',
      parameters: { ref: 'refs/heads/feat/x', old: nothing, new: head },
    };
    const { privateKey } = await generateKeyPair('EdDSA');
    for (const [wrong, said] of [
      [{ key: privateKey }, 'its signature is not control’s'],
      [{ typ: 'JWT' }, 'it is not a permit of control'],
      [{ expiresInS: -7_200 }, 'the permit has expired'],
    ] as const) {
      const pushed = await work.push(url, ['HEAD:refs/heads/feat/x'], [await desk.issue(wanted, wrong)]);
      expect(pushed).toMatchObject({ ok: false, said: expect.stringContaining(said) });
    }
    expect(desk.asked).toEqual([]);
    expect(await refsOf(url)).toEqual([]);
  });

  test('of two refs needs two permits; with one, neither lands and the permit is not spent', async () => {
    const { url, updates } = await remote();
    const a = await permitFor('refs/heads/feat/a', nothing, head);
    const b = await permitFor('refs/heads/feat/b', nothing, head);
    const specs = ['HEAD:refs/heads/feat/a', 'HEAD:refs/heads/feat/b'];
    expect((await work.push(url, specs, [a])).ok).toBe(false);
    expect(await refsOf(url)).toEqual([]);
    expect(desk.asked).toEqual([]);
    expect((await updates()).map(({ ref, permit, accepted }) => [ref, permit, accepted])).toEqual([
      ['refs/heads/feat/a', 'not_asked', false],
      ['refs/heads/feat/b', 'other_resource', false],
    ]);
    expect((await work.push(url, specs, [b, a])).ok).toBe(true);
    expect(await refsOf(url)).toHaveLength(2);
  });

  test('that is not a fast-forward needs a permit to force', async () => {
    const seeded = await makeWorktree(join(place, 'seed'));
    const old = await seeded.commit('theirs');
    const { url, repository } = await remote({ seedFrom: seeded.path });
    await work.git('fetch', '-q', repository, 'main');
    const push = (permit: string): Promise<{ ok: boolean; said: string }> =>
      work.push(url, ['+HEAD:refs/heads/main'], [permit]);
    expect(await push(await permitFor('refs/heads/main', old, head))).toMatchObject({
      ok: false,
      said: expect.stringContaining('the permit is for `git.push`, and this is `git.force_push`'),
    });
    expect((await push(await permitFor('refs/heads/main', old, head, 'git.force_push'))).ok).toBe(true);
    expect(await refsOf(url)).toEqual([`${head}\tHEAD`, `${head}\trefs/heads/main`]);
  });

  test.each([
    ['a tag', 'refs/tags/v1', 'git.tag'],
    ['a branch, forced without need', 'refs/heads/feat/x', 'git.force_push'],
  ])('of %s lands with a permit for that', async (_, ref, action) => {
    const { url } = await remote();
    expect((await work.push(url, [`HEAD:${ref}`], [await permitFor(ref, nothing, head, action)])).ok).toBe(true);
    expect(desk.asked).toMatchObject([{ action }]);
  });

  test('of a tag does not land with a permit for a branch’s action', async () => {
    const { url } = await remote();
    expect((await work.push(url, ['HEAD:refs/tags/v1'], [await permitFor('refs/tags/v1', nothing, head)])).ok).toBe(
      false,
    );
    expect(await refsOf(url)).toEqual([]);
  });

  test('that deletes a ref is refused whatever it brings', async () => {
    const { url, updates } = await remote({ seedFrom: work.path });
    const permit = await permitFor('refs/heads/main', head, nothing, 'git.delete');
    const pushed = await work.push(url, [':refs/heads/main'], [permit]);
    expect(pushed.ok).toBe(false);
    expect(await updates()).toMatchObject([{ permit: 'delete', accepted: false }]);
    expect(await refsOf(url)).toContain(`${head}\trefs/heads/main`);
  });

  test('to an unguarded ref lands without a permit, beside it none does', async () => {
    const { url, updates } = await remote({ allowUnguarded: 'refs/heads/start' });
    expect((await work.push(url, ['HEAD:refs/heads/start'])).ok).toBe(true);
    expect((await work.push(url, ['HEAD:refs/heads/starting'])).ok).toBe(false);
    expect((await updates()).map(({ permit, accepted }) => [permit, accepted])).toEqual([
      ['none', true],
      ['none', false],
    ]);
  });
});

describe('when control cannot be asked', () => {
  test('because it is gone, nothing lands', async () => {
    const { url, updates } = await remote();
    const permit = await permitFor('refs/heads/feat/x', nothing, head);
    await desk[Symbol.asyncDispose]();
    expect((await work.push(url, ['HEAD:refs/heads/feat/x'], [permit])).ok).toBe(false);
    expect(await updates()).toMatchObject([{ permit: 'control_unreachable', accepted: false }]);
    expect(await refsOf(url)).toEqual([]);
  });

  test('because the hook has no credential, nothing lands and the pusher does not learn where it is kept', async () => {
    const { url } = await remote({ tokenFile: join(place, 'absent.token') });
    const permit = await permitFor('refs/heads/feat/x', nothing, head);
    const pushed = await work.push(url, ['HEAD:refs/heads/feat/x'], [permit]);
    expect(pushed).toMatchObject({ ok: false, said: expect.stringContaining('the hook cannot read its credential') });
    expect(pushed.said).not.toContain('absent.token');
  });
});
