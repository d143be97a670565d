import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controlApi } from '@writ/protocol';
import type { ProblemWire } from '@writ/protocol';
import { describe, expect, it } from 'vitest';
import { controlWorld, inAnHour, proposal, push, send } from '../testing/control-world.ts';
import type { Begun, Mandate, Receipt } from '../testing/control-world.ts';
import { startControlServer } from './control-server.ts';

type Audit = {
  readonly items: readonly {
    readonly type: string;
    readonly actor: string;
    readonly data: Record<string, unknown>;
    readonly lineage: Record<string, unknown>;
  }[];
};

describe('one mandate, from the proposal to the end', () => {
  it('is read, approved as shown, worked under, redeemed once, revoked, and then nothing goes on', async () => {
    await using world = await controlWorld();
    const proposed = await world.call<Mandate>('POST', '/v1/mandates', proposal());
    expect(proposed.status).toBe(201);
    expect(proposed.json).toMatchObject({
      state: 'proposed',
      words: ['push to branches `writ` and `writ/*` of `passkey`'],
      approval: null,
      revision: 1,
    });
    expect(proposed.json.approval_text).toContain('purpose: add passkeys');
    const approve = (body: object) =>
      world.call<Mandate & ProblemWire>('POST', `/v1/mandates/${proposed.json.id}/approve`, body);
    expect(await approve({ revision: 2, text_digest: proposed.json.text_digest })).toMatchObject({
      status: 409,
      json: { code: 'revision_changed' },
    });
    expect(await approve({ revision: 1, text_digest: 'other' })).toMatchObject({
      status: 409,
      json: { code: 'text_changed' },
    });
    const approved = await approve({ revision: 1, text_digest: proposed.json.text_digest });
    expect(await world.call('POST', `/v1/mandates/${proposed.json.id}/revise`, proposal())).toMatchObject({
      status: 409,
      json: { code: 'wrong_state' },
    });
    expect(approved).toMatchObject({
      status: 200,
      json: { state: 'active', approval: { by: 'owner', how: 'owner_token', text_digest: proposed.json.text_digest } },
    });

    const id = proposed.json.id;
    const token = await world.credential(id);
    expect((await world.call('GET', '/v1/whoami', undefined, { token })).json).toEqual({
      kind: 'actor',
      name: 'builder',
      mandate: id,
      roles: null,
    });
    const begun = await world.begin(id, token, 'k1');
    expect(begun.status).toBe(201);
    expect((await world.begin(id, token, 'k1')).json.permit).toBe(begun.json.permit);
    expect(await world.redeem(begun.json.permit)).toMatchObject({ current: true });
    expect(await world.redeem(begun.json.permit)).toMatchObject({
      current: false,
      reason: expect.stringContaining('single use'),
    });

    const second = await world.begin(id, token, 'k2');
    const revoked = await world.call<Receipt>('POST', `/v1/mandates/${id}/revoke`, { reason: 'enough' });
    expect(revoked).toMatchObject({ status: 202, json: { action: 'revoke', requested_by: 'owner' } });
    expect(revoked.json.lines.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['operation', begun.json.operation.id],
      ['operation', second.json.operation.id],
      ['permit', second.json.operation.id],
    ]);
    expect(await world.call('POST', `/v1/operations/${second.json.operation.id}/renew`, {}, { token })).toMatchObject({
      status: 403,
      json: { code: 'mandate_inactive', detail: expect.stringContaining('enough') },
    });
    expect(await world.redeem(second.json.permit)).toMatchObject({ current: false });
    const open = await world.call<{ items: Begun['operation'][] }>('GET', '/v1/operations?open=true');
    expect(open.json.items.map(({ interrupt_requested: told }) => told)).toEqual([true, true]);
    expect(
      await world.call(
        'POST',
        `/v1/operations/${second.json.operation.id}/settle`,
        { outcome: 'interrupted' },
        { token },
      ),
    ).toMatchObject({ status: 200, json: { state: 'interrupted' } });
    expect((await world.call('GET', '/v1/audit/verify')).json).toMatchObject({ ok: true, findings: [] });
  });

  it('every reply is what its route promises', async () => {
    await using world = await controlWorld();
    const { id } = await world.approved();
    const token = await world.credential(id);
    await world.begin(id, token, 'k');
    await world.call('POST', '/v1/projects', { id: 'passkey', title: 'Passkey' });
    await world.call('POST', '/v1/signals', { subject: 'branch:x', value: 'open', source: 'test' });
    await world.call('POST', `/v1/mandates/${id}/suspend`, {});
    const gets = Object.values(controlApi).filter(({ method, path }) => method === 'GET' && !path.includes(':'));
    for (const route of gets) {
      const { status, json } = await world.call('GET', `${route.path}?mandate=${id}`);
      expect({ path: route.path, status, promised: route.reply.safeParse(json).error }).toEqual({
        path: route.path,
        status: 200,
        promised: undefined,
      });
    }
    const check = await world.call('POST', '/v1/check', push(id), { token });
    expect(controlApi.check.reply.parse(check.json)).toMatchObject({
      decision: 'refuse',
      reason: { code: 'mandate_inactive', retry: 'after_a_person_acts' },
      token: { yes: true },
      policy: { yes: true },
      mandate: { yes: false },
    });
  });

  it('a child is created by the agent, works, and ends with its parent; its credential is the enforcement point’s to keep', async () => {
    await using world = await controlWorld();
    const m0 = await world.approved();
    const token = await world.credential(m0.id);
    const body = { purpose: 'tests', actor: 'tester', authorization_details: proposal().authorization_details };
    const made = await world.call<{ mandate: Mandate; credential: string }>(
      'POST',
      `/v1/mandates/${m0.id}/children`,
      body,
      { token, headers: { 'idempotency-key': 'c1', 'writ-point': world.points.enforcer } },
    );
    expect(made).toMatchObject({
      status: 201,
      json: { mandate: { parent: m0.id, state: 'active', approval: { how: 'delegated', by: 'agent:builder' } } },
    });
    expect(
      (
        await world.call('POST', `/v1/mandates/${m0.id}/children`, body, {
          token,
          headers: { 'idempotency-key': 'c1', 'writ-point': world.points.enforcer },
        })
      ).json,
    ).toEqual(made.json);
    // Through the agent's door nobody vouches: the agent gets the child, and nothing it could act as the child with.
    const alone = await world.call<{ mandate: Mandate; credential: string | null }>(
      'POST',
      `/v1/mandates/${m0.id}/children`,
      body,
      { token, headers: { 'idempotency-key': 'c2' } },
    );
    expect(alone).toMatchObject({ status: 201, json: { mandate: { state: 'active' }, credential: null } });
    const issue = (headers: Record<string, string>) =>
      world.call('POST', `/v1/mandates/${alone.json.mandate.id}/credentials`, { run: 'r' }, { token, headers });
    expect((await issue({})).status).toBe(403);
    expect((await issue({ 'writ-point': world.points.runtime })).status).toBe(201);
    const child = made.json;
    expect((await world.begin(child.mandate.id, child.credential, 'k')).status).toBe(201);
    await world.call('POST', `/v1/mandates/${m0.id}/revoke`, {});
    expect(await world.begin(child.mandate.id, child.credential, 'k2')).toMatchObject({
      status: 403,
      json: { code: 'ancestor_inactive' },
    });
    expect((await world.call<Mandate>('GET', `/v1/mandates/${child.mandate.id}`)).json).toMatchObject({
      state: 'cascaded',
      legal_actions: [],
    });
  });
});

describe('the token a person shows to other planes', () => {
  it('says who they are, and does nothing else: reading, stopping and approving are refused', async () => {
    await using world = await controlWorld();
    const { id } = await world.approved();
    const token = await readFile(join(world.dir, 'control', 'visitor.token'), 'utf8').then((text) => text.trim());
    expect(await world.call('GET', '/v1/whoami', undefined, { token })).toMatchObject({
      json: { kind: 'visitor', name: 'owner' },
    });
    for (const [name, route] of Object.entries(controlApi)) {
      if (name === 'whoami' || route.callers.some((caller) => caller === 'anyone')) continue;
      const path = route.path.replace(':id', id);
      const body = route.method === 'GET' ? undefined : {};
      expect({ name, ...(await world.call(route.method, path, body, { token })) }).toMatchObject({ name, status: 403 });
    }
    expect((await world.call('GET', '/v1/events', undefined, { token })).status).toBe(403);
  });
});

describe('a proposal', () => {
  it('that was revised is approved as it is now, and not as it was shown before', async () => {
    await using world = await controlWorld();
    const first = (await world.call<Mandate>('POST', '/v1/mandates', proposal({ freshness_ms: 0, watch: false }))).json;
    const revise = (body: object) => world.call<Mandate & ProblemWire>('POST', `/v1/mandates/${first.id}/revise`, body);
    const approve = ({ revision, text_digest }: Mandate) =>
      world.call<Mandate>('POST', `/v1/mandates/${first.id}/approve`, { revision, text_digest });
    const second = await revise(proposal({ purpose: 'add passkeys, and tests' }));
    expect(second).toMatchObject({
      status: 200,
      json: { id: first.id, state: 'proposed', revision: 2, purpose: 'add passkeys, and tests', freshness_ms: null },
    });
    expect(await revise(proposal({ project: 'harbour' }))).toMatchObject({ status: 400 });
    expect(await approve(first)).toMatchObject({ status: 409, json: { code: 'revision_changed' } });
    expect(await approve({ ...second.json, text_digest: first.text_digest })).toMatchObject({
      status: 409,
      json: { code: 'text_changed' },
    });
    // Two that were made from the same revision: the second does not overwrite the first unseen.
    const two = [1, 2].map((n) => revise({ ...proposal({ purpose: `purpose ${String(n)}` }), revision: 2 }));
    expect((await Promise.all(two)).map(({ status, json }) => [status, json.code])).toEqual([
      [200, undefined],
      [409, 'revision_changed'],
    ]);
    expect(await approve(second.json)).toMatchObject({ status: 409, json: { code: 'revision_changed' } });
    const last = await revise({ ...proposal({ purpose: 'add passkeys' }), revision: 3 });
    expect(await approve(last.json)).toMatchObject({ status: 200, json: { state: 'active', freshness_ms: null } });
  });
});

describe('an act of governance', () => {
  it('with a member that is not known is refused: what is misspelt is no filter, bound or dry run that was left out', async () => {
    await using world = await controlWorld();
    const { id } = await world.approved();
    const condition = {
      ...{ id: 'calm', subject: 'branch:x', test: 'not_equals', value: 'frozen', on_failure: 'suspend' },
      ...{ returns: 'automatically', max_age_ms: null, when_unreported: 'holds' },
    };
    const rule = { id: 'tested', kind: 'before', first: ['shell.run'], then: ['git.push'] };
    for (const [path, body] of [
      ['/v1/stop', { dryRun: true }],
      ['/v1/stop', { harnes: 'codex', dry_run: true }],
      [`/v1/mandates/${id}/revoke`, { dry_run: true }],
      [`/v1/mandates/${id}/narrow`, { authorisation_details: [], expires_at: inAnHour() }],
      [`/v1/mandates/${id}/extend`, { expires_at: inAnHour(), budget: [] }],
      ['/v1/mandates', proposal({ condition: [] })],
      ['/v1/mandates', proposal({ conditions: [{ ...condition, max_age: 1_000 }] })],
      ['/v1/mandates', proposal({ history: [{ ...rule, same_tree: true }] })],
      ['/v1/mandates', proposal({ budgets: [{ kind: 'calls', limit: 1, when: 'interrupt' }] })],
      ['/v1/mandates', proposal({ delegation: { max_depth: 1, max_children: 1, actors: 'any', agents: [] } })],
    ] as const)
      expect({ body, ...(await world.call('POST', path, body)) }).toMatchObject({
        body,
        status: 400,
        json: { code: 'malformed_request' },
      });
    expect((await world.call('GET', `/v1/mandates/${id}`)).json).toMatchObject({ state: 'active', version: 2 });
    expect((await world.call('GET', '/v1/mandates')).json).toMatchObject({ items: [{ id }] });
    expect((await world.call('POST', '/v1/mandates', proposal({ conditions: [condition] }))).status).toBe(201);
  });
});

describe('the token of a runtime', () => {
  it('approves, widens, reports, redeems and draws nothing: a runtime that was taken over has no say in what is allowed', async () => {
    await using world = await controlWorld();
    const { id } = await world.approved();
    const waiting = (await world.call<Mandate>('POST', '/v1/mandates', proposal())).json;
    const begun = (await world.begin(id, await world.credential(id), 'k')).json;
    await world.call('POST', `/v1/mandates/${id}/suspend`, {});
    const token = world.points.runtime;
    const { permit } = begun;
    for (const [path, body] of [
      [`/v1/mandates/${waiting.id}/approve`, { revision: 1, text_digest: waiting.text_digest }],
      [`/v1/mandates/${id}/reinstate`, {}],
      [`/v1/mandates/${id}/extend`, {}],
      [`/v1/mandates/${id}/credentials`, { run: 'x' }],
      ['/v1/mandates', proposal()],
      ['/v1/signals', { subject: 'branch:x', value: 'open', source: 'reviewer' }],
      [
        '/v1/permits/redeem',
        { permit, action: 'git.push', resource: 'git://passkey/refs/heads/writ/x', parameters: {} },
      ],
      [`/v1/operations/${begun.operation.id}/settle`, { outcome: 'done' }],
    ] as const)
      expect({ path, ...(await world.call('POST', path, body, { token })) }).toMatchObject({ path, status: 403 });
  });
});

describe('an agent', () => {
  it('cannot approve, stop the work of others, or read what is not its: refused, and recorded with its lineage', async () => {
    await using world = await controlWorld();
    const mine = await world.approved();
    const other = await world.approved();
    const token = await world.credential(mine.id);
    const waiting = (await world.call<Mandate>('POST', '/v1/mandates', proposal())).json;
    const attempts = [
      ['POST', `/v1/mandates/${waiting.id}/approve`, { revision: 1, text_digest: waiting.text_digest }],
      ['POST', `/v1/mandates/${other.id}/revoke`, {}],
      ['POST', '/v1/stop', {}],
      ['POST', `/v1/mandates/${mine.id}/extend`, {}],
      ['GET', '/v1/events', undefined],
    ] as const;
    for (const [method, path, body] of attempts)
      expect(await world.call(method, path, body, { token })).toMatchObject({
        status: 403,
        json: { code: 'not_an_approver' },
      });
    expect(await world.call('POST', `/v1/mandates/${other.id}/relinquish`, {}, { token })).toMatchObject({
      status: 404,
      json: { code: 'not_found' },
    });
    expect((await world.call('GET', `/v1/mandates/${other.id}`, undefined, { token })).status).toBe(404);
    expect((await world.call<{ state: string }>('GET', `/v1/mandates/${waiting.id}`)).json.state).toBe('proposed');
    const { items } = (await world.call<Audit>('GET', `/v1/audit?mandate=${mine.id}`)).json;
    expect(
      items
        .filter(({ type }) => type === 'attempt.refused')
        .map(({ actor, data, lineage }) => [actor, data['attempted'], lineage['attempt']]),
    ).toEqual([
      ['agent:builder', `approve \`${waiting.id}\``, 'run'],
      ['agent:builder', `revoke \`${other.id}\``, 'run'],
      ['agent:builder', 'stop the work of others', 'run'],
      ['agent:builder', `extend \`${mine.id}\``, 'run'],
      ['agent:builder', 'follow the change stream', 'run'],
      ['agent:builder', `relinquish \`${other.id}\``, 'run'],
      ['agent:builder', `read \`${other.id}\``, 'run'],
    ]);
  });

  it('cannot lower a class by claiming to be contained; an enforcement point beside it can', async () => {
    await using world = await controlWorld();
    const shell = [
      {
        type: 'mission_resource_access',
        resource: 'shell://passkey/',
        resource_match: 'prefix',
        actions: ['shell.run'],
      },
    ];
    const { id } = await world.approved({ authorization_details: shell });
    const token = await world.credential(id);
    const ask = {
      mandate: id,
      action: 'shell.run',
      resource: 'shell://passkey/npm',
      containment: { files: 'worktree', network: 'none', credentials: 'none' },
    };
    const classOf = async (headers: Record<string, string>) =>
      (await world.call<{ action_class: string }>('POST', '/v1/check', ask, { token, headers })).json.action_class;
    expect(await classOf({})).toBe('external_commitment');
    expect(await classOf({ 'writ-point': token })).toBe('external_commitment');
    expect(await classOf({ 'writ-point': world.points.enforcer })).toBe('workspace_write');
  });
});

describe('the door', () => {
  it('lets nobody in who does not say who they are', async () => {
    await using world = await controlWorld();
    for (const token of [
      null,
      'writ_owner_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      `${world.owner}x`,
      world.owner.replace('owner', 'point'),
    ])
      expect(await world.call('GET', '/v1/mandates', undefined, { token })).toMatchObject({
        status: 401,
        json: { code: 'unauthenticated' },
      });
    expect((await world.call('GET', '/healthz', undefined, { token: null })).status).toBe(200);
  });

  it('refuses a foreign host name and a foreign page', async () => {
    await using world = await controlWorld();
    const { port } = new URL(world.url);
    for (const host of ['evil.example', `evil.example:${port}`, 'localhost', '127.0.0.1:1'])
      expect(await world.call('GET', '/healthz', undefined, { headers: { host } })).toMatchObject({
        status: 403,
        json: { code: 'wrong_host' },
      });
    for (const origin of ['https://evil.example', 'null', `https://localhost:${port}`])
      expect(await world.call('GET', '/healthz', undefined, { headers: { origin } })).toMatchObject({ status: 403 });
    for (const host of [`localhost:${port}`, `[::1]:${port}`])
      expect(
        (await world.call('GET', '/healthz', undefined, { headers: { host, origin: `http://${host}` } })).status,
      ).toBe(200);
  });

  it('says exactly what is wrong with a request, and takes only JSON of a sane size and depth', async () => {
    await using world = await controlWorld();
    const post = (body: unknown, sent: object = {}) => world.call<ProblemWire>('POST', '/v1/mandates', body, sent);
    const wrong = await post(
      proposal({
        conditions: [
          {
            id: 'c',
            subject: 's',
            test: 'is',
            value: 1,
            on_failure: 'suspend',
            returns: 'automatically',
            max_age_ms: null,
            when_unreported: 'holds',
          },
        ],
      }),
    );
    expect(wrong).toMatchObject({
      status: 400,
      json: { code: 'malformed_request', detail: expect.stringContaining('`conditions[0].test`') },
    });
    expect(wrong.headers['content-type']).toContain('application/problem+json');
    expect(await post(proposal({ unknown_field: 1 }))).toMatchObject({
      status: 400,
      json: { detail: expect.stringContaining('unknown_field') },
    });
    expect(await post(undefined, { raw: '{"a":' })).toMatchObject({ status: 400 });
    expect(await post(undefined, { raw: '[]' })).toMatchObject({ status: 400 });
    expect(await post(undefined, { raw: '{"__proto__":{}}' })).toMatchObject({ status: 400 });
    expect(await post(undefined, { raw: `{"parameters":${'['.repeat(200_000)}${']'.repeat(200_000)}}` })).toMatchObject(
      { status: 400, json: { detail: expect.stringContaining('nested') } },
    );
    expect(await post(undefined, { raw: 'x', headers: { 'content-type': 'text/plain' } })).toMatchObject({
      status: 415,
    });
    expect(await post(undefined, { raw: `"${'x'.repeat(1_100_000)}"` })).toMatchObject({ status: 413 });
    expect(await world.call('GET', '/v1/mandates/%2e%2e%2fetc')).toMatchObject({ status: 404 });
    expect(await world.call('GET', '/nowhere')).toMatchObject({ status: 404, json: { code: 'no_such_route' } });
    expect(
      await post(
        proposal({
          authorization_details: [{ type: 'mission_resource_access', resource: 'not a uri', actions: ['git.push'] }],
        }),
      ),
    ).toMatchObject({ status: 400, json: { detail: expect.stringContaining('entry 1') } });
    expect(
      (await world.call('GET', '/healthz', undefined, { headers: { 'x-request-id': 'abc' } })).headers['x-request-id'],
    ).toBe('abc');
  });

  it('keeps tokens and keys for its own user', async () => {
    await using world = await controlWorld();
    const mode = async (path: string) => ((await stat(join(world.dir, 'control', path))).mode & 0o777).toString(8);
    const keys = (await readdir(join(world.dir, 'control', 'keys'))).map((name) => `keys/${name}`);
    expect(keys.length).toBeGreaterThan(1);
    for (const path of [
      'owner.token',
      'points/runtime.token',
      'points/enforcer.token',
      'points/launcher.token',
      'points/sink.token',
      'endpoint.json',
      'control.db',
      ...keys,
    ])
      expect([path, await mode(path)]).toEqual([path, '600']);
    for (const path of ['.', 'points', 'keys']) expect([path, await mode(path)]).toEqual([path, '700']);
    const audit = JSON.stringify((await world.call('GET', '/v1/audit?limit=1000')).json);
    expect(audit).not.toContain(world.owner.slice(11));
  });
});

describe('AuthZEN', () => {
  it('answers with a decision, and a reason where it is a no', async () => {
    await using world = await controlWorld();
    const { id } = await world.approved();
    const token = await world.credential(id);
    const request = {
      subject: { type: 'agent', id: 'builder' },
      action: { name: 'git.push' },
      resource: { type: 'git', id: 'git://passkey/refs/heads/writ/x' },
      context: { mission: { id } },
    };
    const ask = (body: object) => world.call('POST', '/access/v1/evaluation', body, { token });
    expect(await ask(request)).toMatchObject({
      status: 200,
      json: { decision: true, context: { conditions: { valid_until: expect.any(String) } } },
    });
    expect(await ask({ ...request, resource: { type: 'git', id: 'git://passkey/refs/heads/main' } })).toMatchObject({
      status: 200,
      json: { decision: false, context: { reason: 'out_of_authority' } },
    });
    expect(await ask({ ...request, subject: { type: 'agent', id: 'somebody' } })).toMatchObject({
      json: { decision: false, context: { reason: 'mission_binding_failed' } },
    });
    expect(await ask({ ...request, context: { mission: { id: 'm-none' } } })).toMatchObject({
      json: { decision: false, context: { reason: 'mission_binding_failed' } },
    });
    expect(await ask({ ...request, action: undefined })).toMatchObject({ status: 400 });
    // A yes to these parameters alone is told to nobody who does not say which ones they are going to use.
    const [entry] = proposal().authorization_details;
    const asking = { ...entry, constraints: { requires_action_approval: true } };
    const held = await world.approved({ authorization_details: [asking] });
    const bearer = await world.credential(held.id);
    const parameters = { oid: 'abc' };
    const approval = { action: 'git.push', resource: request.resource.id, parameters };
    const given = await world.call<{ parameter_digest: string }>('POST', `/v1/mandates/${held.id}/approvals`, {
      ...approval,
      expires_at: new Date(Date.now() + 60_000).toISOString(),
    });
    expect(given.status).toBe(201);
    const claiming = async (properties: object): Promise<unknown> => {
      const asked = { ...request, context: { mission: { id: held.id } }, action: { name: 'git.push', properties } };
      const { json } = await world.call<{ decision: boolean; context: { reason?: string } }>(
        'POST',
        '/access/v1/evaluation',
        asked,
        { token: bearer },
      );
      return [json.decision, json.context.reason];
    };
    const digest = `sha-256:${given.json.parameter_digest}`;
    expect(await claiming({ parameters })).toEqual([false, 'parameter_violation']);
    expect(await claiming({ parameters, parameter_digest: 'sha-256:other' })).toEqual([false, 'parameter_violation']);
    expect(await claiming({ parameters, parameter_digest: digest })).toEqual([true, undefined]);
    // Other parameters are another question, and a person was not asked it.
    expect(await claiming({ parameters: { oid: 'def' }, parameter_digest: digest })).toEqual([
      false,
      'parameter_violation',
    ]);
    expect(await claiming({})).toEqual([false, 'approval_required']);
    const many = {
      ...request,
      evaluations: [{}, { resource: { type: 'git', id: 'git://passkey/refs/heads/main' } }, {}],
    };
    const decisions = async (semantic: string) => {
      const { json } = await world.call<{ evaluations: { decision: boolean }[] }>(
        'POST',
        '/access/v1/evaluations',
        { ...many, options: { evaluations_semantic: semantic } },
        { token },
      );
      return json.evaluations.map(({ decision }) => decision);
    };
    expect(await decisions('execute_all')).toEqual([true, false, true]);
    expect(await decisions('deny_on_first_deny')).toEqual([true, false]);
    expect(await decisions('permit_on_first_permit')).toEqual([true]);
    expect(
      (await world.call('GET', '/.well-known/authzen-configuration', undefined, { token: null })).json,
    ).toMatchObject({ access_evaluation_endpoint: `${world.url}/access/v1/evaluation` });
  });
});

describe('AuthZEN, under the names of the mission drafts', () => {
  it('tells a violated constraint, drift, containment, a quota and an inactive mission apart', async () => {
    await using world = await controlWorld();
    const [entry] = proposal().authorization_details;
    const bounded = {
      ...entry,
      constraints: { tenant: 'acme' },
      catalogue_digest: 'sha-256:one',
    };
    const { id } = await world.approved({ authorization_details: [bounded], budgets: [{ kind: 'calls', limit: 1 }] });
    const token = await world.credential(id);
    const facts = { tenant: 'acme', catalogue_digest: 'sha-256:one' };
    const ask = async (given: object, more: { resource?: string; properties?: object } = {}) => {
      const { json } = await world.call<{ decision: boolean; context: { reason?: string; conditions?: object } }>(
        'POST',
        '/access/v1/evaluation',
        {
          subject: { type: 'agent', id: 'builder' },
          action: { name: 'git.push', ...(more.properties !== undefined && { properties: more.properties }) },
          resource: { type: 'git', id: more.resource ?? 'git://passkey/refs/heads/writ/x' },
          context: { mission: { id }, facts: given },
        },
        { token },
      );
      return json.decision ? json.context.conditions : json.context.reason;
    };
    const permitted = (await ask(facts)) as { parameter_digest: string };
    expect(permitted.parameter_digest).toMatch(/^sha-256:[\w-]{43}$/);
    expect(await ask({ ...facts, tenant: 'evil' })).toBe('parameter_violation');
    expect(await ask({ catalogue_digest: 'sha-256:one' })).toBe('parameter_violation');
    expect(await ask({ ...facts, catalogue_digest: 'sha-256:two' })).toBe('capability_drift');
    expect(await ask(facts, { resource: 'git://passkey/refs/heads/main' })).toBe('out_of_authority');
    // A digest that the caller bound is of what is judged, or nothing is.
    const { parameter_digest } = permitted;
    expect(await ask(facts, { properties: { parameter_digest } })).toMatchObject({ parameter_digest });
    expect(await ask(facts, { properties: { parameter_digest, parameters: { oid: 'x' } } })).toBe(
      'parameter_violation',
    );
    const deeper = { ...bounded, resource: 'git://passkey/refs/heads/writ/deep' };
    await world.call('POST', `/v1/mandates/${id}/narrow`, { authorization_details: [deeper] });
    expect(await ask(facts)).toBe('authority_contained');
    const inside = { resource: 'git://passkey/refs/heads/writ/deep' };
    expect(await ask(facts, inside)).toMatchObject({ parameter_digest });
    const spent = { ...push(id), resource: inside.resource, facts };
    await world.call('POST', '/v1/operations', spent, { token, headers: { 'idempotency-key': 'k' } });
    expect(await ask(facts, inside)).toBe('quota_exceeded');
    await world.call('POST', `/v1/mandates/${id}/suspend`, {});
    expect(await ask(facts, inside)).toBe('mission_inactive');
  });
});

describe('a process that dies', () => {
  const program = (dir: string) => `
    import { startControlServer } from ${JSON.stringify(new URL('./control-server.ts', import.meta.url).href)};
    const server = await startControlServer({ dir: ${JSON.stringify(dir)} });
    process.stdout.write(server.url + '\\n');`;
  const start = async (dir: string) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program(dir)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, url: line.toString().trim() };
  };

  it('kill -9 and a restart keep everything, at the same address, and another process cannot serve the same files', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'writ-killed-'));
    const first = await start(dir);
    const token = (await readFile(join(dir, 'control/owner.token'), 'utf8')).trim();
    const call = <T>(
      url: string,
      method: string,
      path: string,
      body?: unknown,
      as = token,
      headers: Record<string, string> = {},
    ) => send<T>(url, method, path, body, { token: as, headers });
    const { json: m0 } = await call<Mandate>(first.url, 'POST', '/v1/mandates', proposal());
    await call(first.url, 'POST', `/v1/mandates/${m0.id}/approve`, { revision: 1, text_digest: m0.text_digest });
    const { json: issued } = await call<{ credential: string }>(
      first.url,
      'POST',
      `/v1/mandates/${m0.id}/credentials`,
      { run: 'r' },
    );
    const { json: begun } = await call<Begun>(first.url, 'POST', '/v1/operations', push(m0.id), issued.credential, {
      'idempotency-key': 'k',
    });
    await call(first.url, 'POST', `/v1/mandates/${m0.id}/revoke`, {});
    await expect(startControlServer({ dir })).rejects.toMatchObject({ name: 'JournalError', kind: 'locked' });

    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const second = await start(dir);
    expect(second.url).toBe(first.url);
    const { json: after } = await call<Mandate>(second.url, 'GET', `/v1/mandates/${m0.id}`);
    expect(after.state).toBe('revoked');
    expect(
      await call(second.url, 'POST', `/v1/operations/${begun.operation.id}/renew`, {}, issued.credential),
    ).toMatchObject({ status: 403 });
    expect(
      (
        await call<Begun>(second.url, 'POST', '/v1/operations', push(m0.id), issued.credential, {
          'idempotency-key': 'k',
        })
      ).json.permit,
    ).toBe(begun.permit);
    const { json: open } = await call<{ items: unknown[] }>(second.url, 'GET', '/v1/operations?open=true');
    expect(open.items).toHaveLength(1);
    expect((await call(second.url, 'GET', '/v1/audit/verify')).json).toMatchObject({ ok: true });
    second.child.kill('SIGKILL');
    await once(second.child, 'exit');
    await rm(dir, { recursive: true, maxRetries: 5 });
  });
});
