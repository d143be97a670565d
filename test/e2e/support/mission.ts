/** Acting on a mission as a person would, and reading what is there. */

import { join } from 'node:path';
import { expect } from 'vitest';
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

export type Receipt = {
  readonly id: string;
  readonly closed_at: string | null;
  readonly lines: readonly {
    readonly kind: string;
    readonly subject: string;
    readonly outcome: string;
    readonly attested_by: string | null;
    readonly note: string;
  }[];
};

/** A busy machine may not have confirmed everything by the deadline of a stop: then its command ends with 1, and its receipt is written on. */
const stopCodes = [0, 1];

/** Runs a command that stops or holds something; whether it did is for who calls to look at. */
export async function stop(world: World, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await world.writ(args);
  expect(stopCodes, `${stdout}\n${stderr}`).toContain(code);
}

/** Revokes a mandate. Resolves with the receipt once every line of it is accounted for. */
export async function revoke(world: World, mandate: string, ...more: readonly string[]): Promise<Receipt> {
  const { id } = await world.json<Receipt>(['mandate', 'revoke', mandate, ...more], stopCodes);
  return until('every line of the receipt is accounted for', async () => {
    const { body } = await world.api<Receipt>('control', 'GET', `/v1/receipts/${id}`);
    const isOpen = body.lines.some(({ outcome }) => outcome === 'pending' || outcome === 'unconfirmed');
    return body.closed_at !== null && !isOpen && body;
  });
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
export async function grows(what: string, file: string, ms = 45_000): Promise<void> {
  const before = await linesIn(file);
  await until(`${what} goes on`, async () => (await linesIn(file)) > before, ms);
}
