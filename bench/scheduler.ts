/**
 * One step of the scheduler after one task of a plan ended: a plan of 10,000 tasks beside one of 1,000, of the same shape and with as much changed. What grows with the plan and not with what
 * changed shows in the ratio.
 *
 * Run: npm run bench -- scheduler
 */
import { schedule } from '@writ/runtime';
import { inUs, interleaved, row } from './support/measure.ts';

const steps = 100;

/** Chains of ten, one task of each after the other, each with a folder of its own. */
const planOf = (size: number) =>
  Array.from({ length: size }, (_, at) => ({
    id: `T${String(at)}`,
    after: at % 10 === 0 ? [] : [`T${String(at - 1)}`],
    touches: [`part-${String(Math.floor(at / 10))}/**`],
    priority: 0,
    standing: { name: at % 10 < 5 ? ('done' as const) : ('waiting' as const) },
  }));

/** Microseconds a step. Before each, one more task is done. */
function stepsOf(size: number): number {
  const tasks = planOf(size);
  let spent = 0;
  for (let step = 0; step < steps; step += 1) {
    const at = step * 10 + 5;
    const ended = tasks[at];
    if (ended !== undefined) tasks[at] = { ...ended, standing: { name: 'done' } };
    const began = performance.now();
    const { start } = schedule({ tasks, limit: 8, held: null, now: 0 });
    spent += performance.now() - began;
    if (start.length !== 8) throw new Error(`${String(start.length)} tasks would start`);
  }
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
