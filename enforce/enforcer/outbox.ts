/**
 * Revocations decided on this machine while control may be dead: on disk before anybody is told, delivered until control has taken them.
 */

import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi } from '@writ/protocol';
import type { Caller } from '../client/caller.ts';
import { writeDurably } from '../supervisor/run-record.ts';
import { isSilence } from './renewal-answer.ts';

export type QueuedRevocation = {
  readonly id: string;
  readonly mandate: string;
  readonly reason: string;
  readonly at: number;
};

const outboxDir = (dir: string): string => join(dir, 'enforcer', 'outbox');

/** Queues the revocation of each of `mandates`, durably. A mandate already queued is queued once. */
export function queueRevocations(
  dir: string,
  mandates: readonly string[],
  { reason, at }: { readonly reason: string; readonly at: number },
): void {
  const folder = outboxDir(dir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const mandate of mandates) {
    const entry: QueuedRevocation = { id: `${String(at)}-${mandate}`, mandate, reason, at };
    writeDurably(join(folder, `${mandate}.json`), JSON.stringify(entry));
  }
  const fd = openSync(folder, 'r');
  fsyncSync(fd);
  closeSync(fd);
}

/** What waits for control. */
export function queuedRevocations(dir: string): readonly QueuedRevocation[] {
  try {
    return (
      readdirSync(outboxDir(dir))
        .filter((name) => name.endsWith('.json'))
        // Written by `queueRevocations`, whole or not at all.
        .map((name) => JSON.parse(readFileSync(join(outboxDir(dir), name), 'utf8')) as QueuedRevocation)
    );
  } catch {
    return []; // nothing was ever queued
  }
}

/** Delivers what is queued. What control answers counts as delivered, also when there was nothing left to revoke. */
export async function deliverRevocations(dir: string, control: Caller): Promise<readonly string[]> {
  const delivered: string[] = [];
  for (const { id, mandate, reason } of queuedRevocations(dir)) {
    const answer = await control.call(controlApi.stopAll, { body: { mandate, reason }, idempotencyKey: id });
    if (!answer.ok && (isSilence(answer.problem) || answer.problem.status === 401)) break;
    rmSync(join(outboxDir(dir), `${mandate}.json`), { force: true });
    delivered.push(mandate);
  }
  return delivered;
}
