/**
 * `enforce/supervisor/run.ts`: a run whose process is a piece of the simulation. It does one effect after another for as long as it moves; that it stands still or is gone is what
 * happened to it here, and not what anybody says.
 */

import type { FreezeCause, Run, RunDeps, StartedRun } from '../../../enforce/supervisor/run.ts';
import { engine } from '../engine/engine.ts';
import { processes } from '../engine/processes.ts';

/** How long programs go on by themselves, at most, and how often they end well; whatever else they are called, long and mostly. */
const programs: Readonly<Record<string, { readonly lifeMs: number; readonly wellBy: number }>> = {
  work: { lifeMs: 3_000, wellBy: 0.85 },
  check: { lifeMs: 300, wellBy: 0.9 },
};

/** Starts a run. */
export async function startRun({
  plan: { request },
  chain,
  expiresAt,
  now,
  lease,
  onEnd,
}: RunDeps): Promise<StartedRun> {
  const machine = engine.current;
  const startedAt = now().wall;
  const causes = new Set<FreezeCause>();
  const ended = Promise.withResolvers<void>();
  let ending: { readonly how: 'exited' | 'killed'; readonly at: number; readonly code: number | null } | null = null;
  let isKilling = false;
  let why = '';
  const { id, mandate, session, cwd } = request;
  const program = request.argv[0] ?? '';
  const { lifeMs, wellBy } = programs[program] ?? { lifeMs: 20_000, wellBy: 1 };
  const process = processes.start(machine, { id, mandate, session, cwd, program, lifeMs });

  const said = `${program} says so\n`;
  const end = (how: 'exited' | 'killed', code: number | null): void => {
    if (ending !== null) return;
    ending = { how, at: now().wall, code };
    causes.clear();
    process.end();
    ended.resolve();
    onEnd(run);
  };
  process.onExit = () =>
    engine.after(engine.random.between(0.1, 2), () => end('exited', engine.random.chance(wellBy) ? 0 : 1), machine);

  const run: Run = {
    request,
    bounds: 'namespace',
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
    halt() {
      if (ending === null) process.freeze();
    },
    freeze(cause, because) {
      if (ending !== null) return;
      if (!isKilling && (causes.size === 0 || cause === 'suspended' || cause === 'ending')) why = because;
      causes.add(cause);
      process.freeze();
    },
    verifyFrozen: async () => (process.isMoving ? [1] : []),
    release(cause) {
      if (ending !== null || isKilling || !causes.delete(cause) || causes.size > 0) return;
      why = '';
      process.thaw();
    },
    async kill(because) {
      if (ending !== null) return [];
      isKilling = true;
      why = because;
      await new Promise<void>((resolve) => void engine.after(engine.random.between(0.1, 20), resolve, machine));
      process.end();
      end('killed', null);
      return [];
    },
    write: () => ending === null,
    output: (from) => {
      const text = said.slice(from);
      return { from, next: from + text.length, text, ended: ending !== null };
    },
    look: () => undefined,
    lookAtRules: () => undefined,
    waitEnd: (ms) =>
      Promise.race([ended.promise, new Promise<void>((resolve) => void engine.after(ms, resolve, machine))]),
  };
  return { ok: true, run };
}
