/**
 * The logs of a whole run, at their loudest: every line is a fact a machine can read, what happened is in them, and no secret of anybody is. What is a secret is not told to the
 * test: it is whatever lies in the files that hold some, and what people and agents brought.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { heartbeat, sessions, startMission } from './support/mission.ts';
import { createRepository } from './support/night-repository.ts';
import type { World } from './support/world.ts';
import { createWorld, until } from './support/world.ts';

const filesIn = (dir: string): readonly string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** Every long word in a file that holds secrets: tokens, private keys, secrets of webhooks. What is public of a key is none. */
function secretsIn(home: string): ReadonlySet<string> {
  const holdsSecrets = (path: string): boolean =>
    /\.(token|secret|key|jwk)$/.test(path) || /\/(credentials|keys)\//.test(path);
  const publicMembers = /"(?:kid|x|thumbprint|id)"\s*:\s*"[^"]*"/g;
  const words = filesIn(home)
    .filter(holdsSecrets)
    .flatMap(
      (path) =>
        readFileSync(path, 'utf8')
          .replace(publicMembers, '')
          .match(/[A-Za-z0-9_+/=-]{24,}/g) ?? [],
    );
  return new Set(words.filter((word) => !/^-*[A-Z -]*-*$/.test(word)));
}

type Line = { readonly level: string; readonly time: string; readonly plane: string; readonly fact: string };

const linesOf = (world: World): readonly Line[] =>
  filesIn(join(world.home, 'log'))
    .flatMap((path) => readFileSync(path, 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

const password = 'Zq8vW2nRt5yKp0LsXc4Bd7Fh';
const typed = 'mKe3Hs9PoQ1zUvT6yWx2RbNc';

test('the logs tell what happened, and hold no secret', async () => {
  await using world = await createWorld();
  expect((await world.writ(['up', '--log-level', 'debug'])).code).toBe(0);
  const repository = createRepository(world.place, {
    frontMatter: ['parallel: 3'],
    tasks: [
      '- [ ] T1 [P] touches: t1/** run: `node agents/night.mjs asking t1` done: `true` — ask before each line',
      '- [ ] T2 [P] touches: t2/** run: `node agents/night.mjs nest` done: `true` — a sub-agent with a key of its own',
      `- [ ] T3 [P] touches: t3/** run: \`node agents/night.mjs run echo ${typed}\` done: \`true\` — says a secret`,
    ],
  });
  execFileSync('git', ['remote', 'add', 'origin', `http://ann:${password}@127.0.0.1:9/night.git`], { cwd: repository });
  const { mandate } = await startMission(world, repository);
  await heartbeat(world, 't1', ({ task }) => task === 'T1');
  await heartbeat(world, 'sub', ({ parent }) => parent !== null);

  // A person and a source, each with a credential of its own; one that may not do what it asks, and one nobody was given.
  const added = await world.json<{ readonly token: string }>(['people', 'add', 'ben', '--role', 'viewer']);
  const source = await world.json<object>(['signal', 'source', 'add', 'ci', '--kind', 'api', '--subject', 'ci:']);
  const unknown = `writ_person_${'w'.repeat(43)}`;
  for (const token of [added.token, unknown])
    expect((await world.api('control', 'POST', `/v1/mandates/${mandate}/reinstate`, {}, token)).status).toBeGreaterThan(
      400,
    );

  const before = secretsIn(world.home);
  const killed = await world.pid('runtime');
  process.kill(killed, 'SIGKILL');
  await until(
    'the runtime is back',
    async () => (await world.pid('runtime')) !== killed && (await sessions(world)).length > 0,
    30_000,
  );
  await world.writ(['mandate', 'revoke', mandate, '--reason', 'enough']);
  const wanted = [
    'control control.started',
    'control mandate.approved',
    'control mandate.delegated',
    'control operation.begun',
    'control request.answered',
    'control attempt.refused',
    'control mandate.revoked',
    'enforcer enforcer.started',
    'enforcer run.killed',
    'runtime runtime.started',
    'runtime mission.started',
    'runtime session.opened',
    'runtime session.inert',
    'supervisor supervisor.acted',
  ];
  const told = await until('everything is told', () => {
    const lines = linesOf(world);
    const facts = new Set(lines.map(({ plane, fact }) => `${plane} ${fact}`));
    const missing = wanted.filter((fact) => !facts.has(fact));
    if (missing.length > 0) throw new Error(`not told: ${missing.join(', ')}`);
    return lines;
  });
  for (const line of told)
    expect(line).toMatchObject({
      level: expect.stringMatching(/^(debug|info|warn|error)$/) as string,
      time: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      fact: expect.stringMatching(/^[a-z]+(\.[a-z_]+)+$/) as string,
    });

  const secrets = new Set([
    ...before,
    ...secretsIn(world.home),
    ...(JSON.stringify([added, source]).match(/[A-Za-z0-9_-]{32,}/g) ?? []),
    ...[password, typed, unknown],
  ]);
  expect(secrets.size).toBeGreaterThan(15);
  for (const path of filesIn(join(world.home, 'log'))) {
    const text = readFileSync(path, 'utf8');
    for (const secret of secrets) expect(text.includes(secret), `${path} holds ${secret.slice(0, 16)}…`).toBe(false);
    expect(statSync(path).mode & 0o077).toBe(0);
  }
});
