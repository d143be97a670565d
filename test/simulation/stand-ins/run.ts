/**
 * `enforce/supervisor/run.ts`: a run whose process is a piece of the simulation. It does one effect after another for as long as it moves; that it stands still or is gone is what
 * happened to it here, and not what anybody says.
 */

import type { Reading } from '@writ/enforce';
import { engine } from '../engine/engine.ts';
import { processes } from '../engine/processes.ts';

type Cause = 'asked' | 'suspended' | 'control_unheard' | 'jump' | 'ending';

type Request = {
  readonly id: string;
  readonly session: string;
  readonly mandate: string;
  readonly operation: string;
  readonly lease_ms: number;
};

type Deps = {
  readonly plan: { readonly request: Request };
  readonly chain: readonly string[];
  readonly expiresAt: number;
  readonly now: () => Reading;
  readonly lease: { readonly lengthMs: number; readonly since: Reading };
  readonly onEnd: (run: unknown) => void;
};

/** Starts a run. */
export async function startRun({ plan: { request }, chain, expiresAt, now, lease, onEnd }: Deps) {
  const machine = engine.current;
  const startedAt = now().wall;
  const causes = new Set<Cause>();
  const ended = Promise.withResolvers<void>();
  let ending: { readonly how: 'exited' | 'killed'; readonly at: number; readonly code: number | null } | null = null;
  let isKilling = false;
  let why = '';
  const process = processes.start(machine, request.id, request.mandate);

  const end = (how: 'exited' | 'killed', code: number | null): void => {
    if (ending !== null) return;
    ending = { how, at: now().wall, code };
    causes.clear();
    process.end();
    ended.resolve();
    onEnd(run);
  };
  process.onExit = () => engine.after(engine.random.between(0.1, 2), () => end('exited', 0), machine);

  const run = {
    request,
    chain,
    lease,
    operation: request.operation,
    expiresAt,
    wire: () => ({
      id: request.id,
      session: request.session,
      mandate: request.mandate,
      operation: run.operation,
      state: ending?.how ?? (causes.size > 0 ? 'frozen' : 'running'),
      pid: 1,
      started_at: new Date(startedAt).toISOString(),
      ended_at: ending === null ? null : new Date(ending.at).toISOString(),
      exit_code: ending?.code ?? null,
      signal: ending?.how === 'killed' ? 'SIGKILL' : null,
      why,
      output_bytes: 0,
    }),
    get isOver() {
      return ending !== null;
    },
    causes,
    freeze(cause: Cause, because: string) {
      if (ending !== null) return;
      if (!isKilling && (causes.size === 0 || cause === 'suspended' || cause === 'ending')) why = because;
      causes.add(cause);
      process.freeze();
    },
    verifyFrozen: async () => (process.isMoving ? [1] : []),
    release(cause: Cause) {
      if (ending !== null || isKilling || !causes.delete(cause) || causes.size > 0) return;
      why = '';
      process.thaw();
    },
    async kill(because: string) {
      if (ending !== null) return [];
      isKilling = true;
      why = because;
      await new Promise<void>((resolve) => void engine.after(engine.random.between(0.1, 20), resolve, machine));
      process.end();
      end('killed', null);
      return [];
    },
    write: () => ending === null,
    output: (from: number) => ({ from, next: from, text: '', ended: ending !== null }),
    look: () => undefined,
    lookAtRules: () => undefined,
    waitEnd: () => ended.promise,
  };
  return { ok: true as const, run };
}
