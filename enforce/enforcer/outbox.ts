/**
 * Revocations decided on this machine while control may be dead: on disk before anybody is told, delivered until control has taken them. What a
 * full disk does not take is kept in memory, and said to be.
 */

import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi } from '@writ/protocol';
import type { Caller } from '../client/caller.ts';
import { writeDurably } from '../supervisor/run-record.ts';
import { isSilence } from './renewal-answer.ts';

type QueuedRevocation = {
  readonly id: string;
  readonly mandate: string;
  readonly reason: string;
  readonly at: number;
};

export type Queued = {
  /** On disk. */
  readonly queued: readonly string[];
  /** In memory alone: gone with this process. */
  readonly unqueued: readonly string[];
};

export interface Outbox {
  /** Queues the revocation of each of `mandates`. One already queued is queued once. Never throws. */
  queue(mandates: readonly string[], why: { readonly reason: string; readonly at: number }): Queued;
  /** Whether the revocation of `mandate` waits. */
  holds(mandate: string): boolean;
  readonly isEmpty: boolean;
  /** Delivers what is queued. What control answers counts as delivered, also when there was nothing left to revoke. */
  deliver(control: Caller): Promise<void>;
}

/** The outbox of the state directory `dir`, with what is in it. */
export function createOutbox(dir: string): Outbox {
  const folder = join(dir, 'enforcer', 'outbox');
  const inMemory = new Map<string, QueuedRevocation>();
  let delivering: Promise<void> | null = null;

  function write(entry: QueuedRevocation): boolean {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeDurably(join(folder, `${entry.mandate}.json`), JSON.stringify(entry));
      const fd = openSync(folder, 'r');
      fsyncSync(fd);
      closeSync(fd);
      return true;
    } catch {
      return false; // the disk is full or gone
    }
  }

  const waiting = (): readonly QueuedRevocation[] => [...onDisk(folder), ...inMemory.values()];

  async function deliverAll(control: Caller): Promise<void> {
    for (const { id, mandate, reason } of waiting()) {
      const answer = await control.call(controlApi.stopAll, { body: { mandate, reason }, idempotencyKey: id });
      if (!answer.ok && (isSilence(answer.problem) || answer.problem.status === 401)) break;
      rmSync(join(folder, `${mandate}.json`), { force: true });
      inMemory.delete(mandate);
    }
  }

  return {
    queue(mandates, { reason, at }) {
      const unqueued = mandates.filter((mandate) => {
        const entry = { id: `${String(at)}-${mandate}`, mandate, reason, at };
        if (write(entry)) return false;
        inMemory.set(mandate, entry);
        return true;
      });
      return { queued: mandates.filter((mandate) => !unqueued.includes(mandate)), unqueued };
    },
    holds: (mandate) => waiting().some((entry) => entry.mandate === mandate),
    get isEmpty() {
      return waiting().length === 0;
    },
    deliver: (control) =>
      (delivering ??= deliverAll(control).finally(() => {
        delivering = null;
      })),
  };
}

function onDisk(folder: string): readonly QueuedRevocation[] {
  try {
    return (
      readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        // Written by `write`, whole or not at all.
        .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as QueuedRevocation)
    );
  } catch {
    return []; // nothing was ever queued
  }
}
