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
import { queueRevocations } from './outbox.ts';

export type Reaped = { readonly run: RunWire; readonly chain: readonly string[] };

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
    all.push({ run, chain: record.chain });
  }
  putBackLeft(dir);
  return { all, killed };
}

/**
 * Stops everything on this machine without the enforcer: kills the recorded runs and queues the revocation of the mandates of this boot's
 * runs, to be delivered when the enforcer and control are back.
 */
export async function stopLocalFromDisk(
  dir: string,
  { reason, now }: { readonly reason: string; readonly now: number },
): Promise<{ readonly killed: readonly RunWire[]; readonly queued: readonly string[] }> {
  const queued = [
    ...new Set(
      loadRecords(dir)
        .filter((record) => record.bootId === bootId())
        .map((record) => record.run.mandate),
    ),
  ];
  queueRevocations(dir, queued, { reason, at: now });
  const { killed } = await reapRuns(dir, { why: reason === '' ? 'stopped on this machine' : reason, now });
  return { killed, queued };
}

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
  saveRecord(dir, { ...record, run });
  rmSync(join(runsDir(dir), run.id, 'rules'), { recursive: true, force: true });
  return { run, wasAlive };
}
