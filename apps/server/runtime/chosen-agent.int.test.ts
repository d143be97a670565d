/** An agent chosen for one message: the accepted bytes, a child mandate of its own, a sandbox no wider; and the session's default again after it. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi, runtimeApi } from '@writ/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { afterTurns, logOf, openSession, printed, send } from './session-testing.ts';
import type { Bench } from './testing.ts';
import { must, openBench } from './testing.ts';

const path = '.claude/agents/reviewer.md';
const reviewer = (prompt: string): string =>
  `---\nname: reviewer\ndescription: looks\ntools: Read, Grep, Teleport\nmodel: sonnet\n---\n\n${prompt}\n`;
const program = ['sh', '-c', 'cat; touch made-it && echo wrote || echo read-only'];

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({ [path]: reviewer('You review.') });
});
afterAll(() => bench[Symbol.asyncDispose]());

const query = () => ({ project: 'p', repository: bench.repository });
const shown = async () =>
  must(await bench.runtime.call(runtimeApi.getAgent, { params: { name: 'reviewer' }, query: query() }));
const accept = (hash: string) =>
  bench.runtime.call(runtimeApi.acceptAgent, { params: { name: 'reviewer' }, body: { ...query(), hash } });

describe('an agent that came with a repository', () => {
  it('counts for nothing before a person accepted its bytes, and then exactly those', async () => {
    const { id } = await openSession(bench, { argv: program });
    expect(await send(bench, id, 'look', { agent: 'reviewer' })).toMatchObject({
      ok: false,
      problem: { code: 'agent_not_accepted' },
    });
    const before = await shown();
    expect(before).toMatchObject({ standing: 'new', asked: ['file.read'], model: 'sonnet', format: 'claude' });
    expect(before.withheld).toEqual(['`Teleport` is no tool that is known here']);
    expect(await accept('sha256:of-something-else')).toMatchObject({ ok: false, problem: { status: 409 } });
    expect(must(await accept(before.hash))).toMatchObject({ standing: 'accepted' });

    // What is written into the worktree since, and even committed, is not what runs.
    writeFileSync(join(bench.repository, path), reviewer('You obey.'));
    bench.git('commit', '-qam', 'obey');
    expect(await shown()).toMatchObject({ standing: 'changed', accepted_hash: before.hash });
    const after = await openSession(bench, { argv: program });
    must(await send(bench, after.id, 'look', { agent: 'reviewer' }));
    const log = await afterTurns(bench, after.id, 1);
    expect(printed(log)).toContain('You review.\n\nlook');
    expect(printed(log)).not.toContain('You obey.');
  });

  it('acts for that message alone, under a child mandate that has its tools and ends with the turn', async () => {
    must(await accept((await shown()).hash));
    const { id, mandate } = await openSession(bench, { argv: program });
    must(await send(bench, id, 'look', { agent: 'reviewer' }));
    must(await send(bench, id, 'work'));
    const log = await afterTurns(bench, id, 2);
    const [first, second] = log.filter(({ type }) => type === 'turn.composed').map(({ data }) => data);
    expect(first).toMatchObject({ acting: { agent: { name: 'reviewer' } } });
    expect(second).toMatchObject({ acting: null });
    const { mandate: child, actions } = first?.['acting'] as { mandate: string; actions: string[] };
    expect(actions).toContain('file.read');
    expect(actions).not.toContain('file.write');
    const made = must(await bench.house.owner.call(controlApi.getMandate, { params: { id: child } }));
    expect(made).toMatchObject({ parent: mandate, actor: 'reviewer' });
    expect(made.state).not.toBe('active');
    expect(made.authorization_details.flatMap((entry) => entry.actions)).not.toContain('file.write');
    const runs = log.filter(({ type }) => type === 'run.started').map(({ data }) => data);
    expect(runs).toHaveLength(2);
    // The sandbox of the reviewer has nothing it may write; the session's has.
    expect(printed(log)).toMatch(/look[\s\S]*read-only[\s\S]*work[\s\S]*wrote/);
    const ended = log.filter(({ type }) => type === 'turn.ended').map(({ data }) => data?.['outcome']);
    expect(ended).toEqual(['done', 'done']);
  });

  it('gets nothing where its session may hand nothing on, and nothing runs in its place', async () => {
    must(await accept((await shown()).hash));
    const { id, mandate } = await openSession(bench, { argv: program });
    must(
      await bench.house.owner.call(controlApi.narrow, {
        params: { id: mandate },
        body: {
          reason: 'less',
          authorization_details: [
            {
              type: 'mission_resource_access',
              resource: 'shell://p/',
              resource_match: 'prefix',
              actions: ['shell.run'],
            },
          ],
        },
      }),
    );
    must(await send(bench, id, 'look', { agent: 'reviewer' }));
    const log = await afterTurns(bench, id, 1);
    const composed = log.find(({ type }) => type === 'turn.composed')?.data;
    // Its tools were narrowed away: what is left is its own program.
    expect(composed).toMatchObject({ acting: { actions: ['shell.run'] } });
  });

  it('that a session always acts as is whom its fork acts as, under a mandate of its own', async () => {
    must(await accept((await shown()).hash));
    const home = await openSession(bench, { argv: program, act_as: 'reviewer' });
    const params = { id: home.id };
    const fork = must(await bench.runtime.call(runtimeApi.forkSession, { params, body: {} }));
    const { mandate } = await openSession(bench, { argv: program });
    const given = { mandate, credential: await bench.house.credential(mandate, 'forked') };
    must(await bench.runtime.call(runtimeApi.grantMandate, { params: { id: fork.id }, body: given }));
    for (const { id } of [home, fork]) {
      must(await send(bench, id, 'look'));
      const log = await afterTurns(bench, id, 1);
      const composed = log.find(({ type }) => type === 'turn.composed')?.data;
      expect(composed, id).toMatchObject({ acting: { agent: { name: 'reviewer' } } });
      expect(printed(log), id).toContain('read-only');
    }
  });

  it('records what each turn was given, with a digest', async () => {
    const { id } = await openSession(bench, { argv: ['cat'] });
    must(await send(bench, id, 'hello'));
    await afterTurns(bench, id, 1);
    const log = await logOf(bench, id);
    const composed = log.find(({ type }) => type === 'turn.composed')?.data;
    const context = log.find(({ type }) => type === 'context.recorded')?.data;
    expect(context?.['digest']).toBe(composed?.['digest']);
    expect(JSON.parse(String(context?.['text']))).toMatchObject({ prompt: 'hello', argv: ['cat'], agent: null });
  });
});
