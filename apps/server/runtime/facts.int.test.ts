/** Facts of a workspace against the real planes: what runs leave, what Git says and why, what others post, one timeline, and where a failure was met before. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCaller, endpointOf } from '@writ/enforce';
import { controlApi, enforcerApi, runtimeApi } from '@writ/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logOf, openSession, printed } from './session-testing.ts';
import { openShell, turn } from './session-turns.ts';
import type { Bench } from './testing.ts';
import { must, openBench } from './testing.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({ 'docs/runbook.md': 'restart it\n' });
});
afterAll(() => bench[Symbol.asyncDispose]());

const facts = async (id: string) => must(await bench.runtime.call(runtimeApi.facts, { params: { id } })).items;
const tap = (name: string) => `printf 'TAP version 13\\n1..2\\nok 1 - adds\\nnot ok 2 - ${name}\\n'; exit 1`;

describe('facts', () => {
  it('are kept with time and method, say how they stand now, and nothing is run to see', async () => {
    const began = Date.now();
    const { repository, git } = bench;
    git('branch', '-m', 'main', 'fix/login');
    git('config', 'branch.fix/login.description', 'logins fail after midnight');
    mkdirSync(join(repository, 'prisma/migrations/20260101000000_first'), { recursive: true });
    const id = await openShell(bench, repository);
    await turn(bench, id, `echo ran >> ran; ${tap('carries the one')}`);
    const tell = (body: Parameters<typeof post>[1]) => post(id, body);
    must(await tell({ kind: 'pin', target: 'docs/runbook.md', note: 'when it is down' }));
    must(await tell({ kind: 'outside', source: 'ci', subject: 'build', status: 'bad', sentence: 'lint failed' }));
    must(
      await tell({
        kind: 'command',
        command: 'npm test',
        exit_code: 1,
        output: readFileSync(junit, 'utf8'),
        by: 'harness',
      }),
    );

    const seen = await facts(id);
    const of = (kind: string) => seen.filter((fact) => fact.kind === kind);
    expect(of('git')).toMatchObject([
      {
        standing: 'verified now',
        method: 'git',
        data: { branch: 'fix/login', reason: { text: 'logins fail after midnight', from: 'its description' } },
      },
    ]);
    expect(of('command')).toMatchObject([
      { standing: 'unknown', method: 'a run', data: { command: 'sh', exit_code: 1, by: 'run' } },
      { method: 'said by owner', data: { command: 'npm test', by: 'harness' } },
    ]);
    expect(of('tests')).toMatchObject([
      {
        data: { runner: 'tap', failed: 1, passed: 1, failing: [{ name: 'carries the one' }] },
        now: 'the same files when they were kept last',
      },
      { data: { runner: 'junit', command: 'npm test', failing: [{ name: 'sum › carries the one' }] } },
    ]);
    expect(of('data_store')).toMatchObject([
      { standing: 'verified now', data: { engine: 'prisma', newest: '20260101000000_first' } },
    ]);
    expect(of('pin')).toMatchObject([{ standing: 'verified now' }]);
    expect(of('outside')).toMatchObject([{ standing: 'unknown', data: { status: 'bad' } }]);
    for (const fact of seen) expect(Date.parse(fact.seen_at)).toBeGreaterThanOrEqual(began);
    expect(readFileSync(join(repository, 'ran'), 'utf8')).toBe('ran\n');

    writeFileSync(join(repository, 'docs/runbook.md'), 'do not restart it\n');
    mkdirSync(join(repository, 'prisma/migrations/20260202000000_second'));
    git('switch', '-q', '-c', 'other');
    const later = await facts(id);
    for (const kind of ['git', 'data_store', 'pin'])
      expect(
        later.filter((fact) => fact.kind === kind),
        kind,
      ).toMatchObject([{ standing: 'changed' }]);
    // Who comes back is told of it, and where to look.
    const { stale } = must(await bench.runtime.call(runtimeApi.back, { params: { id } }));
    expect(stale.filter(({ way }) => way === `writ facts ${id}`).map(({ what }) => what)).toEqual([
      expect.stringMatching(
        /^prisma at .*, newest migration 20260101000000_first; the newest is 20260202000000_second$/,
      ),
      expect.stringMatching(/^docs\/runbook\.md: when it is down; /),
    ]);
    git('switch', '-q', 'fix/login');

    // An agent reads the same, through its door alone.
    const token = readFileSync(join(bench.house.dir, 'control', 'points', 'enforcer.token'), 'utf8').trim();
    using door = createCaller({ base: () => endpointOf(bench.house.dir, 'runtime'), token, timeoutMs: 30_000 });
    expect(must(await door.call(runtimeApi.doorFacts, { params: { id } })).items.map(({ kind }) => kind)).toEqual(
      later.map(({ kind }) => kind),
    );
    expect(await bench.runtime.call(runtimeApi.doorFacts, { params: { id } })).toMatchObject({ ok: false });
  });

  it('stand in one timeline, by kind; and what fails was met before, with what followed', async () => {
    const { repository } = bench;
    const first = await openShell(bench, repository);
    await turn(bench, first, tap('wraps around'));
    await turn(bench, first, `printf 'TAP version 13\\n1..1\\nok 1 - wraps around\\n'`);
    const second = await openShell(bench, repository);
    await turn(bench, second, tap('wraps around'));

    const { items } = must(
      await bench.runtime.call(runtimeApi.timeline, { params: { id: first }, query: { kinds: 'tests,people' } }),
    );
    expect(items.map(({ kind, type }) => `${kind} ${type}`)).toEqual([
      'people session.opened',
      'people input.admitted',
      'tests fact.seen',
      'people input.admitted',
      'tests fact.seen',
    ]);
    const all = must(await bench.runtime.call(runtimeApi.timeline, { params: { id: first } })).items;
    expect(all.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['people', 'checkpoints', 'turns', 'commands', 'tests', 'git']),
    );
    expect(all.map(({ version }) => version)).toEqual(all.map(({ version }) => version).toSorted((a, b) => a - b));

    const before = must(await bench.runtime.call(runtimeApi.seenBefore, { query: { session: second } }));
    expect(before.items.filter(({ by }) => by === 'test')).toMatchObject([
      {
        session: first,
        what: 'wraps around',
        followed: expect.arrayContaining(['it was not among what failed the next time']) as string[],
      },
    ]);
    const byText = must(await bench.runtime.call(runtimeApi.seenBefore, { query: { text: 'wraps' } }));
    expect(new Set(byText.items.map(({ session }) => session))).toEqual(new Set([first, second]));
  });
});

describe('an agent', () => {
  it('reads what is known over MCP, by the official client and the real command, and nothing that its readers may not see', async () => {
    const { repository, house } = bench;
    const { id: hidden } = await openSession(bench, { argv: ['cat'], private_to: [], workspace: repository });
    must(await bench.runtime.call(runtimeApi.admit, { params: { id: hidden }, body: { text: 'hush swordfish' } }));
    const other = await openShell(bench, repository);
    await turn(bench, other, `echo open swordfish; ${tap('swims')}`);
    const id = await openShell(bench, repository);
    const token = readFileSync(join(house.dir, 'control', 'points', 'enforcer.token'), 'utf8').trim();
    using door = createCaller({ base: () => endpointOf(house.dir, 'runtime'), token, timeoutMs: 30_000 });
    const question = { question: 'Which fish?', options: [], recommendation: null, wait_ms: 0 };
    const { item } = must(await door.call(runtimeApi.doorAsk, { params: { id }, body: question }));
    must(await bench.runtime.call(runtimeApi.answer, { params: { id: item }, body: { answer: 'the sword one' } }));
    await turn(bench, id, tap('swims'));

    const text = 'swordfish';
    const steps = [
      ...['tools', 'facts', 'orientation', 'decisions', 'seen_before', 'forget'].map((tool) => ({ tool })),
      { tool: 'search', args: { text } },
      { tool: 'search' },
    ];
    writeFileSync(join(repository, 'steps.json'), JSON.stringify(steps));
    await turn(
      bench,
      id,
      // As a harness starts it that hands on nothing but these.
      `env -i PATH="$PATH" HOME="$HOME" "$WRIT_NODE" ${join(import.meta.dirname, '../../../test/kit/mcp/agent.mjs')} steps.json writ`,
    );
    const said = printed(await logOf(bench, id))
      .split('\n')
      .flatMap((line) => (line.startsWith('{"tool"') ? [JSON.parse(line) as { tool: string; said: string }] : []));
    const of = (tool: string): string => said.find((one) => one.tool === tool)?.said ?? '';
    expect(of('tools')).toBe('facts,orientation,decisions,search,seen_before');
    expect(of('facts')).toMatch(/"kind":"tests".*"swims".*"age_ms":\d+/);
    expect(JSON.parse(of('orientation'))).toMatchObject({ next: {}, stale: [] });
    expect(of('orientation')).toMatch(/"what":"branch".*"standing":"verified now"/);
    expect(of('decisions')).toMatch(/"ask":"Which fish\?","answer":"the sword one","by":"owner"/);
    expect(of('seen_before')).toContain(other);
    expect(of('forget')).toContain('there is no such tool here');
    const found = said.filter(({ tool }) => tool === 'search').map((one) => one.said);
    expect(found[0]).toContain(other);
    expect(found[0]).not.toContain('hush');
    expect(found[1]).toBe('say what to look for, in `text`');
    // What may not be told here is there for who may see it.
    const all = must(await bench.runtime.call(runtimeApi.searchSessions, { query: { q: text } })).items;
    expect(all.map(({ session }) => session)).toContain(hidden);
  });
});

describe('who comes back', () => {
  const back = async (id: string) => must(await bench.runtime.call(runtimeApi.back, { params: { id } }));
  const staleOf = async (id: string) => (await back(id)).stale.map(({ what, way }) => `${what} -> ${way}`);

  it('is told of tests that did not fail since, of a server that is described otherwise, and what answers it', async () => {
    const { repository, house } = bench;
    const name = 'ledger';
    const argv = [process.execPath, join(import.meta.dirname, '../../../test/kit/mcp/both-revisions.mjs')];
    const launch = { kind: 'stdio' as const, argv, cwd: repository };
    const token = readFileSync(join(house.dir, 'enforcer', 'local.token'), 'utf8').trim();
    const body = { name, project: 'p', launch };
    must(await house.enforcer.call(enforcerApi.addMcpServer, { token, timeoutMs: 30_000, body }));
    const first = await openShell(bench, repository);
    await turn(bench, first, tap('counts backwards'));
    const fresh = await staleOf(first);
    expect(fresh).toEqual([]);
    const seen = (await back(first)).facts.filter(({ about }) => about === 'seen');
    expect(seen.find(({ what }) => what === 'mcp')).toMatchObject({ standing: 'verified now' });

    // Of the same tests, in the same folder; fewer of them show nothing.
    const second = await openShell(bench, repository);
    await turn(bench, second, `printf 'TAP version 13\\n1..1\\nok 1 - adds\\n'`);
    expect(await staleOf(first)).toEqual([]);
    await turn(bench, second, `printf 'TAP version 13\\n1..2\\nok 1 - adds\\nok 2 - counts backwards\\n'`);
    must(await house.enforcer.call(enforcerApi.removeMcpServer, { token, params: { id: name } }));
    const params = { id: first };
    expect(await staleOf(first)).toEqual([
      expect.stringMatching(new RegExp(`counts backwards did not fail in ${second} at .* -> writ session note`)),
      expect.stringMatching(
        /ledger, .* tools; it is not there for the project now -> writ session reset .* connections/,
      ),
    ]);
    // Another under its name is not what the session was connected to.
    const other = [process.execPath, join(import.meta.dirname, '../../../examples/procurement/ledger/server.mjs')];
    const env = { LEDGER_DB: join(house.dir, 'ledger.db') };
    const again = { ...body, launch: { ...launch, argv: other, env } };
    must(await house.enforcer.call(enforcerApi.addMcpServer, { token, timeoutMs: 30_000, body: again }));
    expect(await staleOf(first)).toEqual([
      expect.stringContaining('counts backwards'),
      expect.stringMatching(
        /ledger, .* tools; its tools are described otherwise now -> writ session reset .* connections/,
      ),
    ]);
    must(await bench.runtime.call(runtimeApi.resetSession, { params, body: { what: 'connections' } }));
    expect(await staleOf(first)).toEqual([expect.stringContaining('counts backwards')]);
  });

  it('is told of an agent that was accepted anew, or whose file is not what was accepted', async () => {
    const { repository, git, house } = bench;
    must(await house.owner.call(controlApi.createProject, { body: { id: 'p' } }));
    const place = { project: 'p', repository };
    const write = (words: string): void => {
      mkdirSync(join(repository, '.writ/agents'), { recursive: true });
      writeFileSync(join(repository, '.writ/agents/worker.md'), `---\ntools: [read]\n---\n${words}\n`);
      git('add', '.writ');
      git('commit', '-qm', words);
    };
    const accept = async (): Promise<void> => {
      const params = { name: 'worker' };
      const { hash } = must(await bench.runtime.call(runtimeApi.getAgent, { params, query: place }));
      must(await bench.runtime.call(runtimeApi.acceptAgent, { params, body: { ...place, hash } }));
    };
    write('first');
    await accept();
    const body = {
      ...{ title: 'x', project: 'p', agent: 'worker', driver: 'command' as const, argv: ['sh'], workspace: repository },
      ...{ act_as: 'worker', mandate: null },
    };
    const { id } = must(await bench.runtime.call(runtimeApi.createSession, { body }));
    const agent = async () => (await back(id)).facts.filter(({ what }) => what.startsWith('agent'));
    expect(await agent()).toMatchObject([{ what: 'agent', standing: 'verified now' }]);
    write('second');
    expect(await agent()).toMatchObject([{ standing: 'verified now' }, { what: 'agent file', standing: 'changed' }]);
    expect(await staleOf(id)).toContainEqual(
      expect.stringMatching(/worker.md is not what was accepted, at .* -> writ agent show worker/),
    );
    await accept();
    expect(await agent()).toMatchObject([{ what: 'agent', standing: 'changed' }]);
    expect(await staleOf(id)).toContainEqual(
      expect.stringMatching(/worker was accepted anew since.* -> writ session send .* --agent worker/),
    );
  });

  it('is told of a question that was answered otherwise since, and by whom', async () => {
    const { repository, house } = bench;
    const token = readFileSync(join(house.dir, 'control', 'points', 'enforcer.token'), 'utf8').trim();
    using door = createCaller({ base: () => endpointOf(house.dir, 'runtime'), token, timeoutMs: 30_000 });
    const options = ['blue', 'red'].map((key) => ({ key, label: `${key} it is`, consequence: '' }));
    const decided = async (question: string, answer: string): Promise<string> => {
      const id = await openShell(bench, repository);
      const body = { question, options, recommendation: null, wait_ms: 0 };
      const { item } = must(await door.call(runtimeApi.doorAsk, { params: { id }, body }));
      must(await bench.runtime.call(runtimeApi.answer, { params: { id: item }, body: { answer } }));
      return id;
    };
    const first = await decided('Which colour?', 'blue');
    const same = await decided('which  colour?', 'blue');
    expect(await staleOf(first)).toEqual([]);
    const later = await decided('which colour?', 'red');
    expect(await staleOf(first)).toEqual([
      expect.stringMatching(new RegExp(`blue it is.*since .red it is. by owner in ${later} .* -> writ session note`)),
    ]);
    expect(await staleOf(same)).toHaveLength(1);
    expect(await staleOf(later)).toEqual([]);
  });
});

const junit = join(import.meta.dirname, '../../../runtime/workspace/tests/reports/node-junit.xml');

const post = (id: string, body: (typeof runtimeApi.tellFact.body)['_zod']['input']) =>
  bench.runtime.call(runtimeApi.tellFact, { params: { id }, body });
