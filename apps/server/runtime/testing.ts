/** For tests: a runtime beside a real control and a real enforcer, a Git repository to work on, and a person's acts. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createCaller, endpointOf } from '@writ/enforce';
import type { Caller } from '@writ/enforce';
import { controlApi, runtimeApi } from '@writ/protocol';
import type { House } from '../enforcer/testing.ts';
import { must, openHouse, until } from '../enforcer/testing.ts';
import type { RuntimeServer } from './start-runtime-server.ts';
import { startRuntimeServer } from './start-runtime-server.ts';

export { must, until };

export type MissionWire = (typeof runtimeApi.getMission.reply)['_zod']['output'];
export type SessionWire = (typeof runtimeApi.getSession.reply)['_zod']['output'];

export interface Bench extends AsyncDisposable {
  readonly house: House;
  /** The person, at the runtime. */
  readonly runtime: Caller;
  readonly server: () => RuntimeServer;
  readonly repository: string;
  git(...args: string[]): string;
  /** Compiles, proposes, approves, creates and starts a mission: what `writ run` does. */
  run(source: string): Promise<{ readonly mission: string; readonly mandate: string }>;
  mission(id: string): Promise<MissionWire>;
  /** Waits until the mission is in `state`. */
  reaches(id: string, state: string): Promise<MissionWire>;
  task(mission: string, task: string): Promise<MissionWire['tasks'][number]>;
  session(id: string): Promise<SessionWire>;
  types(session: string): Promise<readonly string[]>;
  /** Ends the runtime and starts another one on the same folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Starts everything. `files` are committed to the repository first. */
export async function openBench(files: Readonly<Record<string, string>> = {}): Promise<Bench> {
  const house = await openHouse();
  const repository = join(house.work, 'app');
  mkdirSync(repository);
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=p', '-c', 'user.email=p@example.org', ...args], {
      cwd: repository,
      encoding: 'utf8',
    }).trim();
  git('init', '-q', '-b', 'main');
  for (const [path, text] of Object.entries({ 'README.md': '# app\n', ...files })) {
    mkdirSync(dirname(join(repository, path)), { recursive: true });
    writeFileSync(join(repository, path), text);
  }
  git('add', '.');
  git('commit', '-qm', 'first');
  let server: RuntimeServer | null = null;
  const start = async (): Promise<void> => {
    server = await startRuntimeServer({ dir: house.dir, retryDelayMs: 50 });
  };
  await start();
  const runtime = createCaller({
    base: () => endpointOf(house.dir, 'runtime'),
    token: ownerToken(house),
    timeoutMs: 30_000,
  });
  const stop = async (): Promise<void> => {
    await server?.close();
    server = null;
  };
  const mission = async (id: string): Promise<MissionWire> =>
    must(await runtime.call(runtimeApi.getMission, { params: { id } }));
  return {
    house,
    runtime,
    repository,
    git,
    mission,
    start,
    stop,
    server: () => present(server),
    run: (source) => run(house, runtime, repository, source),
    async reaches(id, state) {
      let last: MissionWire | undefined;
      await until(`mission is ${state}`, async () => (last = await mission(id)).state === state).catch(
        (error: unknown) => {
          throw new Error(`${String(error)}: ${JSON.stringify(last, null, 1)}`);
        },
      );
      return present(last);
    },
    async task(id, task) {
      return present((await mission(id)).tasks.find((one) => one.id === task));
    },
    session: async (id) => must(await runtime.call(runtimeApi.getSession, { params: { id } })),
    types: async (id) =>
      must(await runtime.call(runtimeApi.sessionLog, { params: { id } })).items.map((event) => event.type),
    async restart() {
      await stop();
      await start();
    },
    async [Symbol.asyncDispose]() {
      await stop();
      runtime[Symbol.dispose]();
      await house[Symbol.asyncDispose]();
    },
  };
}

/** What has to be there at this point of a test. */
function present<T>(thing: T | null | undefined): T {
  if (thing === null || thing === undefined) throw new Error('it is not there');
  return thing;
}

export const ownerToken = (house: House): string =>
  readFileSync(join(house.dir, 'control', 'owner.token'), 'utf8').trim();

async function run(
  house: House,
  runtime: Caller,
  repository: string,
  source: string,
): Promise<{ mission: string; mandate: string }> {
  const file = { source, file: 'mission.md', repository };
  const compiled = must(await runtime.call(runtimeApi.compile, { body: file }));
  const { project, title, authorization_details, conditions, delegation, expires_in_ms } = compiled;
  must(await house.owner.call(controlApi.createProject, { body: { id: project } }));
  const proposed = must(
    await house.owner.call(controlApi.propose, {
      body: {
        project,
        purpose: title,
        actor: 'worker',
        authorization_details,
        conditions,
        delegation: { ...delegation, actors: 'any' },
        expires_at: new Date(Date.now() + expires_in_ms).toISOString(),
      },
    }),
  );
  const { id: mandate, revision, text_digest } = proposed;
  must(await house.owner.call(controlApi.approve, { params: { id: mandate }, body: { revision, text_digest } }));
  const created = must(await runtime.call(runtimeApi.createMission, { body: { ...file, project } }));
  const credential = await house.credential(mandate, `mission-${created.id}`);
  must(await runtime.call(runtimeApi.startMission, { params: { id: created.id }, body: { mandate, credential } }));
  return { mission: created.id, mandate };
}
