/** Runs one seed from its beginning to the end of its last step, and then, with everything mended, looks whether all is as it must be. */

import { installVirtualTime } from '../engine/globals.ts';
import { engine } from '../engine/engine.ts';
import { network } from '../engine/network.ts';
import { lookAtEnd } from './look-at-end.ts';
import type { More } from './plan.ts';
import { planFrom } from './plan.ts';
import { Steps } from './steps.ts';
import { World } from './world.ts';

export type Outcome = {
  readonly seed: string;
  /** What must not be and was, first things first; empty for a run that is as it should be. */
  readonly wrong: readonly string[];
  /** The steps that were begun. */
  readonly steps: readonly number[];
  readonly counts: World['counts'] & World['runtime']['log']['counts'];
  readonly events: number;
  readonly position: number;
  /** The same for the same seed and steps. */
  readonly trace: string;
  readonly virtualMs: number;
};

/** Calls, local answers, effects of processes and effects at the sink: what somebody did or was told. */
export const operationsOf = ({ calls, answers, effects, landed }: Outcome['counts']): number =>
  calls + answers + effects + landed;

/** After the last step: long enough for every bound, lease and back-off there is, and for the longest call, the runtime's to an enforcer that does not answer. */
const settlingMs = 18_000;

/** The longest that look takes, with a restart of both planes in it. */
const lookingMs = 60_000;

let world: World | undefined;
process.on('unhandledRejection', (error) => world?.uncaught(error));
process.on('uncaughtException', (error) => world?.uncaught(error));

/** How a seed is run: with how many steps, or with those of them in `only`; of some kinds there are `more`. */
export type How = {
  readonly count: number;
  readonly only?: ReadonlySet<number> | undefined;
  readonly more?: More | undefined;
};

/** Runs `seed`. */
export async function simulate(seed: string, { count, only, more }: How): Promise<Outcome> {
  installVirtualTime();
  const now = World.fresh(seed);
  world = now;
  const steps = new Steps(now);
  const plan = planFrom(seed, count, more).filter(({ index }) => only?.has(index) ?? true);
  now.bootControl();
  let isOver = false;
  // The tokens of points are there once control was.
  engine.after(60, () => now.bootEnforcer(), null);
  engine.after(60, () => now.bootSink(), null);
  engine.after(65, () => now.peer?.boot(), null);
  for (const [nth, node] of now.runtime.nodes.entries()) engine.after(70 + 1_500 * nth, () => node.boot(), null);
  const begun: number[] = [];
  for (const step of plan) engine.after(step.at, () => (begun.push(step.index), steps.do(step)), null);
  const end = (plan.at(-1)?.at ?? 0) + 10;
  engine.after(end, () => mend(now, steps), null);
  const look = async (): Promise<void> => {
    await lookAtEnd(now);
    isOver = true;
  };
  engine.after(end + settlingMs, () => now.on(now.machines.desk, look), null);
  engine.after(end + settlingMs + lookingMs, () => now.say('the look at the end did not come to its own'), null);
  await engine.run(() => isOver || now.wrong.length > 0);
  return {
    seed,
    wrong: [...now.wrong],
    steps: begun,
    counts: { ...now.counts, ...now.runtime.log.counts },
    events: engine.events,
    position: now.log.position,
    trace: (now.trace >>> 0).toString(16),
    virtualMs: engine.now,
  };
}

/** Every link is whole, everything is awake and up, the disk takes what it is given. */
function mend(now: World, steps: Steps): void {
  const all = Object.values(now.machines);
  for (const from of all)
    for (const to of all) {
      network.change(from, to, { maxMs: 0.4, loss: 0, duplicates: 0 });
      now.cut(from, to, false);
    }
  now.failDisk(false);
  now.runtime.disk.fault = undefined;
  for (const machine of all) now.wake(machine);
  for (const what of ['control', 'enforcer', 'sink'] as const) steps.faults.boot(what);
  for (const node of now.runtime.nodes) node.mend();
  if (!now.machines.peer.isUp) now.peer?.boot();
}
