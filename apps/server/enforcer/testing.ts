/** For tests: a real control and a real enforcer in a folder of their own, and the acts of a person and a runtime on them. */

import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCaller, endpointOf } from '@writ/enforce';
import type { ActorKey, Caller, CallResult, Clock, Resolve } from '@writ/enforce';
import { controlApi, enforcerApi, programResource, runParameters } from '@writ/protocol';
import type { runRequestWire } from '@writ/protocol';
import type { ControlServer } from '../control/control-server.ts';
import { startControlServer } from '../control/control-server.ts';
import type { EnforcerServer } from './start-enforcer-server.ts';
import { startEnforcerServer } from './start-enforcer-server.ts';

type RunRequest = (typeof runRequestWire)['_zod']['input'];
type Entry = { readonly resource: string; readonly actions: string[]; readonly resource_match?: 'exact' | 'prefix' };

export type Started = {
  readonly id: string;
  readonly mandate: string;
  readonly operation: string;
  readonly credential: string;
};

export interface House extends AsyncDisposable {
  readonly dir: string;
  /** The worktree of runs; anything may be written there. */
  readonly work: string;
  readonly owner: Caller;
  /** As the runtime asks the enforcer. */
  readonly enforcer: Caller;
  readonly server: EnforcerServer;
  /** Ends the enforcer and starts another on the same state. */
  restartEnforcer(): Promise<void>;
  stopControl(): Promise<void>;
  startControl(): Promise<void>;
  /** An approved mandate; `key`: of its actor, which is kept beside each of its credentials. */
  mandate(entries?: readonly Entry[], key?: ActorKey, budgets?: readonly Budget[]): Promise<string>;
  credential(mandate: string, run: string): Promise<string>;
  /** Says where `origin` of the project is. */
  origin(url: string, kind?: 'fenced' | 'observable' | 'blind'): Promise<void>;
  /** Begins an operation for a shell script, and says with what a run of it is asked for. */
  begin(...asked: Parameters<House['start']>): Promise<{ readonly begun: Started; readonly body: RunRequest }>;
  /** Begins an operation and starts a shell script under it. */
  /** `begun`: what the operation is begun for, where that is not what is started. */
  start(
    mandate: string,
    script: string,
    more?: Partial<RunRequest>,
    claimed?: Containment,
    begun?: Pick<RunRequest, 'argv' | 'cwd'> & { readonly resource?: string },
  ): Promise<Started>;
  state(run: string): Promise<string>;
}

type Budget = NonNullable<(typeof controlApi)['propose']['body']['_zod']['input']['budgets']>[number];
type Containment = NonNullable<(typeof controlApi)['begin']['body']['_zod']['input']['containment']>;

/** What a sandbox bounds, as the runtime would say it. */
const placeOf = (sandbox: Partial<RunRequest>['sandbox']): Containment =>
  sandbox?.kind === 'none'
    ? { files: 'open', network: 'open', credentials: 'open' }
    : { files: 'worktree', network: sandbox?.network ?? 'none', credentials: 'none' };

/** The value, or an error with the problem's words. */
export function must<T>(answer: CallResult<T>): T {
  if (answer.ok) return answer.value;
  throw new Error(`${answer.problem.code}: ${answer.problem.detail}`);
}

/** Waits until `holds`; fails after `limitMs`, saying what was waited for: before the test's own limit, and long after any machine has done it. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 45_000): Promise<void> {
  for (const end = performance.now() + limitMs; !(await holds()); await sleep(10)) {
    if (performance.now() > end) throw new Error(`it never came to be: ${what}`);
  }
}

export const work = (project = 'p'): readonly Entry[] => [
  { resource: `shell://${project}/`, resource_match: 'prefix', actions: ['shell.run'] },
];

/** Starts both. */
export async function openHouse(clock?: Clock, resolve?: Resolve): Promise<House> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'writ-house-')));
  const [dir, place] = [join(base, 'state'), join(base, 'work')];
  mkdirSync(dir, { mode: 0o700 });
  mkdirSync(place);
  let control: ControlServer | null = await startControlServer({ dir });
  const token = (name: string): string => readFileSync(join(dir, 'control', name), 'utf8').trim();
  const startEnforcer = (): Promise<EnforcerServer> =>
    startEnforcerServer({
      dir,
      ...(clock === undefined ? {} : { clock }),
      ...(resolve === undefined ? {} : { resolve }),
    });
  let server = await startEnforcer();
  const owner = createCaller({
    base: () => endpointOf(dir, 'control'),
    token: token('owner.token'),
    timeoutMs: 20_000,
  });
  const enforcer = createCaller({
    base: { socketPath: server.socketPath },
    token: token('points/runtime.token'),
    timeoutMs: 30_000,
  });
  const point = token('points/runtime.token');

  const keys = new Map<string, ActorKey>();
  const credential = async (mandate: string, run: string): Promise<string> => {
    const issued = must(await owner.call(controlApi.issueCredential, { params: { id: mandate }, body: { run } }));
    return keys.get(mandate)?.keptWith(issued.credential) ?? issued.credential;
  };
  const house: House = {
    dir,
    work: place,
    owner,
    enforcer,
    get server() {
      return server;
    },
    async restartEnforcer() {
      await server.close();
      server = await startEnforcer();
    },
    async stopControl() {
      await control?.close();
      control = null;
    },
    async startControl() {
      control = await startControlServer({ dir });
    },
    async mandate(entries = work(), key, budgets = []) {
      must(await owner.call(controlApi.createProject, { body: { id: 'p' } }));
      const { id, revision, text_digest } = must(
        await owner.call(controlApi.propose, {
          body: {
            project: 'p',
            purpose: 'a test',
            actor: 'worker',
            actor_key: key?.jkt ?? null,
            budgets: [...budgets],
            expires_at: new Date(Date.now() + 3_600_000).toISOString(),
            authorization_details: entries.map((entry) => ({ type: 'mission_resource_access' as const, ...entry })),
          },
        }),
      );
      must(await owner.call(controlApi.approve, { params: { id }, body: { revision, text_digest } }));
      if (key !== undefined) keys.set(id, key);
      return id;
    },
    credential,
    async origin(url, kind = 'observable') {
      must(await owner.call(controlApi.createProject, { body: { id: 'p' } }));
      must(await owner.call(controlApi.nameSink, { params: { id: 'p', name: 'origin' }, body: { url, kind } }));
    },
    async begin(mandate, script, more = {}, claimed = placeOf(more.sandbox), begunFor?) {
      const id = `r-${randomUUID().slice(0, 8)}`;
      const bearer = await credential(mandate, id);
      const { lease_ms = 30_000, argv = ['/bin/sh', '-c', script], cwd = place, env = {} } = more;
      const begun = must(
        await owner.call(controlApi.begin, {
          token: bearer,
          point,
          idempotencyKey: id,
          body: {
            mandate,
            action: 'shell.run',
            resource: begunFor?.resource ?? programResource('p', (begunFor?.argv ?? argv)[0] ?? ''),
            parameters: runParameters(
              begunFor === undefined ? { argv, cwd, env } : { argv: begunFor.argv, cwd: begunFor.cwd },
            ),
            lease_ms,
            session: 's1',
            containment: claimed,
          },
        }),
      );
      return {
        begun: { id, mandate, operation: begun.operation.id, credential: bearer },
        body: {
          id,
          session: 's1',
          mandate,
          credential: bearer,
          operation: begun.operation.id,
          argv,
          cwd,
          sandbox: { kind: 'contain', writable: [place] },
          ...more,
        },
      };
    },
    async start(...asked) {
      const { begun, body } = await house.begin(...asked);
      const ask = () => enforcer.call(enforcerApi.startRun, { body });
      let answer = await ask();
      // Where all is one process, control that is there can be unheard for a moment: nothing was started then, and it is asked again.
      const isUnheard = (): boolean => control !== null && !answer.ok && answer.problem.code === 'control_unreachable';
      if (isUnheard())
        await until('control is heard', async () => {
          answer = await ask();
          return !isUnheard();
        });
      must(answer);
      return begun;
    },
    state: async (run) => must(await enforcer.call(enforcerApi.getRun, { params: { id: run } })).state,
    async [Symbol.asyncDispose]() {
      await server.close();
      await control?.close();
      owner[Symbol.dispose]();
      enforcer[Symbol.dispose]();
      rmSync(base, { recursive: true, force: true });
    },
  };
  await until('the enforcer hears control', () => server.enforcer.controlHeardMsAgo !== null);
  return house;
}
