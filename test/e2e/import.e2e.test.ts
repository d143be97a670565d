/** The histories that the real Claude Code, Codex and opencode left (`test/recorded/histories`) are taken in by the real command: what was typed, said, called and answered, readable, found, erasable and inert. */

import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { World } from './support/world.ts';
import { createWorld } from './support/world.ts';

const recorded = join(import.meta.dirname, '../recorded/histories');
type Entry = {
  readonly type: string;
  readonly position: number;
  readonly data: Readonly<Record<string, unknown>> | null;
};

let world: World;
beforeAll(async () => {
  world = await createWorld();
  const home = world.env['HOME'] ?? '';
  cpSync(join(recorded, 'claude'), home, { recursive: true });
  cpSync(join(recorded, 'codex'), join(home, '.codex'), { recursive: true });
  const data = join(home, '.local/share/opencode');
  mkdirSync(data, { recursive: true });
  using db = new DatabaseSync(join(data, 'opencode.db'));
  db.exec(readFileSync(join(recorded, 'opencode/.local/share/opencode/opencode.db.sql'), 'utf8'));
  expect((await world.writ(['up'])).code).toBe(0);
}, 60_000);
afterAll(() => world[Symbol.asyncDispose]());

const logOf = async (id: string): Promise<readonly Entry[]> =>
  (await world.json<{ items: Entry[] }>(['log', id, '--all'])).items;

test('claude, codex and opencode: taken in once, with the words, and each of them a session that may do nothing', async () => {
  for (const harness of ['claude', 'codex', 'opencode']) {
    const taken = await world.json<{ id: string; state: string; mandate: string | null }[]>([
      ...['session', 'import', '--from', harness],
    ]);
    expect(
      taken.map(({ state, mandate }) => [state, mandate]),
      harness,
    ).toEqual([
      ['paused', null],
      ['paused', null],
    ]);
    const logs = await Promise.all(taken.map(({ id }) => logOf(id)));
    const of = (type: string): readonly Entry[] => logs.flat().filter((one) => one.type === type);
    const text = (type: string): string =>
      of(type)
        .map(({ data }) => String(data?.['text']))
        .join('\n');
    expect(text('input.admitted'), harness).toContain('do the work');
    expect(text('agent.said'), harness).toMatch(/I look\.[^]*Done\./);
    const helped = of('agent.said').filter(({ data }) => typeof data?.['by'] === 'string');
    expect(
      helped.map(({ data }) => data?.['text']),
      harness,
    ).toContain('fetched');
    expect(text('output.recorded'), harness).toContain('npm error code ENOENT');
    expect(
      of('input.admitted').every(({ data }) => data?.['drives'] === false),
      harness,
    ).toBe(true);
    const calls = JSON.stringify(of('observation.recorded'));
    expect(calls, harness).toContain('git push origin main');
    // How a command ended is what the harness says, or nobody's to say.
    if (harness !== 'claude') expect(calls, harness).toContain('254');
  }
  expect(await world.json<unknown[]>(['session', 'import', '--from', 'opencode'])).toEqual([]);
  // Found by its words, and gone from there once erased.
  const found = async () => (await world.writ(['session', 'search', 'ENOENT'])).stdout;
  expect(await found()).toContain('ENOENT');
  const sessions = await world.json<{ id: string; agent: string }[]>(['session', 'list', '--all']);
  const logs = await Promise.all(sessions.map(({ id }) => logOf(id)));
  const positions = logs
    .flat()
    .filter(({ type, data }) => type === 'output.recorded' && String(data?.['text']).includes('ENOENT'))
    .map(({ position }) => position);
  expect(positions.length).toBeGreaterThan(2);
  const body = { positions, reason: 'not for here' };
  expect((await world.api('runtime', 'POST', '/v1/audit/erase', body)).status).toBeLessThan(300);
  expect(await found()).not.toContain('ENOENT: no such file');
});
