/**
 * A soak of the runtime: timers that come due, forks, and a great many events, each followed by a viewer that comes and goes; and whether it holds as much in memory and in descriptors at the end as
 * early on. It takes long, so that it runs only by its name.
 *
 * Run: npm run bench -- soak, or node bench/soak.ts [events] [timers] [forks] [viewers]
 */

import { row } from './support/measure.ts';
import { benchFolder } from './support/session-house.ts';
import { soak } from './support/soak.ts';

const [events = 1_000_000, timers = 10_000, forks = 1_000, viewers = 100] = process.argv.slice(2).map(Number);
using folder = benchFolder();
const soaked = await soak(folder.path, { events, timers, forks, viewers }, (sentence) => {
  process.stdout.write(`  ${sentence}\n`);
});
const [memory, open] = [soaked.memory, soaked.descriptors];
row({
  what: `memory in the last fifth of ${events.toLocaleString('en')} events`,
  ...{ beside: 'in the second', ratio: memory.late / memory.early, bar: { atMost: 1.25 } },
  ...{ ours: `${memory.late.toFixed(0)} MB`, theirs: `${memory.early.toFixed(0)} MB` },
});
row({
  what: 'descriptors then',
  ...{ beside: 'in the second', ratio: open.late / open.early, bar: { atMost: 1.1 } },
  ...{ ours: String(open.late), theirs: String(open.early) },
});
row({
  what: `lost or doubled for ${viewers.toLocaleString('en')} viewers who come and go`,
  ...{ beside: 'none', ratio: Math.abs(soaked.lost) + soaked.doubled, bar: { atMost: 0 } },
  ours: `${String(soaked.lost)} lost, ${String(soaked.doubled)} doubled`,
  theirs: `${soaked.connections.toLocaleString('en')} connections`,
});
row({
  what: 'timers that came due',
  ...{ beside: 'those that were set', ratio: soaked.fired / timers, bar: { atLeast: 1 } },
  ...{ ours: String(soaked.fired), theirs: String(timers) },
});
process.stdout.write(`  ${soaked.perSecond.toFixed(0)} events a second, beside ${String(forks)} forks\n`);
