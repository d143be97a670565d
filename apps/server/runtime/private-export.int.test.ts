/** What is private or withheld stays so where a session leaves the house: by every route that names a session, and in what is carried away. */

import { createCaller, endpointOf } from '@writ/enforce';
import type { Caller } from '@writ/enforce';
import { controlApi, runtimeApi } from '@writ/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { afterTurns, logOf, openSession, send } from './session-testing.ts';
import type { Bench } from './testing.ts';
import { must, openBench } from './testing.ts';

let bench: Bench;
let bob: Caller;
beforeAll(async () => {
  bench = await openBench();
  must(await bench.house.owner.call(controlApi.createProject, { body: { id: 'p' } }));
  const roles = { p: 'admin' as const };
  const { token } = must(await bench.house.owner.call(controlApi.addPerson, { body: { name: 'bob', roles } }));
  bob = createCaller({ base: () => endpointOf(bench.house.dir, 'runtime'), token, timeoutMs: 20_000 });
});
afterAll(async () => {
  bob[Symbol.dispose]();
  await bench[Symbol.asyncDispose]();
});

/** What it prints stands nowhere in its command line, which stays. */
const argv = ['sh', '-c', 'cat; echo; echo and a pr""inted word'];
const carry = (caller: Caller, id: string, withhold_words: boolean) =>
  caller.call(runtimeApi.carryAway, { params: { id }, body: { withhold_words }, timeoutMs: 30_000 });

/** Bodies that the routes take, so that the only thing wrong with a call is who makes it. */
const bodies: Readonly<Record<string, object>> = {
  admit: { text: 'x' },
  observe: { type: 'x', data: {} },
  shareSession: { to: 'private', members: ['bob'] },
  adoptFork: { fork: 's-x' },
  grantMandate: { mandate: 'm-x', credential: 'x' },
  renewCredential: { credential: 'x' },
  resetSession: { what: 'queue' },
  leaveNote: { text: 'x' },
  tellFact: { kind: 'pin', target: 'x', note: '' },
  rewind: { to: 'x', hash: 'x' },
};

it('a private session is as one that does not exist, by every route that names a session, and for whoever may do anything else', async () => {
  const { id } = await openSession(bench, { argv, private_to: [], title: 'hush' });
  must(await send(bench, id, 'the quiet plan'));
  await afterTurns(bench, id, 1);
  const before = (await logOf(bench, id)).length;
  const fork = must(await bench.runtime.call(runtimeApi.forkSession, { params: { id }, body: {} }));
  const routes = Object.entries(runtimeApi).filter(
    ([, { path, callers }]) => path.startsWith('/v1/sessions/:id') && (callers as readonly string[]).includes('person'),
  );
  expect(routes.length).toBeGreaterThan(25);
  const seen: string[] = [];
  for (const [name, route] of routes)
    for (const session of [id, fork.id]) {
      const place = endpointOf(bench.house.dir, 'runtime');
      if (place === null || !('url' in place)) throw new Error('the runtime listens on no address');
      const call = { params: { id: session }, ...(route.method === 'GET' ? {} : { body: bodies[name] ?? {} }) };
      // One call after the form of each route: what is compared is the answer alone.
      const answer = await bob.call(route as typeof runtimeApi.leaveNote, call as never);
      if (answer.ok || answer.problem.status !== 404) seen.push(`${name}: ${JSON.stringify(answer)}`);
    }
  expect(seen).toEqual([]);
  expect(JSON.stringify(must(await bob.call(runtimeApi.inbox)))).not.toContain(id);
  expect(JSON.stringify(must(await bob.call(runtimeApi.services)))).not.toContain(id);
  // Nothing of the attempts is in its log but what the owner did.
  expect((await logOf(bench, id)).slice(before).map(({ type, actor }) => [type, actor])).toEqual([
    ['fork.opened', 'owner'],
  ]);
});

it('what is carried away without its words has none of them, and what was erased is in no bundle', async () => {
  const { id } = await openSession(bench, { argv, title: 'a title' });
  must(await send(bench, id, 'a spoken word'));
  must(await bench.runtime.call(runtimeApi.leaveNote, { params: { id }, body: { text: 'a noted word' } }));
  const log = await afterTurns(bench, id, 1);
  const words = ['a spoken word', 'a noted word', 'and a printed word'];
  const whole = must(await carry(bench.runtime, id, false)).bundle;
  for (const word of words) expect(whole).toContain(word);
  const silent = must(await carry(bench.runtime, id, true)).bundle;
  for (const word of words) expect(silent).not.toContain(word);
  // The events stand, each with the hash it has here.
  const hashes = (bundle: string) => (JSON.parse((JSON.parse(bundle) as { text: string }).text) as Carried).events; // as a bundle is
  expect(
    hashes(silent)
      .slice(0, log.length)
      .map(({ hash }) => hash),
  ).toEqual(
    hashes(whole)
      .slice(0, log.length)
      .map(({ hash }) => hash),
  );
  const positions = log.filter(({ type }) => type === 'input.admitted').map(({ position }) => position);
  must(await bench.runtime.call(runtimeApi.erase, { body: { positions, reason: 'a secret' } }));
  const after = must(await carry(bench.runtime, id, false)).bundle;
  const asked = hashes(after).find(({ type }) => type === 'input.admitted');
  expect(asked?.data).toBeNull();
});

it('a history of a harness that somebody took in for themselves is as one that is not here, to who takes in the same', async () => {
  const entries = [{ at: new Date().toISOString(), kind: 'typed' as const, text: 'a quiet word' }];
  const body = { project: 'p', harness: 'claude' as const, session: 'the-same', entries };
  const mine = must(await bench.runtime.call(runtimeApi.takeInHistory, { body }));
  const theirs = await bob.call(runtimeApi.takeInHistory, { body });
  expect(JSON.stringify(theirs)).not.toContain(mine.id);
  expect(must(theirs)).toMatchObject({ members: ['bob'] });
  expect(await bob.call(runtimeApi.takeInHistory, { body })).toMatchObject({ ok: false, problem: { status: 409 } });
});

type Carried = { readonly events: readonly { readonly type: string; readonly hash: string; readonly data: unknown }[] };
