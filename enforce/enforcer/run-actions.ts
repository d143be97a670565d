/** What may be asked of a run by name. A freeze or a kill is done at once; a thaw is control's to allow. */

import { readOutput } from '../supervisor/run-output.ts';
import type { Run } from '../supervisor/run.ts';
import type { RunWire } from '../supervisor/run-record.ts';
import type { Answer } from './answer.ts';
import { done, refuse } from './answer.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { RunKeeper } from './run-keeper.ts';
import type { RunStarts } from './run-starts.ts';

export interface RunActions {
  run(id: string, waitMs: number): Promise<Answer<RunWire>>;
  output(id: string, from: number): Answer<{ from: number; next: number; text: string; ended: boolean }>;
  input(id: string, text: string): Answer<RunWire>;
  freeze(id: string, why: string): Promise<Answer<RunWire>>;
  thaw(id: string): Promise<Answer<RunWire>>;
  kill(id: string, why: string): Promise<Answer<RunWire>>;
}

/** A run of an earlier enforcer, and the file its output is in. */
type Past = { readonly run: RunWire; readonly output: string };

const outputLimit = 256 * 1024;
const longestWaitMs = 3_600_000;

/** The actions on the runs of `keeper`; `past` are those of earlier enforcers, which are over. */
export function runActions(
  {
    keeper,
    heartbeat,
    starts,
  }: { readonly keeper: RunKeeper; readonly heartbeat: Heartbeat; readonly starts: Pick<RunStarts, 'forbid'> },
  past: ReadonlyMap<string, Past>,
): RunActions {
  const missing = (id: string) => refuse('not_found', 404, `there is no run \`${id}\``, null);
  const over = (id: string) => refuse('run_over', 409, `run \`${id}\` is over`, 'start a new run');

  /** The run if it is not over, else why it cannot be acted on. */
  function liveRun(id: string): Answer<Run> {
    const run = keeper.get(id);
    if (run === undefined) return past.has(id) ? over(id) : missing(id);
    return run.isOver ? over(id) : done(run);
  }

  return {
    async run(id, waitMs) {
      const run = keeper.get(id);
      if (run === undefined) {
        const old = past.get(id);
        return old === undefined ? missing(id) : done(old.run);
      }
      if (waitMs > 0) await run.waitEnd(Math.min(waitMs, longestWaitMs));
      return done(run.wire());
    },
    output(id, from) {
      const run = keeper.get(id);
      if (run !== undefined) return done(run.output(from, outputLimit));
      const old = past.get(id);
      return old === undefined ? missing(id) : done(readOutput(old.output, from, outputLimit, () => true));
    },
    input(id, text) {
      const run = liveRun(id);
      if (!run.ok) return run;
      return run.value.write(text)
        ? done(run.value.wire())
        : refuse('no_input', 409, `run \`${id}\` takes no input`, 'start it with `stdin: null`');
    },
    async freeze(id, why) {
      const run = liveRun(id);
      if (!run.ok) return run;
      run.value.freeze('asked', why);
      await run.value.verifyFrozen(1_000);
      return done(run.value.wire());
    },
    async thaw(id) {
      heartbeat.sense();
      const run = liveRun(id);
      if (!run.ok) return run;
      const problem = await keeper.ask(run.value);
      if (problem !== null) return { ok: false, problem };
      run.value.release('asked');
      return done(run.value.wire());
    },
    async kill(id, why) {
      // INVARIANT: what was ended does not start afterwards, because its start was on its way.
      if (keeper.get(id) === undefined && !past.has(id)) await starts.forbid(id);
      const run = liveRun(id);
      if (!run.ok) return run;
      await keeper.end(run.value, why);
      return done(run.value.wire());
    },
  };
}
