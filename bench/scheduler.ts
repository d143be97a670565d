/**
 * One step of the scheduler after one task of a plan ended: a plan of 10,000 tasks beside one of 1,000, of the same shape and with as much changed. What grows with the plan and not with what
 * changed shows in the ratio. A step is all that the runtime computes for it: the task is shown to be done, its mission's log is folded on, what is due is looked up, claimed (which looks
 * again) and folded, and its work is claimed. What it writes is the same for both, so the journal is left out: it would only hide a difference.
 *
 * Run: npm run bench -- scheduler
 */
import { decideMission, dueOf, evolveMission } from '@writ/runtime';
import type { Mission } from '@writ/runtime';
import { inUs, interleaved, row } from './support/measure.ts';

const limit = 8;
/** So many that a round takes longer than whatever else comes in between: a fifth of them was over in five milliseconds. */
const steps = 800;

type Event = Parameters<typeof evolveMission>[1];
const stamp = { stream: 'mission/m-1', at: '2026-01-01T00:00:00.000Z' };
const folded = (mission: Mission | undefined, events: readonly Event[]): Mission | undefined =>
  events.reduce(
    (state, event) => evolveMission(state, event, { ...stamp, version: (state?.version ?? 0) + 1 }),
    mission,
  );

function acted(mission: Mission, command: Parameters<typeof decideMission>[1]): Mission {
  const decided = decideMission(mission, command);
  if (!decided.ok) throw new Error(decided.refusal.sentence);
  return folded(mission, decided.events) ?? mission;
}

/** Chains of ten, one task of each after the other, each with a folder of its own: a tenth of the plan is ready from the start. */
function planned(size: number): Mission {
  const agent = { name: 'builder', driver: 'command', run: 'true', network: 'none' } as const;
  const tasks = Array.from({ length: size }, (_, at) => ({
    ...({ id: `T${String(at)}`, title: 'a part', brief: '', kind: 'change', join: 'all', agent, run: null } as const),
    after: at % 10 === 0 ? [] : [`T${String(at - 1)}`],
    ...{ done: [], touches: [`part-${String(Math.floor(at / 10))}/**`], priority: 0, line: at + 1 },
  }));
  const words = {
    title: 'T',
    goal: 'g',
    project: 'p',
    preset: 'worktree',
    file: 'f',
    sourceDigest: '',
    repository: '/r',
  };
  const data = { ...words, branchPrefix: 'writ', remote: null, attempts: 2, plan: { tasks, limit } };
  const mission = folded(undefined, [{ type: 'mission.created', data }]);
  if (mission === undefined) throw new Error('nothing was created');
  return acted(mission, { do: 'start', mandate: 'm-1', base: 'c-0' });
}

/** Claims all that is due, and their work. */
function claimed(mission: Mission): Mission {
  return dueOf(mission, 0).start.reduce((state, task) => {
    const session = `s-${task}`;
    const started = acted(state, { do: 'claim', task, session, now: 0 });
    return acted(started, { do: 'claim_done', task, attempt: 1, commit: 'c', tree: 't' });
  }, mission);
}

/** Microseconds a step, as tasks end one after another and others take their place. */
function stepsOf(size: number): number {
  let mission = claimed(planned(size));
  const atWork = Array.from({ length: limit }, (_, at) => `T${String(at * 10)}`);
  const began = performance.now();
  for (let step = 0; step < steps; step += 1) {
    const task = atWork.shift();
    if (task === undefined) throw new Error('nothing is at work');
    const ended = acted(mission, { do: 'verify', task, attempt: 1, tree: 't' });
    atWork.push(...dueOf(ended, 0).start);
    mission = claimed(ended);
  }
  const spent = performance.now() - began;
  if (atWork.length !== limit) throw new Error(`${String(atWork.length)} tasks are at work`);
  return (spent / steps) * 1_000;
}

const figures = await interleaved({ small: () => stepsOf(1_000), large: () => stepsOf(10_000) });
row({
  what: 'scheduler step after one task ended, plan of 10,000',
  beside: 'the same in a plan of 1,000',
  ratio: figures.large / figures.small,
  bar: { atMost: 2 },
  ours: inUs(figures.large),
  theirs: inUs(figures.small),
});
