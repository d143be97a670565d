import { randomBytes } from 'node:crypto';
import { openPostgresJournal } from '@writ/journal';
import type { Journal } from '@writ/journal';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PostgresServer } from '../../test/kit/postgres/postgres-server.ts';
import type { Control } from '../control.ts';
import { openControl } from '../control.ts';
import { codeOf, got, testControl } from '../testing/test-control.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Two nodes of control over one store. The second hears of nothing by itself within the test: what it knows, it asked for. */
async function twoNodes(schema: string) {
  const open = (_: string, now: () => number, pollMs = 50): Promise<Journal> =>
    openPostgresJournal({ url: server.url, schema, organisation: 'test', now, pollMs });
  const a = await testControl(schema, open);
  const now = (): number => a.clock.now;
  const journal = await open(a.dir, now, 3_600_000);
  const b: Control = await openControl({ dir: a.dir, now, random: randomBytes, journal });
  const stack = new AsyncDisposableStack();
  stack.use(a);
  stack.use(journal);
  stack.use(b);
  return { a, b, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

it('judges on one node by what another has just revoked, without being told to', async () => {
  await using nodes = await twoNodes('revoked');
  const { a, b } = nodes;
  for (let round = 0; round < 10; round++) {
    const mandate = await a.approved();
    const by = await a.actorOf(mandate);
    const position = a.control.state.position;
    const asked = a.push(mandate, { atLeast: position });
    expect(got(await b.check(asked, by))).toMatchObject({ verdict: { decision: 'permit' } });
    expect(got(await b.check(asked, by)).position).toBeGreaterThanOrEqual(position);
    await a.stop(mandate);
    expect(got(await b.check(a.push(mandate), by)).verdict).toMatchObject({ decision: 'refuse' });
    expect(codeOf(await b.begin(a.push(mandate), 5_000, { by, key: 'k' }))).toBe('mandate_inactive');
  }
});

it('begins on one node nothing that another has revoked meanwhile: the read set is judged in the store', async () => {
  await using nodes = await twoNodes('begun');
  const { a, b } = nodes;
  for (let round = 0; round < 10; round++) {
    const mandate = await a.approved();
    const by = await a.actorOf(mandate);
    await b.journal.refresh();
    const [, begun] = await Promise.all([
      a.stop(mandate),
      b.begin(a.push(mandate), 5_000, { by, key: `k-${String(round)}` }),
    ]);
    await b.journal.refresh();
    if (begun.ok) {
      // It came first, so the stop has it on its list, or finds it at its next look.
      await a.control.tick();
      const operation = a.control.state.operations.get(begun.value.operation.begun.id);
      expect(operation?.state).toMatchObject({ name: 'open', interrupt: { how: 'interrupt' } });
    } else expect(codeOf(begun)).toBe('mandate_inactive');
  }
});

it('refuses only a position that nobody’s append has answered with', async () => {
  await using nodes = await twoNodes('at_least');
  const { a, b } = nodes;
  const mandate = await a.approved();
  const by = await a.actorOf(mandate);
  const { position } = a.control.state;
  expect(got(await b.check(a.push(mandate, { atLeast: position }), by)).position).toBe(position);
  expect(codeOf(await b.check(a.push(mandate, { atLeast: position + 100 }), by))).toBe('too_old');
});
