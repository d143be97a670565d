/**
 * What a tool of an MCP server costs more through Writ: the same server over stdio, its calls made by a run through its door, judged with their arguments, beside the same calls
 * made to it directly. A call that reads is answered from what is held; one that writes is begun and settled at control, which are two synced commits.
 *
 * Run: npm run bench -- mcp-proxy
 */
import { randomUUID } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Duplex, Readable, Writable } from 'node:stream';
import { createCaller, doorPath } from '@writ/enforce';
import type { CallResult } from '@writ/enforce';
import { controlApi, enforcerApi, programResource, runParameters } from '@writ/protocol';
import { inMs, interleaved, median, perSecond, row } from './support/measure.ts';
import { processes } from './support/processes.ts';
import { benchFolder } from './support/session-house.ts';

const inFlight = 32;
const callsAtOnce = 2_000;
const callsAlone = 200;
const writesAlone = 100;
/** What a call may cost more. */
const mostMs = 20;
const program = join(import.meta.dirname, '../test/kit/mcp/both-revisions.mjs');

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
const token = (name: string): string => readFileSync(join(dir, name), 'utf8').trim();
using owner = createCaller({ base: { url }, token: token('control/owner.token'), timeoutMs: 5_000 });
using enforcer = createCaller({
  base: { socketPath: join(dir, 'enforcer', 'enforcer.sock') },
  token: token('control/points/runtime.token'),
  timeoutMs: 30_000,
});
const env = { NOTES: join(place, 'notes') };

/** The door of a run that may use the server. */
async function door(): Promise<Duplex> {
  const launch = { kind: 'stdio' as const, argv: [process.execPath, program], cwd: place, env };
  must(
    await enforcer.call(enforcerApi.addMcpServer, {
      token: token('enforcer/local.token'),
      body: { name: 'notes', project: 'bench', launch },
    }),
  );
  const proposed = must(
    await owner.call(controlApi.propose, {
      body: {
        ...{ project: 'bench', purpose: 'measure', actor: 'builder' },
        authorization_details: [
          { resource: 'shell://bench/', resource_match: 'prefix' as const, actions: ['shell.run'] },
          { resource: 'mcp://notes/look', actions: ['mcp.read'] },
          { resource: 'mcp://notes/put', actions: ['mcp.write'] },
        ].map((entry) => ({ type: 'mission_resource_access' as const, ...entry })),
        expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      },
    }),
  );
  const { id: mandate, revision, text_digest } = proposed;
  must(await owner.call(controlApi.approve, { params: { id: mandate }, body: { revision, text_digest } }));
  const id = `r-${randomUUID().slice(0, 8)}`;
  const { credential } = must(
    await owner.call(controlApi.issueCredential, { params: { id: mandate }, body: { run: id } }),
  );
  const argv = ['/bin/sleep', '600'];
  const begun = must(
    await owner.call(controlApi.begin, {
      ...{ token: credential, point: token('control/points/runtime.token'), idempotencyKey: id },
      body: {
        ...{ mandate, action: 'shell.run', resource: programResource('bench', '/bin/sleep'), session: 's1' },
        ...{ parameters: runParameters({ argv, cwd: place, env: {} }), lease_ms: 30_000 },
        containment: { files: 'open', network: 'open', credentials: 'open' },
      },
    }),
  );
  must(
    await enforcer.call(enforcerApi.startRun, {
      body: {
        ...{ id, session: 's1', mandate, credential, operation: begun.operation.id, argv, cwd: place, env: {} },
        ...{ lease_ms: 30_000, sandbox: { kind: 'none' }, repository: { path: place, project: 'bench' } },
      },
    }),
  );
  return new Promise((resolve, reject) => {
    const headers = { connection: 'Upgrade', upgrade: 'mcp' };
    const asked = request({ socketPath: doorPath(dir, id), path: '/mcp/notes', headers });
    asked.once('upgrade', (_, socket) => resolve(socket));
    asked.once('response', ({ statusCode }) => reject(new Error(`the door said ${String(statusCode)}`)));
    asked.once('error', reject);
    asked.end();
  });
}

type Reply = { readonly id?: number; readonly result?: { readonly isError?: boolean }; readonly error?: object };

/** Speaks to the server over `to` and `from`, a message a line. */
async function client(from: Readable, to: Writable) {
  const waiting = new Map<number, (reply: Reply) => void>();
  let next = 0;
  createInterface({ input: from }).on('line', (line) => {
    const reply = JSON.parse(line) as Reply; // what the server of the kit says
    if (reply.id !== undefined) waiting.get(reply.id)?.(reply);
  });
  const ask = (method: string, params: object): Promise<Reply> =>
    new Promise((resolve) => {
      const id = (next += 1);
      waiting.set(id, (reply) => {
        waiting.delete(id);
        resolve(reply);
      });
      to.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    });
  const clientInfo = { name: 'bench', version: '1' };
  await ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo });
  to.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
  const call = async (name: string): Promise<void> => {
    const reply = await ask('tools/call', { name, arguments: { line: 'a line' } });
    if (reply.result === undefined || reply.result.isError === true) throw new Error(JSON.stringify(reply));
  };
  return {
    /** Calls a second, many in flight. */
    async rate(name: string): Promise<number> {
      let left = callsAtOnce;
      const began = performance.now();
      const lane = async (): Promise<void> => {
        while (left-- > 0) await call(name);
      };
      await Promise.all(Array.from({ length: inFlight }, lane));
      return (callsAtOnce * 1_000) / (performance.now() - began);
    },
    /** Milliseconds of one, the median of some made one after another. */
    async alone(name: string, calls: number): Promise<number> {
      const took: number[] = [];
      for (let done = 0; done < calls; done += 1) {
        const began = performance.now();
        await call(name);
        took.push(performance.now() - began);
      }
      return median(took);
    },
  };
}

const bare = spawn(process.execPath, [program], {
  env: { ...process.env, ...env },
  stdio: ['pipe', 'pipe', 'inherit'],
});
try {
  if (!existsSync(join(dir, 'enforcer', 'enforcer.sock'))) throw new Error('the enforcer is not there');
  const way = await door();
  const [theirs, ours] = [await client(bare.stdout, bare.stdin), await client(way, way)];
  const rates = await interleaved({ ours: () => ours.rate('look'), theirs: () => theirs.rate('look') });
  row({
    what: `calls of an MCP tool that reads, through its proxy, ${String(inFlight)} in flight`,
    beside: 'the same server directly',
    ratio: rates.ours / rates.theirs,
    bar: { atLeast: 0.5 },
    ours: perSecond(rates.ours),
    theirs: perSecond(rates.theirs),
  });
  for (const [what, name, calls] of [
    ['one call that reads', 'look', callsAlone],
    ['one call that writes, begun and settled', 'put', writesAlone],
  ] as const) {
    const took = await interleaved({ ours: () => ours.alone(name, calls), theirs: () => theirs.alone(name, calls) });
    row({
      what: `${what}, through the MCP proxy`,
      beside: 'the same server directly',
      ratio: took.ours / took.theirs,
      bar: { atMost: Math.round(1 + mostMs / took.theirs) },
      ours: inMs(took.ours),
      theirs: inMs(took.theirs),
    });
  }
  way.destroy();
} finally {
  bare.kill();
  await end();
}
