/** Runs one seed from its beginning to the end of its last step, and then, with everything mended, looks whether all is as it must be. */

import { controlApi } from '@writ/protocol';
import { installVirtualTime } from '../engine/globals.ts';
import { engine } from '../engine/engine.ts';
import { network } from '../engine/network.ts';
import { processes } from '../engine/processes.ts';
import { longestLeaseMs, running, runMs } from './bounds.ts';
import { planFrom } from './plan.ts';
import { Steps } from './steps.ts';
import { World } from './world.ts';

export type Outcome = {
  readonly seed: string;
  /** What must not be and was, first things first; empty for a run that is as it should be. */
  readonly wrong: readonly string[];
  /** The steps that were begun. */
  readonly steps: readonly number[];
  readonly counts: World['counts'];
  readonly events: number;
  readonly position: number;
  /** The same for the same seed and steps. */
  readonly trace: string;
  readonly virtualMs: number;
};

/** Calls, local answers, effects of processes and effects at the sink: what somebody did or was told. */
export const operationsOf = ({ calls, answers, effects, landed }: Outcome['counts']): number =>
  calls + answers + effects + landed;

/** After the last step: long enough for every bound, lease and back-off there is. */
const settlingMs = 12_000;

let world: World | undefined;
process.on('unhandledRejection', (error) => world?.bug(error));
process.on('uncaughtException', (error) => world?.bug(error));

/** Runs `seed` with `count` steps, or with those of them in `only`. */
export async function simulate(seed: string, count: number, only?: ReadonlySet<number>): Promise<Outcome> {
  installVirtualTime();
  const now = World.fresh(seed);
  world = now;
  const steps = new Steps(now);
  const plan = planFrom(seed, count).filter(({ index }) => only?.has(index) ?? true);
  now.bootControl();
  let isOver = false;
  // The tokens of points are there once control was.
  engine.after(60, () => now.bootEnforcer(), null);
  engine.after(60, () => now.bootSink(), null);
  const begun: number[] = [];
  for (const step of plan) engine.after(step.at, () => (begun.push(step.index), steps.do(step)), null);
  const end = (plan.at(-1)?.at ?? 0) + 10;
  engine.after(end, () => mend(now, steps), null);
  engine.after(end + settlingMs, () => now.on(now.machines.desk, () => lookAtEnd(now)), null);
  engine.after(end + settlingMs + 15_000, () => void (isOver = true), null);
  await engine.run(() => isOver || now.wrong.length > 0);
  return {
    seed,
    wrong: [...now.wrong],
    steps: begun,
    counts: now.counts,
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
  for (const machine of all) now.wake(machine);
  for (const what of ['control', 'enforcer', 'sink'] as const) steps.faults.boot(what);
}

async function lookAtEnd(now: World): Promise<void> {
  const { desk } = now.callers;
  const verified = await desk.call(controlApi.verify, { timeoutMs: 60_000 });
  if (!verified.ok) return now.say(`the journal cannot be verified at the end: ${verified.problem.detail}`);
  if (!verified.value.ok) now.say(`I4: the journal does not verify: ${JSON.stringify(verified.value.findings[0])}`);
  for (const operation of now.begun)
    if (!now.log.has(operation)) now.say(`I4: ${operation} was acknowledged, and is not in the journal`);
  for (const mandate of now.model.mandates) {
    if (!mandate.ended.some(({ acked }) => acked !== null)) continue;
    const found = await desk.call(controlApi.getMandate, { params: { id: mandate.id } });
    if (!found.ok) now.say(`I4: ${mandate.id}, which was ended, cannot be read: ${found.problem.code}`);
    else if (!ended.has(found.value.state)) now.say(`I10: ${mandate.id} was ended, and is ${found.value.state}`);
  }
  for (const { id } of processes.live.values()) {
    const mandate = now.runs.get(id);
    const why =
      mandate &&
      now.model.whyNever(mandate, running, { from: engine.now - runMs, to: engine.now, drainMs: longestLeaseMs });
    if (why?.includes('was ended') === true) now.say(`run ${id} is still there at the end, although ${why}`);
  }
  now.note(verified.value.events);
  await compareAfterRestart(now);
}

/** I7: what control says after a crash, from its log alone, is what it said before from what it had folded as it went. What the log shows to have changed meanwhile is left out. */
async function compareAfterRestart(now: World): Promise<void> {
  const { position } = now.log;
  const before = await standing(now);
  now.crashControl();
  now.bootControl();
  await new Promise<void>((resolve) => void setTimeout(resolve, 500));
  const after = await standing(now);
  if (before === null || after === null) return now.say('control does not say what it has at the end');
  const moved = now.log.streams.slice(position + 1);
  for (const [stream, said] of before) {
    const hasMoved = stream.startsWith('spend-') ? moved.length > 0 : moved.includes(stream);
    if (!hasMoved && after.get(stream) !== said)
      now.say(`I7: ${stream} was ${said} before a restart, and is ${String(after.get(stream))}`);
  }
}

/** What does not change by time alone, by stream; null where somebody does not answer. */
async function standing(now: World): Promise<ReadonlyMap<string, string> | null> {
  const { desk } = now.callers;
  const said = new Map<string, string>();
  for (const { id } of now.model.mandates) {
    const found = await desk.call(controlApi.getMandate, { params: { id } });
    const budget = await desk.call(controlApi.budget, { params: { id } });
    if (!found.ok || !budget.ok) return null;
    const { version, epoch, revision, successor, overlays } = found.value;
    said.set(`mandate-${id}`, JSON.stringify({ version, epoch, revision, successor, overlays }));
    said.set(`spend-${id}`, JSON.stringify(budget.value.items.map(({ mandate, lines }) => ({ mandate, lines }))));
  }
  for (const id of now.begun) {
    const found = await desk.call(controlApi.getOperation, { params: { id } });
    if (!found.ok) return null;
    said.set(`operation-${id}`, JSON.stringify(found.value));
  }
  return said;
}

const ended: ReadonlySet<string> = new Set(['revoked', 'completed', 'expired', 'cascaded', 'superseded']);
