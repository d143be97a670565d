/**
 * Another world than code: an agent pays invoices out of a real ledger, and a sub-agent compares them with contracts. In the middle of it a vendor comes under
 * review. The ledger's books are the judge: nothing more is posted, and nothing that was not agreed, was too much, or of somebody else.
 */

import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { mandateOf, mandates, revoke, sessions } from './support/mission.ts';
import type { World } from './support/world.ts';
import { createWorld, stays, until } from './support/world.ts';

const example = join(import.meta.dirname, '../../examples/procurement');

/** As a person at a terminal: what they are shown, they approve. */
async function start(world: World, repository: string): Promise<string> {
  const file = { source: readFileSync(join(repository, 'mission.md'), 'utf8'), file: 'mission.md', repository };
  const post = async <T>(plane: 'control' | 'runtime', path: string, body: unknown): Promise<T> => {
    const answer = await world.api<T>(plane, 'POST', path, body);
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  type Plan = { authorization_details: unknown; conditions: unknown; delegation: object };
  const plan = await post<Plan>('runtime', '/v1/missions/compile', file);
  await post('control', '/v1/projects', { id: 'procurement', title: '' });
  const mandate = await post<{ id: string; revision: number; text_digest: string }>('control', '/v1/mandates', {
    project: 'procurement',
    purpose: 'pay what was agreed',
    actor: 'mission',
    authorization_details: plan.authorization_details,
    conditions: plan.conditions,
    budgets: [],
    delegation: { ...plan.delegation, actors: 'any' },
    steerers: [],
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  });
  const { id, revision, text_digest } = mandate;
  await post('control', `/v1/mandates/${id}/approve`, { revision, text_digest });
  const issued = await post<{ credential: string }>('control', `/v1/mandates/${id}/credentials`, {
    run: 'mission-1',
    program: { harness: 'writ' },
  });
  const mission = await post<{ id: string }>('runtime', '/v1/missions', { ...file, project: 'procurement' });
  await post('runtime', `/v1/missions/${mission.id}/start`, { mandate: id, credential: issued.credential });
  return id;
}

test('a vendor comes under review in the middle of paying', async () => {
  await using world = await createWorld();
  expect((await world.writ(['up'])).code).toBe(0);
  const repository = join(world.place, 'books');
  cpSync(join(example, 'books'), repository, { recursive: true });
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], { cwd: repository });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'books');
  const database = join(world.place, 'ledger.db');
  const env = {
    LEDGER_DB: database,
    LEDGER_SLOW_MS: '2000',
    WRIT_CONTROL: join(world.home, 'control/endpoint.json'),
    WRIT_SINK_TOKEN: join(world.home, 'control/points/sink.token'),
  };
  const added = await world.writ([
    ...['mcp', 'add', 'ledger', '--project', 'procurement', '--fenced', '--tools', join(example, 'ledger/tools.json')],
    ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...['--', 'node', join(example, 'ledger/server.mjs')],
  ]);
  expect(added).toMatchObject({ code: 0 });
  expect(added.stdout).toContain('mcp://ledger/post_entry');
  using books = new DatabaseSync(database);
  const posted = () => books.prepare('SELECT tenant, invoice, amount FROM entries ORDER BY invoice').all();
  for (const vendor of ['northwind', 'initech']) await world.json(['signal', `vendor:${vendor}`, 'clear']);
  const mandate = await start(world, repository);
  const operations = async () =>
    (
      await world.api<{ items: { action: string; state: string; id: string }[] }>(
        'control',
        'GET',
        `/v1/operations?mandate=${mandate}`,
      )
    ).body.items.filter(({ action }) => action === 'mcp.commit');

  await until(
    'two invoices are paid, and the next is under way',
    async () => posted().length === 2 && (await operations()).some(({ state }) => state === 'begun'),
    60_000,
  );
  // Asked for by itself: a command takes as long to start as the ledger takes to post.
  const review = { subject: 'vendor:northwind', value: 'under_review' };
  expect((await world.api('control', 'POST', '/v1/signals', review)).status).toBeLessThan(300);
  const paid = await stays('the books', 2_500, posted);

  // Within what was agreed, of this tenant, and no more than the mandate says.
  expect(paid).toEqual([
    { tenant: 'acme', invoice: 'inv-1', amount: '250.00' },
    { tenant: 'acme', invoice: 'inv-2', amount: '310.50' },
  ]);
  // What was in flight was brought to the ledger with a permit that is stale, and refused there, or not brought at all.
  const [{ permitted } = { permitted: 0 }] = books
    .prepare("SELECT count(*) AS permitted FROM entries WHERE invoice NOT IN ('inv-1', 'inv-2')")
    .all() as { permitted: number }[];
  expect(permitted).toBe(0);
  expect((await mandateOf(world, mandate)).state).toBe('suspended');
  await until('what was in flight is accounted for', async () =>
    (await operations()).every(({ state }) => state !== 'begun'),
  );

  // The sub-agent looked where it had no business: each time it was refused, and its mandate was its own.
  const [session] = await sessions(world);
  const lines = readFileSync(join(session?.workspace?.path ?? '', 'comparer.jsonl'), 'utf8')
    .trim()
    .split('\n');
  for (const line of lines) {
    const { elsewhere, posting } = JSON.parse(line) as Record<'elsewhere' | 'posting', { isError: boolean }>;
    expect([elsewhere.isError, posting.isError]).toEqual([true, true]);
  }
  const children = (await mandates(world)).filter(({ parent }) => parent === mandate);
  expect(children.length).toBeGreaterThan(0);

  // Revoked: the account says what was done, and what nobody can say.
  await revoke(world, mandate);
  await stays('the books', 1_500, posted);
  const trail = await world.writ(['audit', 'trail', '--json']);
  expect(trail.code).toBe(0);
  expect(trail.stdout).toContain('mcp://ledger/post_entry');
});
