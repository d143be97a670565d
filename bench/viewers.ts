/**
 * Two hundred people who look at one busy session: from the call that records an event until the last of them has it, and what each costs the runtime in memory; beside a bare server that pushes
 * the same text to as many and keeps nothing. Then all of them hang up and come back by `Last-Event-ID` again and again while events come as fast as they are taken: what any of them missed or
 * saw twice is counted.
 *
 * Run: npm run bench -- viewers
 */

import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { inMs, interleaved, median, row } from './support/measure.ts';
import { processes } from './support/processes.ts';
import { benchFolder } from './support/session-house.ts';
import { openSessionPlanes, proportionalMb } from './support/session-planes.ts';
import { Viewer } from './support/viewer.ts';

const viewers = 200;
/** Events in one round, one each so many milliseconds. */
const inRound = 100;
const everyMs = 10;
const hurried = 4_000;

/** When the last of all had each step. */
class Arrivals {
  private readonly counts = new Map<number, number>();
  private readonly lastAt = new Map<number, number>();

  readonly note = (step: number): void => {
    this.counts.set(step, (this.counts.get(step) ?? 0) + 1);
    this.lastAt.set(step, performance.now());
  };

  /** Resolves with when the last had `step`. */
  async all(step: number): Promise<number> {
    for (const until = performance.now() + 60_000; performance.now() < until; await sleep(2))
      if (this.counts.get(step) === viewers) return this.lastAt.get(step) ?? Number.NaN;
    throw new Error(`${String(viewers - (this.counts.get(step) ?? 0))} viewers never had event ${String(step)}`);
  }
}

type Busy = { readonly send: (step: number) => Promise<void>; readonly arrivals: Arrivals };

let step = 0;
let ourSteps = 0;
const tails: Record<'ours' | 'bare', number[]> = { ours: [], bare: [] };

/** The median of a round, in milliseconds from the sending of an event until the last viewer had it. */
async function round(name: 'ours' | 'bare', { send, arrivals }: Busy): Promise<number> {
  const sent = new Map<number, number>();
  const sending: Promise<void>[] = [];
  for (let at = 0; at < inRound; at += 1) {
    step += 1;
    sent.set(step, performance.now());
    if (name === 'ours') ourSteps += 1;
    sending.push(send(step));
    await sleep(everyMs);
  }
  await Promise.all(sending);
  const took: number[] = [];
  for (const [each, at] of sent) took.push((await arrivals.all(each)) - at);
  tails[name].push(
    ...took
      .slice()
      .sort((a, b) => a - b)
      .slice(-2, -1),
  );
  return median(took);
}

using folder = benchFolder();
await using planes = await openSessionPlanes(folder.path);
const id = await planes.session();
const { spawn, end } = processes();
const bareServer = await spawn('bare-push.ts');
const pushTo = (url: string, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST' }, (response) => {
      response.resume();
      response.on('end', resolve);
    });
    call.on('error', reject);
    call.end(text);
  });

const open = async (url: string, token: string | null, arrivals: Arrivals): Promise<readonly Viewer[]> => {
  const all = Array.from({ length: viewers }, () => new Viewer({ url, token, onStep: arrivals.note }));
  for (const viewer of all) await viewer.connect();
  return all;
};

const memory = { ours: proportionalMb(planes.pid), bare: proportionalMb(bareServer.child.pid ?? 0) };
const [ourArrivals, bareArrivals] = [new Arrivals(), new Arrivals()];
const ours = await open(`${planes.url}/v1/sessions/${id}/events`, planes.token, ourArrivals);
const bare = await open(bareServer.said, null, bareArrivals);
const text = (at: number): string => JSON.stringify({ type: 'step', data: { step: at, output: 'ok '.repeat(50) } });
const measured = await interleaved({
  ours: () => round('ours', { send: (at) => planes.step(id, at), arrivals: ourArrivals }),
  bare: () => round('bare', { send: (at) => pushTo(bareServer.said, text(at)), arrivals: bareArrivals }),
});
row({
  what: `an event of a session → the last of ${String(viewers)} viewers`,
  ...{ beside: 'bare SSE push of the same', ratio: measured.ours / measured.bare, bar: { atMost: 3 } },
  ...{ ours: inMs(measured.ours), theirs: inMs(measured.bare) },
});
const [ourTail, bareTail] = [median(tails.ours), median(tails.bare)];
row({
  what: 'its 99th of a hundred',
  ...{ beside: 'that of the bare push', ratio: ourTail / bareTail, bar: { atMost: 3 } },
  ...{ ours: inMs(ourTail), theirs: inMs(bareTail) },
});
const each = {
  ours: ((proportionalMb(planes.pid) - memory.ours) / viewers) * 1024,
  bare: ((proportionalMb(bareServer.child.pid ?? 0) - memory.bare) / viewers) * 1024,
};
row({
  what: 'memory for each viewer',
  ...{ beside: 'that of the bare push', ratio: each.ours / each.bare, bar: { atMost: 4 } },
  ...{ ours: `${each.ours.toFixed(0)} kB`, theirs: `${each.bare.toFixed(0)} kB` },
});

// All of it as fast as it is taken, and nobody stays.
const last = step + hurried;
let isOver = false;
const restless = ours.map(async (viewer, at) => {
  for (let round = 0; !isOver; round += 1) {
    await sleep(100 + ((at * 37 + round * 101) % 900));
    if (!isOver) await viewer.comeBack();
  }
});
await Promise.all(
  Array.from({ length: 8 }, async () => {
    while (step < last) await planes.step(id, (step += 1));
  }),
);
for (let at = last - hurried + 1; at <= last; at += 1) await ourArrivals.all(at);
isOver = true;
await Promise.all(restless);
const sum = (of: (viewer: Viewer) => number): number => ours.reduce((all, viewer) => all + of(viewer), 0);
const [seen, doubled] = [sum((viewer) => viewer.seen), sum((viewer) => viewer.doubled)];
const lost = (ourSteps + hurried) * viewers - seen;
row({
  what: `lost or doubled for ${String(viewers)} viewers who come and go`,
  ...{ beside: 'none', ratio: Math.abs(lost) + doubled, bar: { atMost: 0 } },
  ours: `${String(lost)} lost, ${String(doubled)} doubled of ${seen.toLocaleString('en')}`,
  theirs: `${sum(({ connections }) => connections).toLocaleString('en')} connections`,
});
for (const viewer of [...ours, ...bare]) viewer[Symbol.dispose]();
await end();
