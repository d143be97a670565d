import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { controlWorld, send } from '../testing/control-world.ts';
import type { Mandate } from '../testing/control-world.ts';

type Added = { readonly source: { readonly path: string }; readonly credential: string };
type Answer = { readonly code?: string; readonly outcome?: string; readonly subjects?: readonly string[] };

const frozen = (subject: string) => ({
  conditions: [
    {
      id: 'c',
      subject,
      test: 'not_equals',
      value: 'frozen',
      on_failure: 'suspend',
      returns: 'automatically',
      max_age_ms: null,
      when_unreported: 'holds',
    },
  ],
});

const rule = (level: string, updatedAt: string) =>
  JSON.stringify({
    action: 'edited',
    rule: { id: 1, name: 'release/2.4', updated_at: updatedAt, lock_branch_enforcement_level: level },
    repository: { full_name: 'acme/app', default_branch: 'main' },
    sender: { login: 'jörg' },
  });

describe('a webhook of GitHub over HTTP', () => {
  it('is believed for its signature over the bytes that came, and takes effect before it is answered', async () => {
    await using world = await controlWorld();
    const { json: added, status } = await world.call<Added>('POST', '/v1/sources', {
      id: 'gh',
      kind: 'github',
      subjects: ['branch:'],
      names: { 'acme/app': 'passkey' },
    });
    expect({ status, path: added.source.path }).toEqual({ status: 201, path: '/v1/sources/gh/github' });
    const mandate = await world.approved(frozen('branch:passkey/release/2.4'));
    const begun = await world.begin(mandate.id, await world.credential(mandate.id), 'k');
    let number = 0;
    const deliver = (body: string, more: Readonly<Record<string, string>> = {}) =>
      send<Answer>(world.url, 'POST', added.source.path, undefined, {
        raw: body,
        headers: {
          'content-type': 'application/json',
          'x-github-event': 'branch_protection_rule',
          'x-github-delivery': `d-${String(number++)}`,
          'x-hub-signature-256': `sha256=${createHmac('sha256', added.credential).update(body).digest('hex')}`,
          ...more,
        },
      });
    const state = async () => (await world.call<Mandate>('GET', `/v1/mandates/${mandate.id}`)).json.state;

    const lock = rule('everyone', '2029-12-01T10:00:00Z');
    for (const [body, more] of [
      [lock, { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }],
      [
        `${lock} `,
        { 'x-hub-signature-256': `sha256=${createHmac('sha256', added.credential).update(lock).digest('hex')}` },
      ],
    ] as const)
      expect(await deliver(body, more)).toMatchObject({ status: 401, json: { code: 'not_authentic' } });
    expect(await state()).toBe('active');

    const first = await deliver(lock, { 'x-github-delivery': 'first' });
    expect(first).toMatchObject({
      status: 202,
      json: { outcome: 'applied', subjects: ['branch:passkey/release/2.4'] },
    });
    expect(await state()).toBe('suspended');
    expect(await world.redeem(begun.json.permit)).toMatchObject({ current: false });
    expect(await deliver(lock, { 'x-github-delivery': 'first' })).toMatchObject({
      status: 409,
      json: { code: 'already_delivered' },
    });
    await world.restart();
    expect(await deliver(lock)).toMatchObject({ status: 409 });
    expect(await deliver(rule('off', '2029-12-01T10:00:01Z'))).toMatchObject({ status: 202 });
    expect(await state()).toBe('active');

    const { json } = await world.call<{ items: readonly { id: string; last: unknown }[] }>('GET', '/v1/sources');
    expect(json.items).toMatchObject([{ id: 'gh', last: { type: 'branch_protection_rule', outcome: 'applied' } }]);
    const audit = JSON.stringify((await world.call('GET', '/v1/audit?limit=1000')).json);
    expect(audit).not.toContain(added.credential);
  });

  it('is not another way in: other types, hosts, methods and sizes are refused before anything is read', async () => {
    await using world = await controlWorld();
    const path = '/v1/sources/gh/github';
    const push = (headers: Readonly<Record<string, string>>, raw = '{}') =>
      send<Answer>(world.url, 'POST', path, undefined, { raw, headers });
    expect((await push({ 'content-type': 'application/x-www-form-urlencoded' }, 'payload=%7B%7D')).status).toBe(415);
    expect((await push({ 'content-type': 'text/plain' })).status).toBe(415);
    expect((await push({ host: 'evil.example' })).status).toBe(403);
    expect((await push({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await push({ 'content-length': '4300000' })).status).toBe(413);
    expect((await push({})).json.code).toBe('not_authentic');
    expect((await send(world.url, 'GET', path)).status).toBe(404);
    expect((await send<Answer>(world.url, 'POST', '/v1/sources/%2e%2e%2fx/github', {})).json.code).toBe(
      'not_authentic',
    );
  });
});
