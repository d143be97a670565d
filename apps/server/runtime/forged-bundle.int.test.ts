/** A bundle that somebody made and signed themselves: whatever it says, it opens nothing that its bearer may not see, and stands nowhere but where they may write. */

import { generateKeyPairSync, sign } from 'node:crypto';
import { createCaller, endpointOf } from '@writ/enforce';
import type { Caller } from '@writ/enforce';
import { controlApi, runtimeApi } from '@writ/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bench } from './testing.ts';
import { must, openBench } from './testing.ts';

let bench: Bench;
let bob: Caller;
beforeAll(async () => {
  bench = await openBench();
  for (const id of ['p', 'q']) must(await bench.house.owner.call(controlApi.createProject, { body: { id } }));
  const body = { name: 'bob', roles: { p: 'operator' as const } };
  const { token } = must(await bench.house.owner.call(controlApi.addPerson, { body }));
  bob = createCaller({ base: () => endpointOf(bench.house.dir, 'runtime'), token, timeoutMs: 20_000 });
});
afterAll(async () => {
  bob[Symbol.dispose]();
  await bench[Symbol.asyncDispose]();
});

type Event = { readonly type: string; readonly data: unknown } & Readonly<Record<string, unknown>>;

const opened = (data: object = {}): Event => ({
  type: 'session.opened',
  data: {
    ...{ title: 'forged', project: 'p', agent: 'a', driver: 'command', argv: ['true'], mandate: 'm-x' },
    ...{ mission: null, task: null, parent: null, workspace: null, repository: null, pin: null },
    sandbox: { kind: 'none', writable: [], hidden: [], network: 'open' },
    ...data,
  },
});

let made = 0;
const newId = (): string => `s-forged${'abcdefghjk'[(made += 1)] ?? ''}`;

/** The form that `writ session export` writes, by a key of one's own. */
function forge(events: readonly Event[], more: object = {}): { readonly bundle: string; readonly key: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = publicKey.export({ format: 'jwk' }).x ?? '';
  const at = new Date().toISOString();
  const text = JSON.stringify({
    ...{ session: newId(), project: 'p', exportedAt: at, by: 'somebody', files: null },
    events: events.map((event, index) => ({
      ...{ version: index + 1, at, actor: 'somebody', hash: `h${String(index)}` },
      ...event,
    })),
    ...more,
  });
  const signature = sign(null, Buffer.from(`writ.session.1 ${text}`), privateKey).toString('base64url');
  return { bundle: JSON.stringify({ format: 'writ.session.1', key, signature, text }), key };
}

const take = (caller: Caller, given: { readonly bundle: string; readonly key: string }, repository?: string) =>
  caller.call(runtimeApi.takeIn, { body: { project: 'p', ...given, repository: repository ?? null } });

const plain = { agent: 'a', driver: 'command' as const, argv: ['true'], workspace: null, mandate: null };

describe('a forged bundle', () => {
  it.each([
    ['of another project', 'q', undefined],
    ['that is private', 'p', []],
  ] as const)('shows nothing of a session %s by being called a fork of it', async (_, project, private_to) => {
    const secret = must(
      await bench.runtime.call(runtimeApi.createSession, {
        body: { ...plain, title: 'the plan', project, private_to: private_to && [...private_to] },
      }),
    );
    must(
      await bench.runtime.call(runtimeApi.leaveNote, { params: { id: secret.id }, body: { text: 'the quiet word' } }),
    );
    const taken = await take(
      bob,
      forge([opened(), { type: 'session.forked', data: { from: secret.id, at: 100, base: null } }]),
    );
    if (taken.ok) {
      const params = { id: taken.value.id };
      const seen = [
        await bob.call(runtimeApi.sessionHistory, { params }),
        await bob.call(runtimeApi.back, { params }),
        await bob.call(runtimeApi.searchSessions, { query: { q: 'quiet' } }),
      ];
      expect(JSON.stringify(seen)).not.toContain('quiet word');
    }
    expect(JSON.stringify(await bob.call(runtimeApi.listSessions))).not.toContain('the plan');
  });

  it('stands in no other project than its bearer named', async () => {
    await take(bob, forge([opened({ project: 'q', title: 'planted' })]));
    const all = must(await bench.runtime.call(runtimeApi.listSessions)).items;
    expect(all.filter(({ title }) => title === 'planted').map(({ project }) => project)).not.toContain('q');
  });

  it('takes nobody from here into it: its bearer sees it, and who is named in it does not by that', async () => {
    const private_ = { type: 'visibility.changed', data: { visibility: { to: 'private', members: ['carol'] } } };
    const joined = { type: 'participant.joined', data: { who: 'owner' } };
    const taken = must(await take(bob, forge([opened(), private_, joined])));
    expect(taken).toMatchObject({ visibility: 'private', members: ['bob'], participants: [] });
    expect((await bob.call(runtimeApi.getSession, { params: { id: taken.id } })).ok).toBe(true);
    expect((await bench.runtime.call(runtimeApi.getSession, { params: { id: taken.id } })).ok).toBe(false);
  });

  it('that is private tells nobody else anything by being adopted', async () => {
    const home = must(
      await bench.runtime.call(runtimeApi.createSession, { body: { ...plain, title: 'home', project: 'p' } }),
    );
    const fork = must(
      await take(
        bob,
        forge([
          opened(),
          { type: 'session.forked', data: { from: home.id, at: 1, base: null } },
          { type: 'visibility.changed', data: { visibility: { to: 'private', members: ['bob'] } } },
          { type: 'note.left', data: { text: 'for bob alone' } },
        ]),
      ),
    );
    const adopt = (caller: Caller) =>
      caller.call(runtimeApi.adoptFork, { params: { id: home.id }, body: { fork: fork.id } });
    expect(JSON.stringify(await adopt(bob))).toContain('for bob alone');
    expect(await adopt(bench.runtime)).toMatchObject({ ok: false, problem: { status: 404 } });
  });

  it('from a terminal has nobody at its terminal here: it can be archived', async () => {
    const taken = must(await take(bob, forge([opened({ driver: 'attended' })])));
    const params = { id: taken.id };
    expect(must(await bob.call(runtimeApi.archiveSession, { params, body: {} })).archived).toBe(true);
  });

  it.each([
    ['no events', { events: undefined }],
    ['events that are none', { events: [null, 7] }],
    ['an event without data', { events: [{ version: 1, type: 'session.opened', at: 'now', actor: 'x', hash: 'h' }] }],
    ['a name that leads elsewhere', { session: '../../elsewhere' }],
    ['no name', { session: 7 }],
    ['files that are none', { files: { branch: 1, head: null, commit: '--all', pack: 'x' } }],
    ['a pack that is none', { files: { branch: null, head: null, commit: 'a'.repeat(40), pack: 'x' } }],
  ])('with %s is refused as what it is', async (_, more) => {
    const answer = await take(bob, forge([opened()], more), bench.repository);
    expect(answer).toMatchObject({ ok: false, problem: { status: 422 } });
  });

  it('with data that no reader expects leaves every reader at work', async () => {
    const odd = [
      'agent.said',
      'note.left',
      'input.admitted',
      'tool.judged',
      'fact.seen',
      'run.ended',
      'turn.ended',
    ].flatMap((type) =>
      [7, 'x', [], {}, { text: { a: 1 }, kind: 7, input: [], turn: {} }].map((data) => ({ type, data })),
    );
    for (const event of odd) {
      const taken = await take(
        bob,
        forge([opened(), event], { session: `s-odd${Math.random().toString(36).slice(2)}` }),
      );
      if (!taken.ok) {
        expect(taken.problem.status, JSON.stringify(event)).toBe(422);
        continue;
      }
      const params = { id: taken.value.id };
      for (const answer of [
        await bob.call(runtimeApi.back, { params }),
        await bob.call(runtimeApi.timeline, {
          params,
          query: { kinds: 'turns,commands,tools,notes,people,observations' },
        }),
        await bob.call(runtimeApi.facts, { params }),
        await bob.call(runtimeApi.sessionHistory, { params }),
        await bob.call(runtimeApi.listCheckpoints, { params }),
      ])
        expect(answer.ok || answer.problem, JSON.stringify(event)).toBe(true);
    }
  });
});
