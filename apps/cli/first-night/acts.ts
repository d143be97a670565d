/** What a person does to running work in the first night: freeze the branch, revoke, pull the plug. Each ends with what can be seen. */

import { setTimeout as sleep } from 'node:timers/promises';
import { controlApi, runtimeApi } from '@writ/protocol';
import type { MissionWire, SessionWire } from '../connect/wire.ts';
import { readSupervisorFile } from '../supervisor/supervisor-file.ts';
import type { OwnWrit } from './own-writ.ts';

export const frozenBranch = 'branch:harbour/feat/passkey';

/** Reports the branch frozen, as a reviewer's tool would; shows the receipt. */
export const freezeBranch = (writ: OwnWrit): Promise<number> =>
  writ.command('signal', frozenBranch, 'frozen', '--source', 'reviewer');

/** Revokes the mission's mandate; shows the receipt. */
export const revoke = (writ: OwnWrit, mandate: string): Promise<number> =>
  writ.command('mandate', 'revoke', mandate, '--reason', 'the release was called off');

/** `kill -9` of the runtime; resolves once its supervisor has it back. */
export async function killRuntime(writ: OwnWrit): Promise<{ readonly before: number; readonly after: number }> {
  const pid = (): number | undefined => readSupervisorFile(writ.home.supervisorFile)?.planes.runtime?.pid;
  const before = pid();
  if (before === undefined) throw new Error('the runtime is not running');
  process.kill(before, 'SIGKILL');
  const runtime = await writ.runtime();
  for (let tries = 0; tries < 300; tries += 1) {
    await sleep(100);
    const after = pid();
    if (after !== undefined && after !== before && (await runtime.attempt(runtimeApi.health, { timeoutMs: 1_000 })).ok)
      return { before, after };
  }
  throw new Error('the runtime did not come back within 30 s; `writ log` and its log file say why');
}

/** The sessions of a mission. */
export async function sessionsOf(writ: OwnWrit, mission: MissionWire): Promise<readonly SessionWire[]> {
  const runtime = await writ.runtime();
  const { items } = await runtime.call(runtimeApi.listSessions, { query: { mission: mission.id } });
  return items;
}

export type Stillness = {
  readonly still: boolean;
  readonly running: readonly string[];
  readonly openOperations: number;
  readonly sessions: readonly SessionWire[];
};

/** Watches for `ms` that nothing moves: no session runs, no operation is open, no session's log grows. */
export async function watchStillness(writ: OwnWrit, mission: MissionWire, ms: number): Promise<Stillness> {
  const look = async () => {
    const [control, sessions] = await Promise.all([writ.control(), sessionsOf(writ, mission)]);
    const { items } = await control.call(controlApi.listOperations, { query: { open: true } });
    return { sessions, open: items.length };
  };
  const first = await look();
  await sleep(ms);
  const last = await look();
  const running = last.sessions.filter(({ state }) => state === 'running').map(({ id }) => id);
  const grown = last.sessions.some(
    (session) => first.sessions.find(({ id }) => id === session.id)?.version !== session.version,
  );
  return {
    still: running.length === 0 && last.open === 0 && !grown,
    running,
    openOperations: last.open,
    sessions: last.sessions,
  };
}
