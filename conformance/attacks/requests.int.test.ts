/** Requests that mean two things, or come twice: attacks 21 and 29. */

import { connect } from 'node:net';
import { join } from 'node:path';
import { controlApi } from '@writ/protocol';
import { describe, expect, it } from 'vitest';
import { details, inAnHour, ownControl } from './own-control.ts';

describe('attack 29: a body that two readers take differently', () => {
  const ambiguous = {
    'a member twice': '{"reason":"a","reason":"b"}',
    'a member twice, once with an escape': '{"reason":"a","re\\u0061son":"b"}',
    'a member twice, deep inside': '{"parameters":{"x":{"to":"me","to":"you"}}}',
    'a number no double carries': '{"revision":9007199254740993}',
    'a lone surrogate': '{"reason":"\\ud800"}',
  };

  it('is refused before anything is done, on whatever changes something', async () => {
    await using world = await ownControl();
    const { mandate, credential } = await world.run();
    const person = { authorization: `Bearer ${world.owner}` };
    const agent = { authorization: `Bearer ${credential}`, 'idempotency-key': 'k' };
    const paths = [
      [`/v1/mandates/${mandate}/revoke`, person],
      [`/v1/mandates/${mandate}/approvals`, person],
      ['/v1/signals', person],
      ['/v1/mandates', person],
      ['/v1/people', person],
      ['/v1/operations', agent],
      [`/v1/mandates/${mandate}/children`, agent],
      // A question that is bound to a key is bound to its text.
      ['/v1/check', agent],
    ] as const;
    for (const [name, text] of Object.entries(ambiguous))
      for (const [path, headers] of paths)
        expect({ name, path, ...(await world.send('POST', path, text, headers)) }).toMatchObject({
          name,
          path,
          status: 400,
          body: { code: 'malformed_request', detail: expect.stringContaining('cannot be read') as string },
        });
    const shown = await world.must(world.person.call(controlApi.getMandate, { params: { id: mandate } }));
    expect(shown.state).toBe('active');
  });

  it('is refused on the multiplexed socket too', async () => {
    await using world = await ownControl();
    const { mandate } = await world.run();
    const socket = connect(join(world.dir, 'control', 'control.sock'));
    socket.setEncoding('utf8').on('error', () => undefined); // no reply says so
    let heard = '';
    const lines = new Promise<string[]>((resolve) => {
      socket.on('data', (chunk: string) => {
        heard += chunk;
        if (heard.split('\n').length > 2) resolve(heard.split('\n'));
      });
    });
    const route = `"route":"POST /v1/mandates/:id/revoke","params":{"id":"${mandate}"},"token":"${world.owner}"`;
    socket.write(`{"id":1,${route},"body":{"reason":"a","reason":"b"}}\n`);
    const [, reply = ''] = await lines;
    socket.destroy();
    expect(JSON.parse(reply)).toMatchObject({ id: 1, status: 400 });
    const shown = await world.must(world.person.call(controlApi.getMandate, { params: { id: mandate } }));
    expect(shown.state).toBe('active');
  });
});

describe('attack 21: the same idempotency key', () => {
  it('with the same body, also many times at once, is one effect; with another it is refused, on every route', async () => {
    await using world = await ownControl();
    const { mandate, credential } = await world.run();
    const expires_at = inAnHour();
    const proposal = (purpose: string) => ({
      project: 'p',
      purpose,
      actor: 'x',
      authorization_details: details,
      expires_at,
    });
    const person = `Bearer ${world.owner}`;
    const ask = { mandate, action: 'git.push', resource: 'git://p/refs/heads/writ/x' };
    const child = (purpose: string) => ({ purpose, actor: 'y', authorization_details: details });
    // Each route with a body that is taken, another one, and who sends it. What ends the mandate comes last.
    const routes: readonly (readonly [string, object, object, string])[] = [
      ['/v1/projects', { id: 'q' }, { id: 'r' }, person],
      ['/v1/mandates', proposal('a'), proposal('b'), person],
      ['/v1/people', { name: 'ann', roles: { p: 'viewer' } }, { name: 'bob', roles: { p: 'viewer' } }, person],
      [`/v1/mandates/${mandate}/credentials`, { run: 'one' }, { run: 'two' }, person],
      [`/v1/mandates/${mandate}/children`, child('a'), child('b'), `Bearer ${credential}`],
      ['/v1/operations', ask, { ...ask, resource: 'git://p/refs/heads/writ/y' }, `Bearer ${credential}`],
      ['/v1/signals', { subject: 's', value: 1, source: 'me' }, { subject: 's', value: 2, source: 'me' }, person],
      [`/v1/mandates/${mandate}/narrow`, { authorization_details: details }, { authorization_details: [] }, person],
      [`/v1/mandates/${mandate}/suspend`, { reason: 'a' }, { reason: 'b' }, person],
      [`/v1/mandates/${mandate}/reinstate`, { reason: 'a' }, { reason: 'b' }, person],
      [`/v1/mandates/${mandate}/revoke`, { reason: 'a' }, { reason: 'b' }, person],
      ['/v1/keys', { use: 'permit', now: true }, { use: 'artifact', now: true }, person],
      ['/v1/stop', { project: 'p', reason: 'a' }, { project: 'p', reason: 'b' }, person],
    ];
    const happened = async () =>
      (await world.must(world.person.call(controlApi.audit, { query: { limit: 10_000 } }))).items.map(
        ({ type }) => type,
      );
    for (const [path, body, other, authorization] of routes) {
      const headers = { authorization, 'idempotency-key': `key-of${path.replaceAll('/', '-')}` };
      const post = (what: object) => world.send('POST', path, JSON.stringify(what), headers);
      const many = await Promise.all(Array.from({ length: 6 }, () => post(body)));
      expect([path, many.map(({ status }) => status < 300)]).toEqual([path, Array.from({ length: 6 }, () => true)]);
      const before = await happened();
      await post(body);
      const conflict = await post(other);
      expect({ path, ...conflict }).toMatchObject({ path, status: 409, body: { code: 'idempotency_conflict' } });
      const since = (await happened()).slice(before.length).filter((type) => type !== 'receipt.closed');
      expect([path, since]).toEqual([path, []]);
      const proposed = before.filter((type) => type === 'mandate.proposed').length;
      // One root to begin with, one by `propose`, one child.
      expect(proposed).toBeLessThanOrEqual(3);
    }
  });
});
