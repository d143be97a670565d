/** What another project's people and agents are shown over HTTP: nothing, in exactly the words of nothing (attack 39). */

import { controlApi } from '@writ/protocol';
import type { ProblemWire } from '@writ/protocol';
import { createControlClient } from '@writ/enforce';
import { describe, expect, it } from 'vitest';
import { controlWorld, proposal, push } from '../testing/control-world.ts';
import type { Begun, Mandate, Receipt } from '../testing/control-world.ts';

type World = Awaited<ReturnType<typeof controlWorld>>;

const person = async (world: World, name: string, roles: Readonly<Record<string, string>>): Promise<string> =>
  (await world.call<{ token: string }>('POST', '/v1/people', { name, roles })).json.token;

/** A project with one of everything. */
async function crowded(world: World) {
  const mandate = await world.approved({
    conditions: [
      {
        id: 'c',
        subject: 'branch:passkey/x',
        test: 'not_equals',
        value: 'frozen',
        on_failure: 'suspend',
        returns: 'automatically',
        max_age_ms: null,
        when_unreported: 'holds',
      },
    ],
  });
  await world.call('POST', '/v1/projects', { id: 'passkey' });
  await world.call('POST', '/v1/signals', { subject: 'branch:passkey/x', value: 'open', source: 's' });
  const token = await world.credential(mandate.id);
  const { operation } = (await world.begin(mandate.id, token, 'k')).json;
  const receipt = (await world.call<Receipt>('POST', `/v1/mandates/${mandate.id}/suspend`, {})).json;
  await world.call('POST', `/v1/mandates/${mandate.id}/reinstate`, {});
  const held = await world.approved({
    authorization_details: proposal().authorization_details.map((entry) => ({
      ...entry,
      constraints: { requires_action_approval: true },
    })),
  });
  const asked = await world.call<{ id: string }>('POST', '/v1/approvals', push(held.id), {
    token: await world.credential(held.id),
  });
  const left = {
    project: 'passkey',
    lines: [{ resource: 'git://passkey/refs/heads/x', resource_match: 'exact', actions: ['git.push'], uses: 1 }],
    expires_at: new Date(Date.now() + 60_000).toISOString(),
  };
  const { json: shown } = await world.call<{ text_digest: string }>('POST', '/v1/advances/text', left);
  const given = await world.call<{ items: { id: string }[] }>('POST', '/v1/advances', {
    ...left,
    text_digest: shown.text_digest,
  });
  return {
    mandate: mandate.id,
    operation: operation.id,
    receipt: receipt.id,
    approval: asked.json.id,
    advance: given.json.items[0]?.id ?? '',
    token,
  };
}

describe('a person of another project', () => {
  it('gets the same answer for what is there as for what is not, on every route', async () => {
    await using world = await controlWorld();
    const there = await crowded(world);
    const token = await person(world, 'mallory', { harbour: 'admin' });
    await person(world, 'zoe', { passkey: 'viewer' });
    await world.call('POST', '/v1/sources', { id: 'ci', kind: 'api', subjects: ['ci:'] });
    const ids: Readonly<Record<string, string>> = {
      mandates: there.mandate,
      operations: there.operation,
      receipts: there.receipt,
      people: 'zoe',
      approvals: there.approval,
      advances: there.advance,
      evidence: there.mandate,
      keys: 'k-none',
      sources: 'ci',
      projects: 'passkey',
    };
    const bodies: Readonly<Record<string, object>> = {
      approve: { revision: 1, text_digest: 'x' },
      revise: proposal(),
      account: { outcome: 'done', evidence: 'x' },
      narrow: { authorization_details: proposal().authorization_details },
      issueCredential: { run: 'r' },
      approveAction: {
        ...{ action: 'git.push', resource: push('m-1').resource, parameters: {} },
        expires_at: new Date(Date.now() + 60_000).toISOString(),
      },
      giveApproval: { text_digest: 'x' },
      nameSink: { url: 'https://git.example/app.git', kind: 'observable' },
      setStepUpKey: { key: null },
      grantRoles: { roles: { harbour: 'admin' } },
    };
    const sees = async (path: string, method: string, body: object | undefined, id: string) => {
      const { status, json } = await world.call(method, path, body, { token });
      return { status, said: JSON.stringify(json).replaceAll(id, 'ID') };
    };
    const at = (path: string, id: string): string => path.replace(':name', 'origin').replace(/:[a-z]+/, id);
    const routes = Object.entries(controlApi).filter(
      ([, { path, callers }]) => path.includes(':') && (callers as readonly string[]).includes('person'),
    );
    expect(routes.length).toBeGreaterThan(10);
    for (const [name, { path, method }] of routes) {
      const id = ids[path.split('/')[2] ?? ''] ?? '';
      const body = method === 'GET' || method === 'DELETE' ? undefined : (bodies[name] ?? {});
      const real = await sees(at(path, id), method, body, id);
      const none = await sees(at(path, 'zz-none'), method, body, 'zz-none');
      expect({ name, ...real }).toEqual({ name, ...none });
      expect([name, real.status]).toEqual([name, /^\/v1\/(people|keys|sources)\//.test(path) ? 403 : 404]);
    }
  });

  it('finds nothing of it in any list, in the record, or on the change stream; and misses nothing of its own', async () => {
    await using world = await controlWorld();
    const token = await person(world, 'mallory', { harbour: 'approver' });
    using client = createControlClient({ base: { url: world.url }, token, timeoutMs: 5_000 });
    const leaving = new AbortController();
    const heard: string[] = [];
    const gaps: number[] = [];
    const done = Promise.withResolvers<void>();
    const watching = client.watch({
      after: 0,
      signal: leaving.signal,
      onChange: (change) => {
        heard.push(`${change.project} ${change.type}`);
        if (change.type === 'mandate.approved') done.resolve();
      },
      onHeard: () => undefined,
      onGap: (from) => gaps.push(from),
    });
    const there = await crowded(world);
    const own = await world.approved({ project: 'harbour' });
    await done.promise;
    leaving.abort();
    await watching.done;
    expect(heard).toEqual(['harbour mandate.proposed', 'harbour mandate.approved']);
    expect(gaps).toEqual([]);
    const lists = [
      '/v1/waiting',
      '/v1/advances',
      '/v1/mandates',
      '/v1/projects',
      '/v1/operations',
      '/v1/receipts',
      '/v1/signals',
      '/v1/audit',
    ];
    for (const path of lists) {
      const { json } = await world.call<{ items: unknown[] }>('GET', path, undefined, { token });
      const text = JSON.stringify(json);
      const found = [there.mandate, 'branch:passkey', there.advance].map((one) => text.includes(one));
      expect([path, ...found]).toEqual([path, false, false, false]);
    }
    const { items } = (await world.call<{ items: Mandate[] }>('GET', '/v1/mandates', undefined, { token })).json;
    expect(items.map(({ id }) => id)).toEqual([own.id]);
    expect(await world.call('GET', '/v1/audit/verify', undefined, { token })).toMatchObject({ status: 403 });
    expect(
      (await world.call<{ mandates: string[] }>('POST', '/v1/stop', { dry_run: true }, { token })).json.mandates,
    ).toEqual([own.id]);
  });
});

describe('the agent of another mandate', () => {
  it('learns nothing by asking: not of a mandate, an operation, or what a check would say', async () => {
    await using world = await controlWorld();
    const there = await crowded(world);
    const token = await world.credential((await world.approved()).id);
    const ask = async (mandate: string) => {
      const { json } = await world.call<Record<string, unknown>>('POST', '/v1/check', push(mandate), { token });
      const { position: _, evaluation_id: __, valid_until: ___, ...said } = json;
      return JSON.stringify(said).replaceAll(mandate, 'ID');
    };
    expect(await ask(there.mandate)).toBe(await ask('m-missing'));
    const authzen = async (id: string) => {
      const request = {
        subject: { type: 'agent', id: 'builder' },
        action: { name: 'git.push' },
        resource: { type: 'git', id: 'git://passkey/refs/heads/writ/x' },
        context: { mandate_id: id },
      };
      const { json } = await world.call<{ decision: boolean; context: { reason: string } }>(
        'POST',
        '/access/v1/evaluation',
        request,
        { token },
      );
      return [json.decision, json.context.reason];
    };
    expect(await authzen(there.mandate)).toEqual(await authzen('m-missing'));
    for (const [method, path] of [
      ['GET', '/v1/mandates/ID'],
      ['POST', '/v1/mandates/ID/relinquish'],
      ['GET', '/v1/operations/ID'],
      ['POST', '/v1/operations/ID/renew'],
    ] as const) {
      const id = path.includes('operations') ? there.operation : there.mandate;
      const get = async (of: string) => {
        const { status, json } = await world.call<ProblemWire>(
          method,
          path.replace('ID', of),
          method === 'GET' ? undefined : {},
          { token },
        );
        return { path, status, said: JSON.stringify(json).replaceAll(of, 'ID') };
      };
      expect(await get(id)).toEqual(await get('zz-none'));
    }
    const { items } = (await world.call<{ items: Begun['operation'][] }>('GET', '/v1/operations', undefined, { token }))
      .json;
    expect(items).toEqual([]);
  });
});

describe('pages', () => {
  it('show everything once, however the list grows meanwhile', async () => {
    await using world = await controlWorld();
    const ids: string[] = [];
    for (let index = 0; index < 5; index++)
      ids.push((await world.call<Mandate>('POST', '/v1/mandates', proposal())).json.id);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { json }: { json: { items: Mandate[]; next_cursor: string | null } } = await world.call(
        'GET',
        `/v1/mandates?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...json.items.map(({ id }) => id));
      cursor = json.next_cursor;
      await world.call('POST', '/v1/mandates', proposal());
    }
    expect(seen).toEqual(ids.toReversed());
  });
});
