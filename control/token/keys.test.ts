/** Keys have ids, rotate and are for one use each. Attack 53: an old key after its time, two that sign, and a way back to an older ring. */
import { chmod, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { privateFolder, readPrivate, writePrivate } from '@writ/journal';
import { codeOf, got, person, sink, testControl } from '../testing/test-control.ts';
import { announcedMs, due, retire, rotate } from './decide.ts';
import type { KeyEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { KeyRing } from './key-ring.ts';
import { emptyRing, keysOf, signingKey, signingKeyAt } from './key-ring.ts';

const uses = ['permit', 'artifact', 'evidence'] as const;
const kidIn = (token: string): unknown =>
  (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: unknown }).kid;

describe('the ring', () => {
  const command = fc.oneof(
    fc.record({ do: fc.constant('rotate' as const), use: fc.constantFrom(...uses), atOnce: fc.boolean() }),
    fc.record({ do: fc.constant('retire' as const), which: fc.nat() }),
    fc.record({
      do: fc.constant('wait' as const),
      ms: fc.integer({ min: 1, max: 3 * announcedMs }),
      open: fc.boolean(),
    }),
  );

  it('has one key that signs for each use once there was one, never brings one back, and only grows its epoch', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        let ring: KeyRing = emptyRing;
        let at = 1_000_000;
        let made = 0;
        const gone = new Set<string>();
        const take = (events: readonly KeyEvent[]): void => {
          for (const event of events) {
            const before = ring.epoch;
            ring = evolve(ring, event);
            expect(ring.epoch).toBe(before + 1);
          }
        };
        const fresh = () => ({ kid: `k${String(made++)}`, x: 'x' });
        for (const use of uses) {
          const first = rotate(ring, { use, fresh: fresh(), atOnce: false }, { by: 'control', at });
          take(first.ok ? first.events : []);
        }
        for (const one of commands) {
          at += 1;
          if (one.do === 'rotate') {
            const decided = rotate(ring, { use: one.use, fresh: fresh(), atOnce: one.atOnce }, { by: 'owner', at });
            take(decided.ok ? decided.events : []);
          } else if (one.do === 'retire') {
            const kid = [...ring.keys.keys()][one.which % ring.keys.size] ?? '';
            const decided = retire(ring, kid, { by: 'owner', at, reason: '' });
            take(decided.ok ? decided.events : []);
          } else {
            at += one.ms;
            take(due(ring, { now: at, oldestOpen: one.open ? at : null, artifactLifeMs: 1_000 }));
          }
          for (const use of uses)
            expect(keysOf(ring, use).filter(({ state }) => state.name === 'signing')).toHaveLength(1);
          for (const { kid, state } of ring.keys.values()) {
            if (gone.has(kid)) expect(state.name).toBe('retired');
            if (state.name === 'retired') gone.add(kid);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a statement of a time is signed with the key of that time', () => {
    const events: readonly KeyEvent[] = [
      { type: 'key.published', data: { at: 10, kid: 'a', use: 'permit', x: '', by: 'control' } },
      { type: 'key.activated', data: { at: 10, kid: 'a' } },
      { type: 'key.published', data: { at: 20, kid: 'b', use: 'permit', x: '', by: 'control' } },
      { type: 'key.activated', data: { at: 30, kid: 'b' } },
    ];
    const ring = events.reduce(evolve, emptyRing);
    expect([10, 29, 30, 31, 5].map((at) => signingKeyAt(ring, 'permit', at)?.kid)).toEqual(['a', 'a', 'b', 'b', 'b']);
  });

  it('stops loudly at an event that cannot follow', () => {
    const published: KeyEvent = { type: 'key.published', data: { at: 1, kid: 'a', use: 'permit', x: '', by: 'c' } };
    expect(() => evolve(emptyRing, { type: 'key.activated', data: { at: 1, kid: 'a' } })).toThrow('corrupt log');
    expect(() => evolve(evolve(emptyRing, published), published)).toThrow('corrupt log');
  });
});

describe('rotation', () => {
  it('publishes the new key before it signs, and lets the old one verify until its last permit is over', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const { permit: old } = await kit.begun(m0, 'before');
    const oldKey = kidIn(old);
    const next = got(await kit.control.rotateKey('permit', false, { by: person }));
    const published = () => kit.control.keySet().keys.filter((key) => key['writ_use'] === 'permit');
    expect(published().map(({ kid }) => kid)).toEqual([oldKey, next.kid]);

    kit.clock.now += announcedMs - 1;
    await kit.control.tick();
    const { operation, permit: meanwhile } = await kit.begun(m0, 'meanwhile');
    expect(kidIn(meanwhile)).toBe(oldKey);
    kit.clock.now += 1;
    await kit.control.tick();
    const { permit: young, operation: younger } = await kit.begun(m0, 'after');
    expect(kidIn(young)).toBe(next.kid);
    expect(published().map(({ kid, writ_signed_until: until }) => [kid, until])).toEqual([
      [oldKey, Math.floor(kit.clock.now / 1_000)],
      [next.kid, undefined],
    ]);
    // The same operation gives the same permit, also after another key took over.
    expect((await kit.begun(m0, 'before')).permit).toBe(old);
    expect(await kit.redeem(meanwhile)).toMatchObject({ current: true });

    const by = await kit.actorOf(m0);
    const { openOperations } = kit.control.state;
    expect(openOperations).toContain(operation.begun.id);
    for (const id of [...openOperations].filter((one) => one !== younger.begun.id))
      got(await kit.control.settle(id, 'done', '', by));
    await kit.control.tick();
    expect(published().map(({ kid }) => kid)).toEqual([next.kid]);
    expect(await readdir(join(kit.dir, 'keys'))).not.toContain(`${String(oldKey)}.jwk`);
    expect(await kit.redeem(young)).toMatchObject({ current: true });
  });

  it('is repeated without making a third key, and survives a restart', async () => {
    await using kit = await testControl();
    const first = got(await kit.control.rotateKey('artifact', false, { by: person }));
    expect(got(await kit.control.rotateKey('artifact', false, { by: person })).kid).toBe(first.kid);
    await kit.restart();
    kit.clock.now += announcedMs;
    await kit.control.tick();
    expect(signingKey(kit.control.state.keys, 'artifact')?.kid).toBe(first.kid);
  });

  it('asked again with one idempotency key is one rotation, also at once and by many; with another body it is refused', async () => {
    await using kit = await testControl();
    const before = kit.control.state.keys.epoch;
    const asked = { by: person, key: 'k', body: { use: 'permit', now: true } };
    const many = await Promise.all(Array.from({ length: 5 }, () => kit.control.rotateKey('permit', true, asked)));
    const [first] = many.map((one) => got(one).kid);
    expect(new Set(many.map((one) => got(one).kid))).toEqual(new Set([first]));
    // Published, and it signs: nothing more happened to the ring.
    expect(kit.control.state.keys.epoch).toBe(before + 2);
    await kit.restart();
    // A later rotation does not change what the lost reply said.
    got(await kit.control.rotateKey('permit', true, { by: person, key: 'later', body: {} }));
    expect(got(await kit.control.rotateKey('permit', true, asked)).kid).toBe(first);
    expect(kit.control.state.keys.epoch).toBe(before + 4);
    expect(codeOf(await kit.control.rotateKey('permit', true, { ...asked, body: {} }))).toBe('idempotency_conflict');
    const kept = (await readdir(join(kit.dir, 'keys'))).filter((name) => name.endsWith('.jwk'));
    expect(kept).toHaveLength(
      [...kit.control.state.keys.keys.values()].filter(({ state }) => state.name !== 'retired').length,
    );
  });

  it('at once is for a key that may be known: then the old one can be retired, and what it signed is refused', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const { permit } = await kit.begun(m0);
    const oldKey = String(kidIn(permit));
    expect(codeOf(await kit.control.retireKey(oldKey, 'lost', person))).toBe('out_of_bounds');
    const next = got(await kit.control.rotateKey('permit', true, { by: person }));
    got(await kit.control.retireKey(oldKey, 'lost', person));
    expect(await kit.redeem(permit)).toEqual({
      current: false,
      reason: 'the permit was not signed here',
      operation: null,
      mandate: null,
    });
    // Its holder asks again with the same key, and is given the same permission under the new one.
    const again = await kit.begun(m0);
    expect(kidIn(again.permit)).toBe(next.kid);
    expect(await kit.redeem(again.permit)).toMatchObject({ current: true });
  });

  it('is for people', async () => {
    await using kit = await testControl();
    const by = await kit.actorOf(await kit.approved());
    for (const caller of [by, sink]) {
      expect(codeOf(await kit.control.rotateKey('permit', true, { by: caller }))).toBe('not_an_approver');
      expect(codeOf(await kit.control.retireKey('k', '', caller))).toBe('not_an_approver');
    }
    expect(codeOf(await kit.control.retireKey('k-nobody', '', person))).toBe('not_found');
  });
});

describe('a private half', () => {
  const lost = async (spoil: (path: string) => Promise<void>) => {
    await using kit = await testControl();
    const before = signingKey(kit.control.state.keys, 'permit');
    await spoil(join(kit.dir, 'keys', `${before?.kid ?? ''}.jwk`));
    await kit.restart();
    const { keys } = kit.control.state;
    expect(keys.keys.get(before?.kid ?? '')?.state).toMatchObject({ name: 'retired', by: 'control' });
    expect(await kit.redeem((await kit.begun(await kit.approved())).permit)).toMatchObject({ current: true });
    expect(signingKey(keys, 'artifact')?.state).toMatchObject({ name: 'signing' });
  };

  it('that is gone gives way to a new key, and the loss is on record', () => lost((path) => rm(path)));
  it('that is not a key does as well', () => lost((path) => writeFile(path, '{"d":"x"}')));
  it('that belongs to another key does as well', async () => {
    await using other = await testControl('other');
    const kid = signingKey(other.control.state.keys, 'permit')?.kid ?? '';
    const text = await readFile(join(other.dir, 'keys', `${kid}.jwk`), 'utf8');
    await lost((path) => writeFile(path, text));
  });
});

describe('attack 41: files that another user or process could read or put in the way', () => {
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

  it('every key and token is for its owner alone, also after somebody opened it up', async () => {
    await using kit = await testControl();
    const files = [
      ...(await readdir(join(kit.dir, 'keys'))).map((name) => join(kit.dir, 'keys', name)),
      ...(await readdir(join(kit.dir, 'points'))).map((name) => join(kit.dir, 'points', name)),
      join(kit.dir, 'owner.token'),
      join(kit.dir, 'visitor.token'),
    ];
    expect(files.length).toBeGreaterThan(8);
    expect(await Promise.all(files.map(modeOf))).toEqual(files.map(() => 0o600));
    for (const path of files) await chmod(path, 0o644);
    await chmod(join(kit.dir, 'keys'), 0o755);
    await kit.restart();
    expect(await Promise.all(files.map(modeOf))).toEqual(files.map(() => 0o600));
    expect(await modeOf(join(kit.dir, 'keys'))).toBe(0o700);
  });

  it('no link is followed, to read or to write, and no folder that is one is used', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'writ-links-'));
    try {
      const [target, link] = [join(dir, 'target'), join(dir, 'link')];
      await writeFile(target, 'theirs', { mode: 0o644 });
      await symlink(target, link);
      await expect(readPrivate(link)).rejects.toThrow('it is a symbolic link');
      expect(await modeOf(target)).toBe(0o644);
      await writePrivate(link, 'ours');
      expect([await readFile(target, 'utf8'), await readPrivate(link)]).toEqual(['theirs', 'ours']);
      await symlink(dir, join(dir, 'folder'));
      await expect(privateFolder(join(dir, 'folder'))).rejects.toThrow('it is a symbolic link');
      await expect(readPrivate(dir)).rejects.toThrow('it is not a regular file');
    } finally {
      await rm(dir, { recursive: true, maxRetries: 5 });
    }
  });
});
