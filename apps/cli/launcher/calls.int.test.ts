/**
 * The tool calls of an attended session against a real control: what a call does that is consequential begins an operation before it runs, and is settled
 * by what the harness says of its end. The harness is played by its hooks; its processes are real ones.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi } from '@writ/protocol';
import type { ControlServer } from '@writ/server';
import { startControlServer } from '@writ/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entry, hookedSession, usual } from '../testing/hooked-session.ts';
import { ownMachine, until } from '../testing/machine.ts';

const machine = ownMachine();
let server: ControlServer;
beforeEach(async () => {
  server = await startControlServer({ dir: machine.home });
});
afterEach(() => server.close());

const session = (more: object = {}) => hookedSession({ machine, server, more });

const bash = (command: string, more: object = {}) => ({ command, ...more });
type Session = Awaited<ReturnType<typeof session>>;
/** The operations, once they stand so. */
async function settled(one: Session, states: readonly string[]) {
  const isSo = async () =>
    JSON.stringify((await one.operations()).map(({ state }) => state)) === JSON.stringify(states);
  await until(`operations are ${states.join(', ')}`, isSo);
  return one.operations();
}

describe('what is consequential in a call', () => {
  it('begins before it runs, and is settled with what the harness says', async () => {
    await using one = await session();
    expect(await one.before('t1', 'Bash', bash('npm test'))).toEqual({ kind: 'allow' });
    expect(await one.operations()).toMatchObject([{ action: 'shell.run', state: 'begun' }]);
    await one.after('t1');
    await one.before('t2', 'Bash', bash('make all'));
    await one.after('t2', 'PostToolUseFailure');
    expect(await settled(one, ['done', 'failed'])).toMatchObject([
      { resource: 'shell://app/npm', evidence: 'the harness said that the call ended' },
      { resource: 'shell://app/make', evidence: 'the harness said that the call failed' },
    ]);
    // The same hook once more is the same operation.
    await one.before('t2', 'Bash', bash('make all'));
    expect(await one.operations()).toHaveLength(2);
    // A call that Writ had nothing against, and the harness had: nothing of it ran, and somebody knows.
    await one.before('t3', 'Bash', bash('make install', { run_in_background: true }));
    await one.after('t3', 'PermissionDenied');
    expect(await settled(one, ['done', 'failed', 'failed'])).toMatchObject([
      {},
      {},
      { evidence: 'the harness said that it denied the call, so that nothing of it ran' },
    ]);
  });

  it('is of a read nothing, and of the writes of a turn one, with the tree', async () => {
    await using one = await session();
    const file = (name: string) => ({ file_path: join(machine.root, name) });
    await one.before('t1', 'Read', file('a.ts'));
    expect(await one.operations()).toEqual([]);
    // Two at once begin one.
    await Promise.all([one.before('t2', 'Write', file('a.ts')), one.before('t3', 'Edit', file('b.ts'))]);
    await one.before('t4', 'Bash', bash('echo x > c.ts'));
    for (const id of ['t2', 't3', 't4']) await one.after(id);
    expect(await one.operations()).toMatchObject([{ action: 'file.write', state: 'begun' }]);
    await one.hook('Stop');
    expect(await settled(one, ['done'])).toMatchObject([{ evidence: 'the worktree was tree abc' }]);
    await one.before('t5', 'Write', file('a.ts'));
    expect(await one.operations()).toHaveLength(2);
  });

  it('leaves nothing open where another part of the call was refused', async () => {
    await using one = await session();
    const answer = await one.before('t1', 'Bash', bash('npm test && git push origin main'));
    expect(answer).toMatchObject({ kind: 'refuse' });
    expect(await settled(one, ['interrupted'])).toMatchObject([{ resource: 'shell://app/npm' }]);
    // It says how to ask for exactly that.
    expect(answer).toMatchObject({ why: expect.stringContaining('`writ request git.push git://app/refs/heads/main`') });
  });

  it('is unknown where the turn or the session was over without a word', async () => {
    await using one = await session();
    await one.before('t1', 'Bash', bash('npm test'));
    await one.before('t2', 'Bash', bash('npm start', { run_in_background: true }));
    await one.after('t2');
    await one.hook('Stop');
    await settled(one, ['unknown', 'begun']);
    await one.calls.close('unknown', 'the harness died');
    expect(await settled(one, ['unknown', 'unknown'])).toMatchObject([{}, { evidence: 'the harness died' }]);
  });
});

it('a history rule counts what a call did, and refuses what comes before it', async () => {
  const history = [
    { id: 'tests', kind: 'before', first: ['shell.run'], then: ['git.commit'], stale_after: ['file.write'] },
  ];
  await using one = await session({ history });
  const commit = (id: string) => one.before(id, 'Bash', bash('git commit -m x'));
  expect(await commit('c1')).toMatchObject({ kind: 'refuse' });
  await one.before('t1', 'Bash', bash('npm test'));
  await one.after('t1', 'PostToolUseFailure');
  expect(await commit('c2')).toMatchObject({ kind: 'refuse' });
  await one.before('t2', 'Bash', bash('npm test'));
  await one.after('t2');
  await until('a test counts', async () => (await commit('c3')).kind === 'allow');
  await one.after('c3');
  await one.before('w1', 'Write', { file_path: join(machine.root, 'a.ts') });
  await one.after('w1');
  await one.hook('Stop');
  expect(await commit('c4')).toMatchObject({ kind: 'refuse' });
});

it('a call beyond a budget of calls is refused, and one that waits for a yes runs once for it', async () => {
  await using one = await session({ budgets: [{ kind: 'calls', limit: 2, when_spent: 'finish' }] });
  await one.before('t1', 'Bash', bash('npm test'));
  await one.before('t2', 'Bash', bash('npm test'));
  expect(await one.before('t3', 'Bash', bash('npm test'))).toMatchObject({
    kind: 'refuse',
    why: expect.stringContaining('budget'),
  });
});

it('what waits for a yes is put before people, and the same call passes once for it', async () => {
  const asks = entry('git://app/refs/heads/writ', ['git.push'], { requires_action_approval: true });
  await using one = await session({ authorization_details: [...usual, asks] });
  const push = (id: string) => one.before(id, 'Bash', bash('git push origin writ/x'));
  const answer = await push('p1');
  expect(answer).toMatchObject({ kind: 'refuse', why: expect.stringContaining('Not yet') });
  const [, approval = ''] = /writ inbox (\S+) yes/.exec('tell' in answer ? (answer.tell ?? '') : '') ?? [];
  const { text_digest } = one.need(await one.owner.call(controlApi.getApproval, { params: { id: approval } }));
  one.need(
    await one.owner.call(controlApi.giveApproval, {
      params: { id: approval },
      body: { text_digest: text_digest ?? '' },
    }),
  );
  expect(await push('p2')).toEqual({ kind: 'allow' });
  await one.after('p2');
  expect(await push('p3')).toMatchObject({ kind: 'refuse', why: expect.stringContaining('Not yet') });
});

it('a call that its mandate covers no more is ended, and nothing beside it', async () => {
  await using one = await session();
  const alive = join(machine.root, 'alive');
  const before = join(machine.root, 'before');
  const beat = (file: string) => `while :; do echo x >> ${file}; sleep 0.05; done`;
  const lines = (file: string): number => {
    try {
      return readFileSync(file, 'utf8').length;
    } catch {
      return 0; // it has not begun
    }
  };
  one.run(beat(before));
  await until('what was there before runs', () => lines(before) > 3);
  await one.before('t1', 'Bash', bash('npm start'));
  one.run(beat(alive));
  await until('the call runs', () => lines(alive) > 3);
  const narrow = {
    authorization_details: [entry('workspace://app/', ['file.read', 'file.write'])],
    reason: 'no shell',
  };
  const receipt = one.need(await one.owner.call(controlApi.narrow, { params: { id: one.mandate }, body: narrow }));
  await until('the call was ended', () => one.ended.length > 0);
  await settled(one, ['interrupted']);
  const [ended, other] = [lines(alive), lines(before)];
  await until('what is beside it goes on', () => lines(before) > other + 5);
  expect(lines(alive)).toBe(ended);
  const closed = one.need(await one.owner.call(controlApi.getReceipt, { params: { id: receipt.id } }));
  expect(closed.lines).toMatchObject([
    { kind: 'operation', outcome: 'interrupted' },
    { kind: 'permit', outcome: 'void' },
  ]);
});

it('a call that took effect without a yes before it is told, once it is seen: unasked, or refused and run all the same', async () => {
  const one = await session();
  await one.before('t1', 'Read', { file_path: join(machine.root, 'a') });
  await one.after('t1');
  // Refused, and it failed, as it must.
  await one.before('t2', 'Write', { file_path: '/etc/passwd', content: 'x' });
  await one.after('t2', 'PostToolUseFailure');
  expect(one.unasked).toEqual([]);
  await one.hook('PostToolUse', { tool_use_id: 't2', tool_name: 'Write' });
  await one.hook('PostToolUse', { tool_use_id: 't3', tool_name: 'Bash' });
  await one.hook('PostToolUseFailure', { tool_use_id: 't4', tool_name: 'Edit' });
  expect(one.unasked).toEqual(['Write', 'Bash', 'Edit']);
});

it('a prompt of its own is answered for the very call that was let through in a sandbox, and told of is what it tells of', async () => {
  await using one = await session();
  const prompt = (command: string) =>
    one.hook('PermissionRequest', { tool_name: 'Bash', tool_input: { command, description: 'to try' } });
  expect(await prompt('npm test')).toEqual({ kind: 'no_objection' });
  await one.before('t1', 'Bash', bash('npm test'));
  expect(await prompt('npm test')).toEqual({ kind: 'allow' });
  expect(await prompt('make test')).toEqual({ kind: 'no_objection' });
  await one.before('t2', 'Bash', bash('git push origin main'));
  expect(await prompt('git push origin main')).toEqual({ kind: 'no_objection' });
  await one.hook('PreCompact');
  await one.hook('UserPromptSubmit', { source: 'schedule_wakeup' });
  expect(await prompt('npm test')).toEqual({ kind: 'no_objection' });
  expect(one.heard).toEqual(['compaction', 'wake_up']);
});

describe('a helper', () => {
  const delegation = { max_depth: 1, children: { max_children: 2 } };
  const handed = (entries: readonly object[]) => entries.map((one) => ({ ...one, delegation }));
  const spawning = {
    authorization_details: [
      ...handed(usual),
      { ...entry('agent://Explore', ['agent.spawn']), resource_match: 'exact', delegation },
    ],
    delegation: { max_depth: 1, max_children: 2, actors: 'any' },
  };
  const work = (agent_id: string, agent_type: string, id: string, tool_name: string, tool_input: object) => ({
    agent_id,
    agent_type,
    tool_use_id: id,
    tool_name,
    tool_input: { ...tool_input },
  });

  it('works under a child mandate of its own, without what its kind is not there for, until it ends', async () => {
    await using one = await session(spawning);
    expect(await one.before('t1', 'Agent', { subagent_type: 'Explore', prompt: 'look' })).toEqual({ kind: 'allow' });
    const call = (id: string, tool: string, input: object) =>
      one.hook('PreToolUse', work('h1', 'Explore', id, tool, input));
    const file = { file_path: join(machine.root, 'a.ts') };
    expect(await call('t2', 'Read', file)).toEqual({ kind: 'allow' });
    expect(await call('t3', 'Write', file)).toMatchObject({ kind: 'refuse' });
    expect(await one.before('t4', 'Write', file)).toEqual({ kind: 'allow' });
    const children = async () =>
      one.need(await one.owner.call(controlApi.listMandates, {})).items.filter(({ parent }) => parent === one.mandate);
    expect(await children()).toMatchObject([{ actor: 'Explore', state: 'active' }]);
    await one.hook('SubagentStop', { agent_id: 'h1' });
    await until('the child mandate is over', async () => (await children())[0]?.state !== 'active');
    expect(await call('t5', 'Read', file)).toMatchObject({ kind: 'refuse' });
  });

  it('does no work where nobody saw it start, at any depth', async () => {
    await using one = await session(spawning);
    const call = (agent: string, id: string, tool: string, input: object) =>
      one.hook('PreToolUse', work(agent, 'Explore', id, tool, input));
    expect(await call('h1', 't1', 'Bash', bash('npm test'))).toMatchObject({
      why: expect.stringContaining('was not started under a mandate of its own'),
    });
    await one.before('t2', 'Agent', { subagent_type: 'Explore', prompt: 'look' });
    expect(await call('h1', 't3', 'Agent', { subagent_type: 'Explore' })).toMatchObject({ kind: 'refuse' });
    expect(await call('h2', 't4', 'Read', { file_path: join(machine.root, 'a.ts') })).toMatchObject({ kind: 'refuse' });
  });
});
