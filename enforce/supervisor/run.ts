/**
 * One run from start to end: its processes, its state, its record on disk.
 *
 * States only move forward, except between running and frozen. It holds no opinion about authority: who freezes, thaws or kills it has
 * asked. A freeze has causes, and it stands until the last of them is gone.
 */

import { EventEmitter, once } from 'node:events';
import { statSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import type { Reading } from '../client/clock.ts';
import type { Bounds } from './found.ts';
import type { Lease } from './lease.ts';
import { freeze, halt, kill, members, thaw, treeOf, verifyFrozen } from './process-tree.ts';
import type { ProcessTree } from './process-tree.ts';
import { readOutput } from './run-output.ts';
import type { RunRecord, RunWire } from './run-record.ts';
import { bootId, saveRecord } from './run-record.ts';
import type { RunRules } from './run-rules.ts';
import type { RunRequest, SpawnPlan } from './spawn-run.ts';
import { sandboxOf, spawnRun } from './spawn-run.ts';

/** Why a run stands still. `asked`: somebody froze it by name. */
export type FreezeCause = 'asked' | 'suspended' | 'control_unheard' | 'jump' | 'ending';

export interface Run {
  readonly request: RunRequest;
  /** How its processes are ended. */
  readonly bounds: Bounds;
  /** Ids of the mandate and all above it, root first. */
  chain: readonly string[];
  lease: Lease;
  /** The operation it runs under now. */
  operation: string;
  /** Wall time in milliseconds at which the earliest of its chain expires. */
  expiresAt: number;
  wire(): RunWire;
  readonly isOver: boolean;
  readonly causes: ReadonlySet<FreezeCause>;
  /** Tells what is known of it to stand still. Whoever stops many does it to all of them first: `freeze`, which follows, looks for what is not known. */
  halt(): void;
  /** Synchronous: when it returns, every process found was told to stop. */
  freeze(cause: FreezeCause, why: string): void;
  /** Which processes still move; none, normally. */
  verifyFrozen(deadlineMs: number): Promise<readonly number[]>;
  /** Takes one cause away; goes on when none is left. */
  release(cause: FreezeCause): void;
  /** Ends every process. Resolves to the survivors: none, normally. */
  kill(why: string, deadlineMs: number): Promise<readonly number[]>;
  write(text: string): boolean;
  /** Output from byte `from`, at most `limit` bytes, never splitting a UTF-8 character. */
  output(
    from: number,
    limit: number,
  ): { readonly from: number; readonly next: number; readonly text: string; readonly ended: boolean };
  /** Sweeps once, so that what leaves the tree later is still known. */
  look(): void;
  /** Puts back what was written to the rules it works under; who asked to be told is told. */
  lookAtRules(): void;
  /** Resolves when it is over, or after `ms`. */
  waitEnd(ms: number): Promise<void>;
}

export type StartedRun = { readonly ok: true; readonly run: Run } | { readonly ok: false; readonly why: string };

export type RunDeps = {
  readonly plan: SpawnPlan;
  readonly chain: readonly string[];
  readonly expiresAt: number;
  readonly now: () => Reading;
  /** When the operation was begun or last renewed. */
  readonly lease: Lease;
  readonly onEnd: (run: Run) => void;
  /** It wrote what governs it: the resources, already as they were. Before `onEnd`, also for what the last look found. */
  readonly onRulesWritten: (run: Run, resources: readonly string[]) => void;
};

type Ending = {
  readonly how: 'exited' | 'killed';
  readonly at: number;
  readonly code: number | null;
  readonly signal: string | null;
};

/** Starts a run. */
export async function startRun(deps: RunDeps): Promise<StartedRun> {
  const spawned = await spawnRun(deps.plan).catch((error: unknown): { readonly ok: false; readonly why: string } => ({
    ok: false,
    why: `its files cannot be written: ${error instanceof Error ? error.message : String(error)}`,
  }));
  if (!spawned.ok) return spawned;
  const tree = treeOf(spawned.pid, spawned.marker, spawned.output);
  try {
    return { ok: true, run: superviseRun(deps, { ...spawned, tree }) };
  } catch (error) {
    // INVARIANT: what the disk does not know of cannot be ended by another process of ours, so it does not run.
    if (tree !== null) await kill(tree, 2_000);
    spawned.rules.end();
    return { ok: false, why: `it cannot be recorded: ${error instanceof Error ? error.message : String(error)}` };
  }
}

type Process = {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly marker: string;
  readonly output: string;
  readonly rules: RunRules;
  readonly tree: ProcessTree | null;
};

function superviseRun(
  { plan, chain, expiresAt, now, lease, onEnd, onRulesWritten }: RunDeps,
  { child, pid, marker, output, rules, tree }: Process,
): Run {
  const { request, dir } = plan;
  const startedAt = now().wall;
  const causes = new Set<FreezeCause>();
  const events = new EventEmitter();
  let ending: Ending | null = null;
  let killing = false;
  let why = '';

  const size = (): number => statSync(output, { throwIfNoEntry: false })?.size ?? 0;
  const wire = (): RunWire => ({
    id: request.id,
    session: request.session,
    mandate: request.mandate,
    operation: run.operation,
    state: ending?.how ?? (causes.size > 0 ? 'frozen' : 'running'),
    pid,
    started_at: new Date(startedAt).toISOString(),
    ended_at: ending === null ? null : new Date(ending.at).toISOString(),
    exit_code: ending?.code ?? null,
    signal: ending?.signal ?? null,
    why,
    output_bytes: size(),
  });
  const record = (): RunRecord => ({
    run: wire(),
    root: tree?.root ?? null,
    bootId: bootId(),
    marker,
    output,
    chain: run.chain,
  });
  // What stops a run never waits for the disk: with an older record on it, a successor still finds and ends the run.
  const save = (): void => {
    try {
      saveRecord(dir, record());
    } catch {
      // full, or gone: the next change writes it whole
    }
  };

  const tellOf = (resources: readonly string[]): void => {
    if (resources.length > 0) onRulesWritten(run, resources);
  };
  const end = (how: Ending['how'], code: number | null, signal: string | null): void => {
    if (ending !== null) return;
    ending = { how, at: now().wall, code, signal };
    causes.clear();
    save();
    tellOf(rules.end());
    events.emit('end');
    onEnd(run);
  };

  const run: Run = {
    request,
    bounds: sandboxOf(plan)?.processes ?? 'tracked',
    chain,
    lease,
    operation: request.operation,
    expiresAt,
    wire,
    get isOver() {
      return ending !== null;
    },
    causes,
    halt() {
      if (ending === null && tree !== null) halt(tree);
    },
    freeze(cause, because) {
      if (ending !== null) return;
      // The first reason stands until a word about the mandate itself says more.
      if (!killing && (causes.size === 0 || cause === 'suspended' || cause === 'ending')) why = because;
      causes.add(cause);
      if (tree !== null) freeze(tree);
      save();
    },
    verifyFrozen: (deadlineMs) =>
      tree === null || ending !== null ? Promise.resolve([]) : verifyFrozen(tree, deadlineMs),
    release(cause) {
      if (ending !== null || killing || !causes.delete(cause) || causes.size > 0) return;
      why = '';
      if (tree !== null) thaw(tree);
      save();
    },
    async kill(because, deadlineMs) {
      if (ending !== null || tree === null) return [];
      killing = true;
      why = because;
      const survivors = await kill(tree, deadlineMs);
      if (survivors.length === 0) end('killed', child.exitCode, child.signalCode ?? 'SIGKILL');
      return survivors;
    },
    write: (text) =>
      ending === null &&
      child.stdin !== null &&
      !child.stdin.destroyed &&
      child.stdin.writable &&
      (child.stdin.write(text), true),
    output: (from, limit) => readOutput(output, from, limit, () => ending !== null),
    look() {
      if (tree !== null && ending === null) members(tree);
    },
    lookAtRules() {
      if (ending === null) tellOf(rules.look());
    },
    async waitEnd(ms) {
      if (ending !== null) return;
      await once(events, 'end', { signal: AbortSignal.timeout(ms) }).catch(() => undefined); // the time is over: the caller looks
    },
  };

  const onExit = async (code: number | null, signal: string | null): Promise<void> => {
    // A run is over when nothing of it is left: what outlives its first process is ended with it.
    if (tree !== null) {
      const survivors = await kill(tree, 2_000);
      if (survivors.length > 0)
        why = `${String(survivors.length)} processes could not be ended: ${survivors.join(', ')}`;
    }
    end(killing ? 'killed' : 'exited', code, signal);
  };
  saveRecord(dir, record());
  if (child.exitCode !== null || child.signalCode !== null) void onExit(child.exitCode, child.signalCode);
  else child.once('exit', (code, signal) => void onExit(code, signal));
  return run;
}
