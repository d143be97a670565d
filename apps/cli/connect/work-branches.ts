/** Where a mission's work lies for a person to take: the branches of the tasks that no other task builds on. Only asks. */

import { runtimeApi } from '@writ/protocol';
import type { Api } from './api.ts';
import type { MissionWire, SessionWire, TaskWire } from './wire.ts';

/** The branches of `mission` that together hold what was done; none while the runtime does not answer. */
export async function workBranches(runtime: Api, mission: MissionWire): Promise<readonly string[]> {
  const sessions = await runtime.attempt(runtimeApi.listSessions, { query: { mission: mission.id } });
  return sessions.ok ? branchesOf(mission.tasks, sessions.value.items) : [];
}

/** A task's work is in the base of every task after it, so only the last ones count. */
export function branchesOf(tasks: readonly TaskWire[], sessions: readonly SessionWire[]): readonly string[] {
  const done = tasks.filter(({ state }) => state === 'done');
  const builtOn = new Set(done.flatMap(({ after }) => after));
  const branches = done
    .filter(({ id }) => !builtOn.has(id))
    .map((task) => sessions.find(({ id }) => id === task.session)?.workspace?.branch ?? null);
  return [...new Set(branches.filter((branch) => branch !== null))];
}
