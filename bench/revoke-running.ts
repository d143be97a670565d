/**
 * From the call that revokes a mandate until the program that ran under it stands still for good, as the operating system shows (it is killed then); beside Restate's cancellation of a handler that waits, until its caller has
 * the end of it. Both are asked over HTTP, and both write down durably what was asked before it takes effect.
 *
 * Run: npm run bench -- revoke-running
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCaller, endpointOf } from '@writ/enforce';
import type { CallResult } from '@writ/enforce';
import { controlApi, enforcerApi, programResource, runParameters } from '@writ/protocol';
import { approveMandate } from './support/approve-mandate.ts';
import { inMs, interleaved, median, row } from './support/measure.ts';
import { processes } from './support/processes.ts';
import { startRestateWithHandlers, until } from './support/restate.ts';
import { benchFolder } from './support/session-house.ts';

const perRound = 5;

function must<T>(answer: CallResult<T>): T {
  if (answer.ok) return answer.value;
  throw new Error(`${answer.problem.code}: ${answer.problem.detail}`);
}

using folder = benchFolder();
const [dir, place] = [join(folder.path, 'state'), join(folder.path, 'work')];
mkdirSync(dir, { mode: 0o700 });
mkdirSync(place);
const { start, end } = processes();
const url = await start('control-process.ts', dir);
await start('enforcer-process.ts', dir);
await using restate = await startRestateWithHandlers();

const token = (name: string): string => readFileSync(join(dir, 'control', name), 'utf8').trim();
using owner = createCaller({ base: { url }, token: token('owner.token'), timeoutMs: 5_000 });
using enforcer = createCaller({
  base: { socketPath: join(dir, 'enforcer', 'enforcer.sock') },
  token: token('points/runtime.token'),
  timeoutMs: 10_000,
});

/** A program that runs under a mandate of its own. */
async function running(): Promise<{ readonly mandate: string; readonly pid: number }> {
  const { mandate } = await approveMandate(dir, { resource: 'shell://bench/', action: 'shell.run' });
  const id = `r-${randomUUID().slice(0, 8)}`;
  const { credential } = must(
    await owner.call(controlApi.issueCredential, { params: { id: mandate }, body: { run: id } }),
  );
  const argv = ['/bin/sh', '-c', `echo $$ > ${id}; exec sleep 600`];
  const open = { files: 'open', network: 'open', credentials: 'open' } as const;
  const begun = must(
    await owner.call(controlApi.begin, {
      token: credential,
      point: token('points/runtime.token'),
      idempotencyKey: id,
      body: {
        mandate,
        action: 'shell.run',
        resource: programResource('bench', '/bin/sh'),
        parameters: runParameters({ argv, cwd: place, env: {} }),
        lease_ms: 30_000,
        session: 's1',
        containment: open,
      },
    }),
  );
  must(
    await enforcer.call(enforcerApi.startRun, {
      body: {
        id,
        session: 's1',
        mandate,
        credential,
        operation: begun.operation.id,
        argv,
        cwd: place,
        env: {},
        lease_ms: 30_000,
        sandbox: { kind: 'none' },
      },
    }),
  );
  const file = join(place, id);
  await until('the program runs', () => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'));
  return { mandate, pid: Number(readFileSync(file, 'utf8')) };
}

/** The letter of the kernel for how a process stands: `T` stopped, `Z` ended. Null where it is gone. */
function stateOf(pid: number): string | null {
  try {
    return /^\d+ \(.*\) (\w)/.exec(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'))?.[1] ?? null;
  } catch {
    return null; // it is gone
  }
}

const over: ReadonlySet<string | null> = new Set([null, 'Z']);
const still: ReadonlySet<string | null> = new Set([...over, 'T']);

/** Milliseconds until it was gone, of each that was revoked. */
const gone: number[] = [];

async function revoked(): Promise<number> {
  const took: number[] = [];
  for (let time = 0; time < perRound; time += 1) {
    const { mandate, pid } = await running();
    const began = performance.now();
    const answered = owner.call(controlApi.revoke, { params: { id: mandate }, body: { reason: 'bench' } });
    while (!still.has(stateOf(pid))) await sleep(0.5);
    took.push(performance.now() - began);
    while (!over.has(stateOf(pid))) await sleep(0.5);
    gone.push(performance.now() - began);
    must(await answered);
  }
  return median(took);
}

async function cancelled(): Promise<number> {
  const took: number[] = [];
  for (let time = 0; time < perRound; time += 1) {
    const sent = await fetch(`${restate.ingress}/bench/wait/send`, { method: 'POST' });
    const { invocationId } = (await sent.json()) as { readonly invocationId: string };
    const attached = fetch(`${restate.ingress}/restate/invocation/${invocationId}/attach`).then((reply) =>
      reply.text(),
    );
    // It waits by now.
    await sleep(300);
    const began = performance.now();
    const answered = fetch(`${restate.admin}/invocations/${invocationId}/cancel`, { method: 'PATCH' });
    await attached;
    took.push(performance.now() - began);
    const { status } = await answered;
    if (status >= 300) throw new Error(`Restate answered ${String(status)}`);
  }
  return median(took);
}

try {
  if (endpointOf(dir, 'control') === null) throw new Error('control is not there');
  const figures = await interleaved({ cancelled, revoked });
  row({
    what: 'revoke of a running step → its process stands still',
    beside: "Restate's cancellation of a waiting handler",
    ratio: figures.revoked / figures.cancelled,
    bar: { atMost: 1 },
    ours: inMs(figures.revoked),
    theirs: inMs(figures.cancelled),
  });
  process.stdout.write(`  until it was gone: ${inMs(median(gone))}\n`);
} finally {
  await end();
}
