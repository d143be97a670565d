/** What each role may see and do at the runtime: the rows of the one table, asked of control, as things are now. */

import { createCaller, endpointOf } from '@writ/enforce';
import type { Caller } from '@writ/enforce';
import { controlApi, runtimeApi } from '@writ/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bench } from './testing.ts';
import { must, openBench, until } from './testing.ts';

let bench: Bench;
let session: string;
const callers = new Map<string, Caller>();

beforeAll(async () => {
  bench = await openBench();
  const opened = await bench.runtime.call(runtimeApi.createSession, {
    body: { title: 'x', project: 'p', agent: 'a', driver: 'attended', workspace: null, mandate: null, argv: [] },
  });
  session = must(opened).id;
  for (const [name, roles] of [
    ['viewer', { p: 'viewer' }],
    ['operator', { p: 'operator' }],
    ['approver', { p: 'approver' }],
    ['stranger', { other: 'admin' }],
  ] as const) {
    const { token } = must(await bench.house.owner.call(controlApi.addPerson, { body: { name, roles } }));
    const base = () => endpointOf(bench.house.dir, 'runtime');
    callers.set(name, createCaller({ base, token, timeoutMs: 10_000 }));
  }
});
afterAll(async () => {
  for (const caller of callers.values()) caller[Symbol.dispose]();
  await bench[Symbol.asyncDispose]();
});

const by = (name: string): Caller => callers.get(name)!; // everybody was added above
const answer = (asked: {
  readonly ok: boolean;
  readonly problem?: { readonly code: string; readonly detail: string };
}) => (asked.ok ? 'ok' : asked.problem?.code);

describe('at the runtime', () => {
  it('a viewer sees and pauses, an operator steers and goes on, and nobody does more than their role', async () => {
    const params = { id: session };
    const input = { text: 'hello', delivery: 'queue' as const, wake: 'person' as const };
    const tried = async (name: string) => ({
      get: answer(await by(name).call(runtimeApi.getSession, { params })),
      log: answer(await by(name).call(runtimeApi.sessionLog, { params })),
      back: answer(await by(name).call(runtimeApi.back, { params })),
      steer: answer(await by(name).call(runtimeApi.admit, { params, body: input })),
      pause: answer(await by(name).call(runtimeApi.pauseSession, { params, body: { reason: '' } })),
      unpause: answer(await by(name).call(runtimeApi.unpauseSession, { params, body: {} })),
      create: answer(
        await by(name).call(runtimeApi.createSession, {
          body: { title: 'y', project: 'p', agent: 'a', driver: 'attended', workspace: null, mandate: null, argv: [] },
        }),
      ),
      verify: answer(await by(name).call(runtimeApi.verify)),
      runs: answer(await by(name).call(runtimeApi.runs)),
    });
    const sees = { get: 'ok', log: 'ok', back: 'ok', pause: 'ok', verify: 'not_allowed', runs: 'not_allowed' };
    const no = 'not_allowed';
    expect(await tried('viewer')).toEqual({ ...sees, steer: no, unpause: no, create: no });
    expect(await tried('operator')).toEqual({ ...sees, steer: 'ok', unpause: 'ok', create: 'ok' });
    expect(await tried('approver')).toEqual({ ...sees, steer: 'ok', unpause: 'ok', create: 'ok' });
    const hidden = 'not_found';
    const words: (readonly string[])[] = [];
    expect(await tried('stranger')).toEqual({
      get: hidden,
      log: hidden,
      back: hidden,
      steer: hidden,
      pause: hidden,
      unpause: hidden,
      create: no,
      verify: no,
      runs: no,
    });
    for (const id of [session, 's-none']) {
      const at = { params: { id } };
      const said = [
        await by('stranger').call(runtimeApi.getSession, at),
        await by('stranger').call(runtimeApi.admit, { ...at, body: input }),
        await by('stranger').call(runtimeApi.pauseSession, { ...at, body: { reason: '' } }),
        await by('stranger').call(runtimeApi.closeSession, { ...at, body: { exit_code: 0, summary: '' } }),
      ].map((asked) => (asked.ok ? 'ok' : JSON.stringify(asked.problem).replaceAll(id, 'ID')));
      words.push(said);
    }
    expect(words[0]).toEqual(words[1]);
  });

  it('lists, the inbox and the log show nothing of a project one has no role in', async () => {
    const { mission } = await bench.run(
      '---\nproject: p\n---\n\n# B\n\nIt is.\n\n- [ ] T1 run: `true` done: `false` — x\n',
    );
    await until('it waits for somebody', async () => must(await bench.runtime.call(runtimeApi.inbox)).items.length > 0);
    const seen = async (name: string) => [
      must(await by(name).call(runtimeApi.listMissions)).items.some(({ id }) => id === mission),
      must(await by(name).call(runtimeApi.listSessions)).items.length > 0,
      must(await by(name).call(runtimeApi.inbox)).items.length > 0,
    ];
    expect(await seen('viewer')).toEqual([true, true, true]);
    expect(await seen('stranger')).toEqual([false, false, false]);
    const [waiting] = must(await bench.runtime.call(runtimeApi.inbox)).items;
    const say = async (name: string) =>
      answer(
        await by(name).call(runtimeApi.answer, {
          params: { id: waiting?.id ?? '' },
          body: { answer: waiting?.options[0]?.key ?? '' },
        }),
      );
    expect([await say('stranger'), await say('viewer'), await say('operator')]).toEqual([
      'not_found',
      'not_allowed',
      'ok',
    ]);
    expect(answer(await by('viewer').call(runtimeApi.unpauseMission, { params: { id: mission } }))).toBe('not_allowed');
    expect(
      answer(await by('viewer').call(runtimeApi.pauseMission, { params: { id: mission }, body: { reason: '' } })),
    ).toBe('ok');
  });

  it('a role that was taken away is gone within seconds, and without control nobody new is believed', async () => {
    const params = { id: session };
    const get = async (name: string) => answer(await by(name).call(runtimeApi.getSession, { params }));
    expect(await get('approver')).toBe('ok');
    must(await bench.house.owner.call(controlApi.grantRoles, { params: { name: 'approver' }, body: { roles: {} } }));
    await until('it is gone', async () => (await get('approver')) === 'not_found');
    await bench.house.stopControl();
    const token = 'writ_visitor_' + 'A'.repeat(43);
    using nobody = createCaller({ base: () => endpointOf(bench.house.dir, 'runtime'), token, timeoutMs: 10_000 });
    expect(answer(await nobody.call(runtimeApi.getSession, { params }))).toBe('control_unreachable');
  });
});
