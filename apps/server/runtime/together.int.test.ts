/** Two people and an agent in one session: each attributed, who may steer, who is there; and what is private is seen nowhere by anybody else. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCaller, endpointOf } from '@writ/enforce';
import type { Caller } from '@writ/enforce';
import { controlApi, runtimeApi } from '@writ/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { afterTurns, logOf, openSession, printed, send } from './session-testing.ts';
import type { Bench } from './testing.ts';
import { must, openBench, until } from './testing.ts';

let bench: Bench;
let bob: Caller;
let bobsToken: string;

beforeAll(async () => {
  bench = await openBench();
  must(await bench.house.owner.call(controlApi.createProject, { body: { id: 'p' } }));
  const body = { name: 'bob', roles: { p: 'operator' as const } };
  const { token } = must(await bench.house.owner.call(controlApi.addPerson, { body }));
  bobsToken = token;
  bob = createCaller({ base: () => endpointOf(bench.house.dir, 'runtime'), token, timeoutMs: 20_000 });
});
afterAll(async () => {
  bob[Symbol.dispose]();
  await bench[Symbol.asyncDispose]();
});

/** Reads a stream until `enough`, as bob. */
async function streamed(
  path: string,
  last: number,
  enough: (ids: readonly number[]) => boolean,
): Promise<readonly number[]> {
  const place = endpointOf(bench.house.dir, 'runtime');
  if (place === null || !('url' in place)) throw new Error('the runtime listens on no address');
  const headers = { authorization: `Bearer ${bobsToken}`, 'last-event-id': String(last) };
  const reply = await fetch(`${place.url}${path}`, { headers });
  if (reply.status !== 200 || reply.body === null) throw new Error(`status ${String(reply.status)}`);
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    if (enough(ids)) {
      await reader.cancel();
      return ids;
    }
    const { value, done } = await reader.read();
    if (done) throw new Error('the stream ended');
    text += value;
  }
}

describe('one session', () => {
  it('holds what two people and an agent do, each by name; who may not steer is heard and drives nothing', async () => {
    const { id } = await openSession(bench, { argv: ['sh', '-c', 'cat; echo'], steerers: ['owner'] });
    must(await send(bench, id, 'from the owner'));
    const heard = must(await bob.call(runtimeApi.admit, { params: { id }, body: { text: 'from bob' } }));
    expect(heard.drives).toBe(false);
    const log = await afterTurns(bench, id, 1);
    const said = log.filter(({ type }) => type === 'input.admitted');
    expect(said.map(({ actor, data }) => [actor, data?.['text'], data?.['drives']])).toEqual([
      ['owner', 'from the owner', true],
      ['bob', 'from bob', false],
    ]);
    expect(printed(log)).not.toContain('from bob');
    expect(await bench.session(id)).toMatchObject({ participants: ['owner', 'bob'], visibility: 'project' });
    must(await bob.call(runtimeApi.leaveSession, { params: { id }, body: {} }));
    expect((await bench.session(id)).participants).toEqual(['owner']);
    // What is kept of a turn may come after its end, and so after this.
    const left = (await logOf(bench, id)).filter(({ type }) => type === 'participant.left');
    expect(left).toMatchObject([{ actor: 'bob' }]);
  });

  it('is replayed from any position and then followed, without a gap, and says who reads', async () => {
    const { id } = await openSession(bench, { argv: ['cat'] });
    must(await send(bench, id, 'one'));
    await afterTurns(bench, id, 1);
    const before = (await logOf(bench, id)).map(({ position }) => position);
    const first = before[1] ?? 0;
    let present: readonly string[] = [];
    const reading = streamed(`/v1/sessions/${id}/events`, first, (ids) => ids.length > before.length);
    await until('bob is there', async () => {
      ({ present } = must(await bench.runtime.call(runtimeApi.presence, { params: { id } })));
      return present.length > 0;
    });
    expect(present).toEqual(['bob']);
    must(await send(bench, id, 'two'));
    const ids = await reading;
    const after = (await logOf(bench, id)).map(({ position }) => position).filter((position) => position > first);
    expect(ids).toEqual(after.slice(0, ids.length));
    await until('nobody is there', async () => {
      ({ present } = must(await bench.runtime.call(runtimeApi.presence, { params: { id } })));
      return present.length === 0;
    });
  });

  it('that is private is seen by its members alone: read, listed, searched, streamed', async () => {
    const { id } = await openSession(bench, { argv: ['cat'], private_to: [], title: 'hush-hush' });
    must(await send(bench, id, 'the quiet plan'));
    await afterTurns(bench, id, 1);
    const params = { id };
    const seenBy = async (caller: Caller) => ({
      get: (await caller.call(runtimeApi.getSession, { params })).ok,
      log: (await caller.call(runtimeApi.sessionLog, { params })).ok,
      back: (await caller.call(runtimeApi.back, { params })).ok,
      steer: (await caller.call(runtimeApi.admit, { params, body: { text: 'x' } })).ok,
      listed: must(await caller.call(runtimeApi.listSessions)).items.some((one) => one.id === id),
      found: must(await caller.call(runtimeApi.searchSessions, { query: { q: 'quiet' } })).items.length > 0,
    });
    const [none, all] = [false, true].map((yes) => ({
      get: yes,
      log: yes,
      back: yes,
      steer: yes,
      listed: yes,
      found: yes,
    }));
    expect(await seenBy(bob)).toEqual(none);
    await expect(streamed(`/v1/sessions/${id}/events`, 0, () => false)).rejects.toThrow('status 404');
    // Of the whole log, its events are not told either.
    const own = new Set((await logOf(bench, id)).map(({ position }) => position));
    const other = await openSession(bench, { argv: ['cat'] });
    const last = (await logOf(bench, other.id)).at(-1)?.position ?? 0;
    const told = await streamed('/v1/events', 0, (ids) => ids.includes(last));
    expect(told.filter((position) => own.has(position))).toEqual([]);
    expect(await seenBy(bench.runtime)).toEqual(all);

    const share = { to: 'private' as const, members: ['owner', 'bob'] };
    must(await bench.runtime.call(runtimeApi.shareSession, { params, body: share }));
    expect(await seenBy(bob)).toEqual(all);
  });

  it('and another in the same folder are told of each other, once', async () => {
    const [one, two] = [await openSession(bench, { argv: ['cat'] }), await openSession(bench, { argv: ['cat'] })];
    must(await send(bench, two.id, 'work'));
    await afterTurns(bench, two.id, 1);
    const overlaps = async (id: string, other: string) =>
      (await logOf(bench, id)).filter(
        ({ type, data }) => type === 'observation.recorded' && JSON.stringify(data).includes(other),
      );
    for (const [id, other] of [
      [one.id, two.id],
      [two.id, one.id],
    ] as const)
      expect((await overlaps(id, other)).map(({ data }) => data)).toEqual([
        { type: 'session.overlap', data: { session: other, same: 'folder', paths: [] } },
      ]);
  });

  it('and a fork of it that change the same path are an item for people, which says who and where, once', async () => {
    const { id } = await openSession(bench, {
      argv: ['sh', '-c', 'read said; echo "$said" >> README.md'],
      title: 'one',
    });
    must(await send(bench, id, 'mine'));
    await afterTurns(bench, id, 1);
    const fork = must(await bench.runtime.call(runtimeApi.forkSession, { params: { id }, body: { title: 'two' } }));
    const there = fork.workspace?.path ?? '';
    const notices = async () =>
      must(await bench.runtime.call(runtimeApi.inbox)).items.filter(({ ask }) => ask.includes(fork.id));
    // The fork began as the files were, so that there is nothing of its own yet.
    expect(await notices()).toEqual([]);
    writeFileSync(join(there, 'README.md'), 'theirs\n');
    const params = { id: fork.id };
    const kept = { why: 'after_turn' as const, turn: 't-1' };
    must(await bench.runtime.call(runtimeApi.takeCheckpoint, { params, body: kept }));
    const [notice] = await notices();
    for (const said of [id, 'one', bench.repository, fork.id, 'two', there, 'have both changed `README.md`'])
      expect(notice?.ask).toContain(said);
    await bench.restart();
    must(await bench.runtime.call(runtimeApi.takeCheckpoint, { params, body: kept }));
    expect(await notices()).toHaveLength(1);
  });
});
