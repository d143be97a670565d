/**
 * How long an enforcement point still says yes from what it holds when the way to control is dead without a word: connections stay open, and nothing comes through any more, while the mandate is
 * revoked. From that moment until its last yes; beside the bound that its class has. The same bound is held in the simulation, under every kind of fault.
 *
 * Run: npm run bench -- staleness
 */
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { actionClasses, uncontained } from '@writ/authority';
import { createControlClient, createHeldArtifacts, createVerdicts, systemClock } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import { approveMandate } from './support/approve-mandate.ts';
import { inMs, row } from './support/measure.ts';
import { processes } from './support/processes.ts';
import { benchFolder } from './support/session-house.ts';

const times = 5;
const { freshness } = actionClasses.workspace_write;
if (freshness.kind !== 'cached') throw new Error('writes in the worktree have no bound any more');
const boundMs = freshness.maxAgeMs;

/** A way to `url` that can die: everything stays connected, and nothing passes. Control is called by its own name, as it wants to be. */
async function wayTo(url: string) {
  const sockets = new Set<Socket>();
  const [own, real] = [{ host: '' }, new URL(url).host];
  let isDead = false;
  const server = createServer((near) => {
    const far = connect(Number(new URL(url).port), '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => {
        if (!isDead) to.write(from === near ? renamed(chunk, own.host, real) : chunk);
      });
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  own.host = `127.0.0.1:${String(typeof address === 'object' ? address?.port : '')}`;
  return {
    url: `http://${own.host}`,
    die: () => {
      isDead = true;
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const renamed = (chunk: Buffer, from: string, to: string): Buffer =>
  Buffer.from(
    chunk.toString('latin1').replaceAll(`host: ${from}`, `host: ${to}`).replaceAll(`Host: ${from}`, `Host: ${to}`),
    'latin1',
  );

using folder = benchFolder();
const dir = join(folder.path, 'state');
mkdirSync(dir, { mode: 0o700 });
const { start, end } = processes();
const url = await start('control-process.ts', dir);
const token = (name: string): string => readFileSync(join(dir, 'control', name), 'utf8').trim();

/** Milliseconds from the death of the way, at some moment between two looks at control, until the last yes. */
async function lastYes(time: number): Promise<number> {
  const { mandate, token: credential } = await approveMandate(dir, {
    resource: 'workspace://bench/src',
    action: 'file.write',
  });
  const way = await wayTo(url);
  const over = new AbortController();
  const pointToken = (): string => token('points/launcher.token');
  using control = createControlClient({ base: { url: way.url }, token: pointToken, timeoutMs: 1_000 });
  await using artifacts = createHeldArtifacts({
    control,
    point: `launcher-${String(time)}`,
    clock: systemClock,
    timeoutMs: 1_000,
  });
  const verdicts = createVerdicts({ control, artifacts, pointToken });
  const watching = control.watch({
    after: null,
    signal: over.signal,
    onChange: (change) => artifacts.changed(change),
    onHeard: () => undefined,
    onGap: () => artifacts.unsure(),
  });
  const ask = () =>
    verdicts.check({
      mandate,
      action: 'file.write',
      resource: 'workspace://bench/src/a.ts',
      facts: {},
      parameters: {},
      session: null,
      containment: { ...uncontained, files: 'worktree' },
      credential,
    });
  await control.call(controlApi.registerPoint, {
    params: { id: `launcher-${String(time)}` },
    body: { kind: 'launcher', boot: String(time), position: 0, holdings: [] },
  });
  await artifacts.hold({ mandate, credential });
  const renewing = setInterval(() => void artifacts.renew(), 1_000);
  try {
    while ((await ask()).from !== 'artifact') await artifacts.renew();
    await sleep(1_200 + time * 170);
    way.die();
    const died = performance.now();
    using owner = createControlClient({ base: { url }, token: token('owner.token'), timeoutMs: 5_000 });
    const revoked = await owner.call(controlApi.revoke, { params: { id: mandate }, body: { reason: 'bench' } });
    if (!revoked.ok) throw new Error(revoked.problem.detail);
    let last = died;
    while (performance.now() - died < boundMs * 1.6) {
      const { decision } = await ask();
      // It is used when it is had.
      if (decision === 'permit') last = performance.now();
      await sleep(2);
    }
    return last - died;
  } finally {
    clearInterval(renewing);
    over.abort();
    way.close();
    await watching.done;
  }
}

try {
  const seen: number[] = [];
  for (let time = 0; time < times; time += 1) seen.push(await lastYes(time));
  const worst = Math.max(...seen);
  row({
    what: `staleness with control unreachable, the worst of ${String(times)}`,
    beside: 'the bound of the class',
    ratio: worst / boundMs,
    bar: { atMost: 1 },
    ours: inMs(worst),
    theirs: inMs(boundMs),
  });
} finally {
  await end();
}
