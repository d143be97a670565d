/**
 * From the call that revokes a mandate until the last of eight processes can no longer say yes to what it allowed a moment before, each answering from a signed artifact and following
 * control's change stream; beside a bare server-sent event from its sending until the last of eight processes has it.
 *
 * Run: npm run bench -- revoke-to-refusal
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCaller } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import { approveMandate } from './support/approve-mandate.ts';
import { inMs, interleaved, median, row } from './support/measure.ts';
import { nextWord, processes } from './support/processes.ts';

const listeners = 8;
const folder = mkdtempSync(join(tmpdir(), 'writ-bench-'));
const { start, spawn, end } = processes();

type Started = Awaited<ReturnType<typeof spawn>>;

/** Milliseconds until the last had control's no as well, recorded before it was told; of the bare push nothing. */
const toldNo: number[] = [];

/** Milliseconds from `act` until the last of `started` has said when it knew. */
async function untilTheLast(started: readonly Started[], act: () => Promise<void> | void): Promise<number> {
  // The second thing each says.
  const heard = started.map(async ({ child }) => (await nextWord(child)).split(' ').map(BigInt));
  const begin = process.hrtime.bigint();
  await act();
  const lines = await Promise.all(heard);
  const last = (column: number): number =>
    Number(lines.reduce((latest, line) => ((line[column] ?? 0n) > latest ? line[column]! : latest), begin) - begin) /
    1e6;
  toldNo.push(last(1));
  return last(0);
}

async function bare(): Promise<number> {
  const open: ServerResponse[] = [];
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n');
    open.push(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : '')}`;
  const started = await Promise.all(Array.from({ length: listeners }, () => spawn('sse-listener.ts', url)));
  const took = await untilTheLast(started, () => {
    for (const response of open) response.write('data: revoked\n\n');
  });
  server.closeAllConnections();
  server.close();
  return took;
}

let rounds = 0;

async function revoked(url: string): Promise<number> {
  rounds += 1;
  const { mandate, token } = await approveMandate(folder, {
    resource: 'workspace://bench/src',
    action: 'file.write',
  });
  const started = await Promise.all(
    Array.from({ length: listeners }, (_, at) =>
      spawn('refusing-point.ts', folder, `launcher-${String(rounds)}-${String(at)}`, mandate, token),
    ),
  );
  using owner = createCaller({
    base: { url },
    token: readFileSync(join(folder, 'control', 'owner.token'), 'utf8').trim(),
    timeoutMs: 5_000,
  });
  await owner.call(controlApi.whoami);
  return await untilTheLast(started, async () => {
    const answer = await owner.call(controlApi.revoke, { params: { id: mandate }, body: { reason: 'bench' } });
    if (!answer.ok) throw new Error(answer.problem.detail);
  });
}

try {
  const url = await start('control-process.ts', folder);
  const figures = await interleaved({ bare, revoked: () => revoked(url) });
  row({
    what: 'revoke → last of 8 processes refuses',
    beside: 'bare SSE push of the same',
    ratio: figures.revoked / figures.bare,
    bar: { atMost: 3 },
    ours: inMs(figures.revoked),
    theirs: inMs(figures.bare),
  });
  process.stdout.write(`  control's no, recorded: ${inMs(median(toldNo.filter((value) => value > 0)))}\n`);
} finally {
  await end();
  rmSync(folder, { recursive: true });
}
