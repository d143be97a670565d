/**
 * Ends what the disk remembers and nobody holds any more: at the enforcer's start, and for `writ stop --local` when it is dead.
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../supervisor/processes.ts';
import { kill, members, recordedTree } from '../supervisor/process-tree.ts';
import type { RunRecord, RunWire } from '../supervisor/run-record.ts';
import { bootId, loadRecords, runsDir, saveRecord } from '../supervisor/run-record.ts';
import { putBackLeft } from '../supervisor/worktree-rules.ts';
import type { EndedSession } from '../supervisor/end-attended.ts';
import { stopAttended } from '../supervisor/end-attended.ts';
import type { Queued } from './outbox.ts';
import { createOutbox } from './outbox.ts';

/** `output`: the file it is in. */
export type Reaped = { readonly run: RunWire; readonly chain: readonly string[]; readonly output: string };

/** Kills every recorded run that is still alive, records all as over, and puts back what they wrote of their own rules. Returns every run the disk knows. */
export async function reapRuns(
  dir: string,
  { why, now }: { readonly why: string; readonly now: number },
): Promise<{ readonly all: readonly Reaped[]; readonly killed: readonly RunWire[] }> {
  const all: Reaped[] = [];
  const killed: RunWire[] = [];
  for (const record of loadRecords(dir)) {
    const { run, wasAlive } = isOpen(record)
      ? await end(dir, record, { why, now })
      : { run: record.run, wasAlive: false };
    if (wasAlive) killed.push(run);
    all.push({ run, chain: record.chain, output: record.output });
  }
  putBackLeft(dir);
  return { all, killed };
}

export type StoppedHere = {
  readonly killed: readonly RunWire[];
  readonly sessions: readonly EndedSession[];
} & Queued;

/**
 * Stops everything on this machine without the enforcer: freezes and kills attended sessions and the recorded runs, and queues the revocation of
 * the mandates of this boot, to be delivered when the enforcer and control are back.
 */
export async function stopLocalFromDisk(
  dir: string,
  { reason, now }: { readonly reason: string; readonly now: number },
): Promise<StoppedHere> {
  const why = stopReason(reason);
  const attended = stopAttended(dir, { why, at: now });
  const mandates = [...new Set([...mandatesOfRuns(dir), ...attended.mandates])];
  // Before anything ends: what is ended here must not come back.
  const queued = createOutbox(dir).queue(mandates, { reason, at: now });
  const [{ killed }, sessions] = await Promise.all([reapRuns(dir, { why, now }), attended.end()]);
  return { killed, sessions, ...queued };
}

/** Why something ended that was stopped on this machine. */
export const stopReason = (reason: string): string =>
  reason === '' ? 'stopped on this machine' : `stopped on this machine: ${reason}`;

/** The mandates this machine ran something under since it booted. */
export const mandatesOfRuns = (dir: string): readonly string[] => [
  ...new Set(
    loadRecords(dir)
      .filter((record) => record.bootId === bootId())
      .map((record) => record.run.mandate),
  ),
];

const isOpen = ({ run }: RunRecord): boolean => run.state === 'running' || run.state === 'frozen';

async function end(
  dir: string,
  record: RunRecord,
  { why, now }: { readonly why: string; readonly now: number },
): Promise<{ readonly run: RunWire; readonly wasAlive: boolean }> {
  const sameBoot = record.bootId === bootId();
  const tree = record.root === null || !sameBoot ? null : recordedTree(record.root, record.marker, record.output);
  const wasAlive = tree !== null && record.root !== null && (isAlive(record.root) || members(tree).length > 0);
  const survivors = wasAlive ? await kill(tree, 2_000) : [];
  const left =
    survivors.length === 0 ? '' : `; ${String(survivors.length)} processes could not be ended: ${survivors.join(', ')}`;
  const run: RunWire = {
    ...record.run,
    state: 'killed',
    ended_at: new Date(now).toISOString(),
    signal: 'SIGKILL',
    why: why + left,
  };
  try {
    saveRecord(dir, { ...record, run });
  } catch {
    // a full disk: the next look finds nothing alive
  }
  rmSync(join(runsDir(dir), run.id, 'rules'), { recursive: true, force: true });
  return { run, wasAlive };
}
