/** Acting on a mission as a person would, and reading what is there. */

import { join } from 'node:path';
import { linesIn } from './night-repository.ts';
import type { World } from './world.ts';
import { until } from './world.ts';

export type Session = {
  readonly id: string;
  readonly state: string;
  readonly state_detail: string;
  readonly task: string | null;
  readonly agent: string;
  readonly parent: string | null;
  readonly mandate: string;
  readonly workspace: { readonly path: string } | null;
};
export type Mandate = {
  readonly id: string;
  readonly state: string;
  readonly state_detail: string;
  readonly parent: string | null;
  readonly actor: string;
  readonly successor: string | null;
  readonly purpose: string;
};
export const sessions = async (world: World): Promise<readonly Session[]> =>
  (await world.api<{ items: Session[] }>('runtime', 'GET', '/v1/sessions')).body.items;
export const mandates = async (world: World): Promise<readonly Mandate[]> =>
  (await world.api<{ items: Mandate[] }>('control', 'GET', '/v1/mandates')).body.items;
export const mandateOf = async (world: World, id: string): Promise<Mandate> =>
  (await world.api<Mandate>('control', 'GET', `/v1/mandates/${id}`)).body;
export const auditEvents = async (world: World): Promise<readonly { type: string; actor: string; data: unknown }[]> =>
  (
    await world.api<{ items: { type: string; actor: string; data: unknown }[] }>(
      'control',
      'GET',
      '/v1/audit?limit=10000',
    )
  ).body.items;

/** Starts the mission of a repository as an unattended person; resolves with its mandate. */
export async function startMission(
  world: World,
  repository: string,
): Promise<{ readonly mission: string; readonly mandate: string }> {
  const { mission } = await world.json<{ mission: { id: string; mandate: string } }>([
    'run',
    join(repository, 'mission.md'),
    '--yes',
    '--detach',
  ]);
  return { mission: mission.id, mandate: mission.mandate };
}

/** The file a beating agent of `task` (or sub-agent `agent`) appends to, once it does. */
export async function heartbeat(world: World, name: string, which: (session: Session) => boolean): Promise<string> {
  return until(
    `a heartbeat of ${name}`,
    async () => {
      for (const session of await sessions(world)) {
        const file = join(session.workspace?.path ?? '', 'beats', name);
        if (which(session) && (await linesIn(file)) > 2) return file;
      }
      return undefined;
    },
    60_000,
  );
}

/** Fails unless the file grows within `ms`. */
export async function grows(what: string, file: string, ms = 20_000): Promise<void> {
  const before = await linesIn(file);
  await until(`${what} goes on`, async () => (await linesIn(file)) > before, ms);
}
