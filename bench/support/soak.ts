/**
 * A long day of a runtime, as fast as it goes: timers that come due, forks, a great many events in as many sessions as there are viewers, and each viewer following one of them, hanging up and coming
 * back. Two processes serve it, and what it holds in memory and in descriptors is read from the system meanwhile. Nothing is simulated but the waiting.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { NewEvent } from '@writ/journal';
import { openSqliteJournal } from '@writ/journal';
import { runtimeApi } from '@writ/protocol';
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { approveMandate } from './approve-mandate.ts';
import { median } from './measure.ts';
import type { SessionPlanes } from './session-planes.ts';
import { descriptors, openSessionPlanes, proportionalMb } from './session-planes.ts';
import { Viewer } from './viewer.ts';

export type SoakSize = {
  readonly events: number;
  readonly timers: number;
  readonly forks: number;
  readonly viewers: number;
};

export type Soaked = {
  /** Megabytes, and descriptors: in the median of the second fifth of the events, and of the last. */
  readonly memory: { readonly early: number; readonly late: number };
  readonly descriptors: { readonly early: number; readonly late: number };
  readonly fired: number;
  readonly lost: number;
  readonly doubled: number;
  readonly connections: number;
  readonly perSecond: number;
};

/** Over `dir`, an empty folder. `tell`: how far it is. */
export async function soak(dir: string, size: SoakSize, tell: (sentence: string) => void): Promise<Soaked> {
  await using planes = await openSessionPlanes(dir, {
    between: () => plantTimers(dir, size.timers),
    runtime: 'soak-runtime.ts',
  });
  const fired = await timersFired(planes, size.timers);
  const sessions: string[] = [];
  for (let at = 0; at < size.viewers; at += 1) sessions.push(await planes.session());
  await each(size.forks, 16, async (at) => {
    const id = sessions[at % sessions.length] ?? '';
    const made = await planes.runtime.call(runtimeApi.forkSession, { params: { id }, body: {} });
    if (!made.ok) throw new Error(made.problem.detail);
  });
  tell(`${String(fired)} of ${String(size.timers)} timers came due, ${String(size.forks)} forks`);
  const viewers = sessions.map(
    (id) => new Viewer({ url: `${planes.url}/v1/sessions/${id}/events`, token: planes.token }),
  );
  for (const viewer of viewers) await viewer.connect();
  const looks: { readonly memory: number; readonly descriptors: number }[] = [];
  let isOver = false;
  const restless = viewers.map(async (viewer, at) => {
    for (let round = 0; !isOver; round += 1) {
      await sleep(1_000 + ((at * 137 + round * 1_013) % 9_000), undefined, { ref: false });
      if (!isOver) await viewer.comeBack();
    }
  });
  const begin = performance.now();
  await worked(planes, { events: size.events, sessions }, (done) => {
    looks.push({ memory: proportionalMb(planes.pid), descriptors: descriptors(planes.pid) });
    if (looks.length % 10 === 0) tell(`${String(done)} events, ${(looks.at(-1)?.memory ?? 0).toFixed(0)} MB`);
  });
  const perSecond = (size.events / (performance.now() - begin)) * 1_000;
  const seen = (): number => viewers.reduce((all, viewer) => all + viewer.seen, 0);
  for (const until = performance.now() + 60_000; seen() < size.events && performance.now() < until;) await sleep(20);
  isOver = true;
  await Promise.all(restless);
  for (const viewer of viewers) viewer[Symbol.dispose]();
  const part = (of: (look: (typeof looks)[number]) => number) => ({
    early: median(looks.slice(looks.length * 0.2, looks.length * 0.4).map(of)),
    late: median(looks.slice(looks.length * 0.8).map(of)),
  });
  return {
    memory: part(({ memory }) => memory),
    descriptors: part((look) => look.descriptors),
    ...{ fired, perSecond, lost: size.events - seen() },
    doubled: viewers.reduce((all, viewer) => all + viewer.doubled, 0),
    connections: viewers.reduce((all, viewer) => all + viewer.connections, 0),
  };
}

/** Resolves when the runtime has recorded all of `what`; `told`: now and then, how many it has. */
function worked(
  { child }: SessionPlanes,
  what: { readonly events: number; readonly sessions: readonly string[] },
  told: (done: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => {
      reject(new Error('the runtime ended at its work'));
    };
    child.once('exit', onExit);
    child.on('message', (said) => {
      told(Number(said));
      if (Number(said) < what.events) return;
      child.off('exit', onExit);
      resolve();
    });
    child.send(what);
  });
}

/** `work` for 0 to `count`, `side` of them at a time. */
async function each(count: number, side: number, work: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(side, count) }, async () => {
      while (next < count) await work(next++);
    }),
  );
}

const longestMs = 600_000;

/** How many of them have come due: each task is taken up then, and waits for a person, since its repository is not there. */
async function timersFired({ runtime }: SessionPlanes, wanted: number): Promise<number> {
  for (const until = performance.now() + longestMs; ; await sleep(1_000)) {
    const listed = await runtime.call(runtimeApi.inbox, { query: { limit: '1000000' } });
    const fired = listed.ok ? listed.value.items.length : 0;
    if (fired >= wanted || performance.now() > until) return fired;
  }
}

/** Missions of one task each that is to be tried again a moment after the start. */
async function plantTimers(dir: string, timers: number): Promise<void> {
  const { mandate } = await approveMandate(dir, { resource: 'shell://bench/true', action: 'shell.run' });
  mkdirSync(join(dir, 'runtime'), { recursive: true, mode: 0o700 });
  await using journal = await openSqliteJournal({
    path: join(dir, 'runtime', 'runtime.db'),
    organisation: 'local',
    now: Date.now,
  });
  const dueFrom = Date.now() + 3_000;
  for (let at = 0; at < timers; at += 100) {
    const batch = Array.from({ length: Math.min(100, timers - at) }, (_, index) => ({
      stream: `mission/w-${String(at + index)}`,
      // Spread over ten seconds, as retries are.
      events: retrying(mandate, dueFrom + ((at + index) % 100) * 100),
    }));
    const written = await journal.append(batch, []);
    if (!written.ok) throw new Error('an append without expectations was refused');
  }
}

function retrying(mandate: string, notBefore: number): readonly NewEvent[] {
  const agent = { name: 'a', driver: 'command', run: 'true', network: 'none' };
  const task = {
    ...{ id: 'T1', title: 'later', brief: '', kind: 'change', join: 'all', after: [], agent, run: 'true', done: [] },
    ...{ touches: [], priority: 0, line: 1 },
  };
  const created = {
    ...{ title: 'later', goal: '', project: 'bench', preset: 'worktree', file: 'mission.md', sourceDigest: '' },
    ...{ repository: '/nowhere', branchPrefix: 'writ/', remote: null, attempts: 3 },
    plan: { tasks: [task], limit: 1 },
  };
  const ended = { task: 'T1', attempt: 1, outcome: 'failed', reason: 'planted', notBefore };
  const events: readonly Pick<NewEvent, 'type' | 'data'>[] = [
    { type: 'mission.created', data: created },
    { type: 'mission.started', data: { mandate, base: '' } },
    { type: 'attempt.started', data: { task: 'T1', attempt: 1, session: 's-none' } },
    { type: 'attempt.ended', data: ended },
  ];
  return events.map((event) => ({ ...event, project: 'bench', actor: 'runtime' }));
}
