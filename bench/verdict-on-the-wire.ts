/**
 * A verdict from outside: over HTTP beside a bare server that makes the same decision, over the multiplexed socket beside our own HTTP, and recorded
 * before the reply beside a server that commits once a request. Servers are processes of their own; 32 calls are in flight. What only asks is measured before anything
 * is begun, and what a round began is settled before the next, unmeasured: the ends of thousands of leases whose holder is gone are no part of a verdict. What a recorded verdict is made
 * of is told beside its ratio: how long the same disk takes to sync, and for how long each verdict keeps control's main thread.
 *
 * Run: npm run bench -- on-the-wire
 */
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCaller, endpointOf } from '@writ/enforce';
import type { Base } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import { approveMandate } from './support/approve-mandate.ts';
import { inMs, inUs, interleaved, median, perSecond, row } from './support/measure.ts';
import { peer } from './support/peers.ts';
import { processes } from './support/processes.ts';

const inFlight = 32;
const seconds = 2;

type Load = {
  readonly requests: { readonly average: number };
  readonly latency: { readonly p99: number };
  readonly non2xx: number;
  readonly errors: number;
};
// autocannon's documented options and results, as far as they are used.
const autocannon = peer('autocannon') as (options: object) => Promise<Load>;

const folder = mkdtempSync(join(tmpdir(), 'writ-bench-'));
const question = (mandate: string, which = 0) => ({
  mandate,
  action: 'git.push',
  resource: `git://bench/refs/heads/writ/task-${String(which % 1_000)}`,
  parameters: { oid: String(which) },
});

/** Load on `url`, and the 99th percentile of its answers in milliseconds. Anything but a yes fails the measurement. */
async function load(url: string, token: string, body: object, headers: object = {}): Promise<Load> {
  const result = await autocannon({
    url,
    method: 'POST',
    connections: inFlight,
    duration: seconds,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    idReplacement: true,
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url} did not say yes`);
  return result;
}

type Caller = ReturnType<typeof createCaller>;

/** What `ask` gets done in a second through our own client, `inFlight` at once. `ask` says whether the answer was a yes. */
async function asked(
  base: Base,
  token: string,
  ask: (caller: Caller, which: number) => Promise<boolean>,
): Promise<number> {
  using caller = createCaller({ base, token, timeoutMs: 5_000 });
  const until = performance.now() + seconds * 1_000;
  let done = 0;
  const asker = async (): Promise<void> => {
    while (performance.now() < until) if (!(await ask(caller, done++))) throw new Error('the answer was not a yes');
  };
  await Promise.all(Array.from({ length: inFlight }, asker));
  return done / seconds;
}

const checks = (base: Base, mandate: string, token: string): Promise<number> =>
  asked(base, token, async (caller, which) => {
    const verdict = await caller.call(controlApi.check, { body: question(mandate, which) });
    return verdict.ok && verdict.value.decision === 'permit';
  });

const begins = (base: Base, mandate: string, token: string): Promise<number> =>
  asked(base, token, async (caller, which) => {
    const begun = await caller.call(controlApi.begin, { body: question(mandate, which), idempotencyKey: randomUUID() });
    return begun.ok;
  });

/** Settles all that is open under `mandate`, as whoever begins something does. */
async function settleAll(base: Base, mandate: string, token: string): Promise<void> {
  using caller = createCaller({ base, token, timeoutMs: 5_000 });
  for (;;) {
    const open = await caller.call(controlApi.listOperations, { query: { mandate, open: 'true', limit: '1000' } });
    if (!open.ok) throw new Error(open.problem.detail);
    if (open.value.items.length === 0) return;
    await Promise.all(
      open.value.items.map(({ id }) =>
        caller.call(controlApi.settle, { params: { id }, body: { outcome: 'done', evidence: '' } }),
      ),
    );
  }
}

/** What a file that grows by a page takes to be synced, in microseconds: the least that a commit waits for. */
function syncUs(): number {
  const path = join(folder, 'synced');
  const file = openSync(path, 'a');
  const page = Buffer.alloc(4096, 1);
  const took = Array.from({ length: 100 }, () => {
    writeSync(file, page);
    const before = performance.now();
    fdatasyncSync(file);
    return (performance.now() - before) * 1_000;
  });
  closeSync(file);
  rmSync(path);
  return median(took);
}

/** For how long the main thread of `pid` was on a processor, in microseconds, as Linux counts it; elsewhere not known. */
function mainThreadUs(pid: number | undefined): number {
  const path = `/proc/${String(pid)}/task/${String(pid)}/schedstat`;
  return existsSync(path) ? Number(readFileSync(path, 'utf8').split(' ')[0]) / 1_000 : Number.NaN;
}

const { spawn, start, end } = processes();
try {
  const { child, said: control } = await spawn('control-process.ts', folder);
  const bare = await start('bare-server.ts');
  const committing = await start('bare-server.ts', join(folder, 'bare.db'));
  const { mandate, token } = await approveMandate(folder, {
    resource: 'git://bench/refs/heads/writ',
    action: 'git.push',
  });
  const tails = { ours: [] as number[], bare: [] as number[] };
  const timed = async (into: number[], work: Promise<Load>): Promise<number> => {
    const { requests, latency } = await work;
    into.push(latency.p99);
    return requests.average;
  };
  const socket = endpointOf(folder, 'control');
  if (socket === null) throw new Error('control is not there');
  const settled = async (rate: number): Promise<number> => {
    await settleAll(socket, mandate, token);
    return rate;
  };
  const asking = await interleaved({
    bare: () => timed(tails.bare, load(bare, token, question(mandate))),
    http: () => timed(tails.ours, load(`${control}/v1/check`, token, question(mandate))),
    clientHttp: () => checks({ url: control }, mandate, token),
    clientSocket: () => checks(socket, mandate, token),
  });
  const keyed = { 'idempotency-key': '[<id>]' };
  const busy = { http: [] as number[], socket: [] as number[] };
  /** A rate, and beside it what each verdict took of control's main thread; what was begun is settled after. */
  const watched = async (into: number[], work: () => Promise<number>): Promise<number> => {
    const before = mainThreadUs(child.pid);
    const rate = await work();
    into.push((mainThreadUs(child.pid) - before) / (rate * seconds));
    return settled(rate);
  };
  const recording = await interleaved({
    sync: syncUs,
    committing: async () => (await load(committing, token, question(mandate))).requests.average,
    recorded: () =>
      watched(
        busy.http,
        async () => (await load(`${control}/v1/operations`, token, question(mandate), keyed)).requests.average,
      ),
    recordedOnSocket: () => watched(busy.socket, () => begins(socket, mandate, token)),
  });
  const rates = (ours: number, theirs: number) => ({
    ratio: ours / theirs,
    ours: perSecond(ours),
    theirs: perSecond(theirs),
  });
  row({
    what: 'verdict over HTTP, authenticated',
    beside: 'bare `node:http`, same decision',
    bar: { atLeast: 0.7 },
    ...rates(asking.http, asking.bare),
  });
  const [ours, theirs] = [median(tails.ours), median(tails.bare)];
  row({
    what: 'its 99th percentile',
    beside: 'that of bare `node:http`',
    ratio: ours / theirs,
    bar: { atMost: 2.5 },
    ours: inMs(ours),
    theirs: inMs(theirs),
  });
  row({
    what: 'verdict over the multiplexed socket, 32 in flight',
    beside: 'our HTTP',
    bar: { atLeast: 5 },
    ...rates(asking.clientSocket, asking.clientHttp),
  });
  row({
    what: 'durable recorded verdict over HTTP, 32 in flight',
    beside: 'bare `node:http`, a commit per request',
    bar: { atLeast: 5 },
    ...rates(recording.recorded, recording.committing),
  });
  row({
    what: 'the same over the multiplexed socket, as our clients ask',
    beside: 'bare `node:http`, a commit per request',
    bar: { atLeast: 5 },
    ...rates(recording.recordedOnSocket, recording.committing),
  });
  const [http, own] = [busy.http, busy.socket].map((each) => inUs(median(each)));
  process.stdout.write(
    `  a sync of one page: ${inUs(recording.sync)}; of control's main thread a recorded verdict takes ${http ?? ''} over HTTP and ${own ?? ''} over the socket, and the bar asks for ${inUs(200_000 / recording.committing)}\n`,
  );
} finally {
  await end();
  rmSync(folder, { recursive: true });
}
