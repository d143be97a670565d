/**
 * The tool calls of an attended session against a real control: what a call does that is consequential begins an operation before it runs, and is settled
 * by what the harness says of its end. The harness is played by its hooks; its processes are real ones.
 */

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClaudeHookInput, HookAnswer } from '@writ/enforce';
import {
  createCallOperations,
  createControlClient,
  createHeldArtifacts,
  createVerdicts,
  everyPage,
  killSince,
  killTree,
  systemClock,
  treeOf,
} from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import type { ControlServer } from '@writ/server';
import { startControlServer } from '@writ/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownMachine, until } from '../testing/machine.ts';
import type { Judged } from './judge.ts';
import { createJudge } from './judge.ts';

const machine = ownMachine();
let server: ControlServer;
beforeEach(async () => {
  server = await startControlServer({ dir: machine.home });
});
afterEach(() => server.close());

const tokenAt = (path: string): string => readFileSync(join(machine.home, 'control', path), 'utf8').trim();
const entry = (resource: string, actions: readonly string[], constraints: object = {}) => ({
  type: 'mission_resource_access' as const,
  resource,
  resource_match: 'prefix' as const,
  actions: [...actions],
  constraints,
});
const usual = [
  entry('workspace://app/', ['file.read', 'file.write']),
  entry('shell://app/', ['shell.run']),
  entry('git://app/refs/heads', ['git.commit']),
  entry('mission://app/', ['task.note']),
];

/** A session under a mandate of `more`, with hooks to speak through. */
async function session(more: object = {}) {
  const clientOf = (token: string) => createControlClient({ base: { url: server.url }, token, timeoutMs: 10_000 });
  const owner = clientOf(tokenAt('owner.token'));
  const pointToken = () => tokenAt('points/launcher.token');
  const point = clientOf(pointToken());
  const need = <T>(
    reply: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: { detail: string } },
  ): T => {
    if (!reply.ok) throw new Error(reply.problem.detail);
    return reply.value;
  };
  const proposed = need(
    await owner.call(controlApi.propose, {
      body: {
        project: 'app',
        purpose: 'a session',
        actor: 'claude',
        authorization_details: usual,
        expires_at: new Date(Date.now() + 3_600_000).toISOString(),
        ...more,
      },
    }),
  );
  const { id: mandate, revision, text_digest } = proposed;
  need(await owner.call(controlApi.approve, { params: { id: mandate }, body: { revision, text_digest } }));
  const issued = await owner.call(controlApi.issueCredential, { params: { id: mandate }, body: { run: 's-1' } });
  const { credential } = need(issued);
  const artifacts = createHeldArtifacts({
    control: point,
    point: 'launcher-s-1',
    clock: systemClock,
    timeoutMs: 1_500,
  });
  await point.call(controlApi.registerPoint, {
    params: { id: 'launcher-s-1' },
    body: { kind: 'launcher', boot: 'b', position: 0, holdings: [] },
  });
  await artifacts.hold({ mandate, credential });
  const child = spawn('sh', ['-c', 'sleep 300 & while read line; do sh -c "$line" & done'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const tree = treeOf(child.pid ?? 0, 'WRIT_RUN=s-1', null);
  if (tree === null) throw new Error('nothing was started');
  const verdicts = createVerdicts({ control: point, artifacts, pointToken });
  const ended: string[] = [];
  const calls = createCallOperations({
    verdicts,
    control: point,
    pointToken,
    clock: systemClock,
    async endSince(ticks, why) {
      ended.push(why);
      return (await killSince(tree, ticks ?? 0, 2_000)).length;
    },
    standsStill: () => false,
  });
  const over = new AbortController();
  const watching = point.watch({
    after: null,
    signal: over.signal,
    onHeard: () => undefined,
    onGap: () => undefined,
    onChange(change) {
      artifacts.changed(change);
      calls.changed(change);
    },
  });
  const judged: Judged[] = [];
  const unasked: string[] = [];
  const judge = createJudge(
    {
      calls,
      verdicts,
      worktree: () => Promise.resolve('the worktree was tree abc'),
      blind: (tool) => Promise.resolve(void unasked.push(tool)),
      seen: (one) => judged.push(one),
    },
    {
      harness: 'claude',
      project: 'app',
      root: machine.root,
      stateDir: machine.home,
      mandate,
      session: 's-1',
      contained: true,
      readOnly: false,
      watches: false,
      credential,
    },
  );
  const hook = (hook_event_name: string, rest: Partial<ClaudeHookInput> = {}): Promise<HookAnswer> =>
    judge({ session_id: 'h', hook_event_name, cwd: machine.root, transcript_path: '', ...rest });
  return {
    mandate,
    owner,
    need,
    hook,
    ended,
    judged,
    unasked,
    calls,
    /** Starts something inside the session's processes. */
    run: (line: string) => void child.stdin.write(`${line}\n`),
    before: (id: string, tool_name: string, tool_input: Record<string, unknown>) =>
      hook('PreToolUse', { tool_use_id: id, tool_name, tool_input }),
    after: (id: string, event = 'PostToolUse') => hook(event, { tool_use_id: id }),
    async operations() {
      const all = await everyPage((query) => owner.call(controlApi.listOperations, { query }));
      return need(all)
        .map(({ action, resource, state, evidence }) => ({ action, resource, state, evidence }))
        .reverse();
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await watching.done;
      await calls[Symbol.asyncDispose]();
      await artifacts[Symbol.asyncDispose]();
      await killTree(tree, 2_000);
      for (const client of [owner, point]) client[Symbol.dispose]();
    },
  };
}

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
