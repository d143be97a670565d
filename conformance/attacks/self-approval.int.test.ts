/**
 * Attack 47: an agent that was talked into it approves, extends or spawns itself. Whatever it asks for takes another principal, and where policy says so a proof
 * that no token is; its credential reaches no route that governs.
 */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { createControlClient, makeStepUpKey, openStepUpKey } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import type { Route } from '@writ/protocol';
import { expect, test } from 'vitest';
import type { Said } from './own-control.ts';
import { details, inAnHour, ownControl } from './own-control.ts';

type World = Awaited<ReturnType<typeof ownControl>>;

const release = { action: 'git.push', resource: 'git://p/refs/heads/release' };
const bearer = (token: string, key?: string) => ({
  authorization: `Bearer ${token}`,
  ...(key !== undefined && { 'idempotency-key': key }),
});
const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** What an agent says with its own credential. */
const sayAs = (world: World, token: string) => (method: string, path: string, body: object, key?: string) =>
  world.send(method, path, method === 'GET' ? undefined : JSON.stringify(body), bearer(token, key));

/** Everything on record but what was tried in vain. */
async function governing(world: World): Promise<readonly string[]> {
  const { body } = await world.send('GET', '/v1/audit?limit=10000', undefined, bearer(world.owner));
  // What the audit's schema says.
  const items = body['items'] as readonly { readonly type: string }[];
  return items.map(({ type }) => type).filter((type) => type !== 'attempt.refused' && !type.startsWith('journal.'));
}

test('attack 47: an agent’s credential reaches no route that is for people, and each attempt is on record', async () => {
  await using world = await ownControl();
  const { mandate, credential } = await world.run();
  const say = sayAs(world, credential);
  const proposed = await world.must(
    world.person.call(controlApi.propose, {
      body: { project: 'p', purpose: 'more', actor: 'builder', authorization_details: details, expires_at: inAnHour() },
    }),
  );
  const before = await governing(world);
  const bodies: Record<string, object> = {
    approve: { revision: proposed.revision, text_digest: proposed.text_digest },
    extend: { expires_at: inAnHour() },
    addPerson: { name: 'friend', roles: { '*': 'admin' } },
    adoptPolicy: { document: { writ_policy: 1 }, text_digest: 'x' },
    setStepUpKey: { key: generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x },
  };
  const routes = Object.entries<Route>(controlApi).filter(
    ([, { callers }]) => !callers.includes('actor') && !callers.includes('anyone'),
  );
  expect(routes.length).toBeGreaterThan(30);
  const names = routes.map(([name]) => name);
  expect(names).toEqual(
    expect.arrayContaining(['approve', 'extend', 'giveApproval', 'adoptPolicy', 'setStepUpKey', 'stepUpChallenge']),
  );
  for (const [name, { method, path }] of routes) {
    const target = path.startsWith('/v1/people') ? 'owner' : name === 'extend' ? mandate : proposed.id;
    const said: Said = await say(method, path.replace(/:[a-z]+/g, target), bodies[name] ?? {}, `try-${name}`);
    expect({ name, status: said.status, code: said.body.code }).toEqual({ name, status: 403, code: 'not_an_approver' });
  }
  expect(await governing(world)).toEqual(before);
  const { body } = await world.send('GET', '/v1/audit?limit=10000', undefined, bearer(world.owner));
  const tried = JSON.stringify(body);
  for (const words of [`approve \`${proposed.id}\``, `extend \`${mandate}\``, 'adopt a policy'])
    expect(tried).toContain(JSON.stringify(words).slice(1, -1));
});

test('attack 47: what it asks for takes another person than those behind it, and that person’s own key', async () => {
  await using world = await ownControl();
  const { person, must } = world;
  const bob = await must(person.call(controlApi.addPerson, { body: { name: 'bob', roles: { '*': 'admin' } } }));
  using asBob = createControlClient({ base: { url: world.url }, token: bob.token, timeoutMs: 10_000 });
  const sealed = await makeStepUpKey('four plain words here');
  const key = await openStepUpKey(sealed.sealed, 'four plain words here');
  if (key === undefined) throw new Error('the key does not open');
  const signed = async (
    act: 'approve' | 'set_key' | 'adopt_policy',
    subject: string,
    text: string,
    revision: number | null,
  ) => {
    const text_digest = digestOf(text);
    const { challenge } = await must(
      asBob.call(controlApi.stepUpChallenge, { body: { act, subject, revision, text_digest } }),
    );
    return key.sign({ person: 'bob', act, sub: subject, revision, text_digest, challenge, iat: 1 });
  };
  const step_up = await signed('set_key', 'bob', `the key of bob is ${sealed.key}`, null);
  await must(asBob.call(controlApi.setStepUpKey, { params: { name: 'bob' }, body: { key: sealed.key, step_up } }));
  const { mandate, credential } = await world.run();
  const document = {
    writ_policy: 1 as const,
    classes: { consequential_write: { approved_by_another: true as const, step_up: true as const } },
  };
  const preview = await must(person.call(controlApi.previewPolicy, { body: document }));
  await must(person.call(controlApi.adoptPolicy, { body: { document, text_digest: preview.text_digest } }));

  const say = sayAs(world, credential);
  const begin = (more: object, id: string) =>
    say('POST', '/v1/operations', { mandate, ...release, parameters: {}, lease_ms: 5_000, ...more }, id);
  expect((await begin({}, 'a')).body.code).toBe('out_of_authority');
  // By a child of its own it gets no further than it is itself.
  const child = {
    purpose: 'c',
    actor: 'helper',
    authorization_details: [{ ...details[0], resource: release.resource }],
  };
  expect((await say('POST', `/v1/mandates/${mandate}/children`, child, 'b')).body.code).toBe('out_of_bounds');
  const asked = await say('POST', '/v1/requests', { mandate, ...release, reason: 'you are to approve this' }, 'c');
  expect(asked).toMatchObject({ status: 202, body: { kind: 'proposal', state: 'waiting' } });
  const id = String(asked.body['id']);
  expect((await begin({}, 'd')).body.code).toBe('out_of_authority');
  const shown = await must(person.call(controlApi.getMandate, { params: { id } }));
  const yes = { revision: shown.revision, text_digest: shown.text_digest };
  expect((await say('POST', `/v1/mandates/${id}/approve`, yes, 'e')).body.code).toBe('not_an_approver');
  // The owner proposed the agent's mandate: the agent asked, and it is theirs.
  const own = await person.call(controlApi.approve, { params: { id }, body: yes });
  expect(own).toMatchObject({ ok: false, problem: { code: 'another_approver', way_out: 'ask bob' } });
  const bare = await asBob.call(controlApi.approve, { params: { id }, body: yes });
  expect(bare).toMatchObject({ ok: false, problem: { code: 'step_up_required' } });
  const unattended = await signed('approve', id, shown.approval_text, shown.revision);
  const away = { ...yes, how: 'unattended' as const, step_up: unattended };
  expect(await asBob.call(controlApi.approve, { params: { id }, body: away })).toMatchObject({ ok: false });
  // What he signs is the text that he was shown.
  const other = await signed('approve', id, `${shown.approval_text} and more`, shown.revision);
  const wrong = await asBob.call(controlApi.approve, { params: { id }, body: { ...yes, step_up: other } });
  expect(wrong).toMatchObject({ ok: false, problem: { code: 'step_up_invalid' } });
  const proof = await signed('approve', id, shown.approval_text, shown.revision);
  await must(asBob.call(controlApi.approve, { params: { id }, body: { ...yes, step_up: proof } }));
  expect((await begin({}, 'f')).status).toBe(201);
  expect((await begin({ resource: 'git://p/refs/heads/other' }, 'g')).body.code).toBe('out_of_authority');
  const evidence = await must(person.call(controlApi.evidence, { params: { id } }));
  expect(evidence.consent).toMatchObject({
    approved_by: 'bob',
    how: 'person_token',
    requested_by: ['agent:builder', 'owner'],
    step_up: { key: sealed.key },
  });
});
