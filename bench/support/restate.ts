/**
 * Restate's server for measurements: its own folder, free ports on 127.0.0.1, telemetry off, ended and gone with the measurement; and a process beside it that offers the handlers of
 * `restate-handlers.ts`.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processes } from './processes.ts';

const packages = join(import.meta.dirname, '../peers/node_modules/@restatedev');

export interface Restate extends AsyncDisposable {
  readonly pid: number;
  readonly ingress: string;
  readonly admin: string;
}

/** Starts the server alone. Resolves once it says that it is well. */
export async function startRestate(): Promise<Restate> {
  const folder = mkdtempSync(join(tmpdir(), 'writ-bench-restate-'));
  const [node, ingress, admin] = [await freePort(), await freePort(), await freePort()];
  const config = join(folder, 'restate.toml');
  writeFileSync(
    config,
    [
      'disable-telemetry = true',
      `base-dir = "${join(folder, 'data')}"`,
      `bind-address = "127.0.0.1:${node}"`,
      `advertised-address = "http://127.0.0.1:${node}"`,
      `[ingress]\nbind-address = "127.0.0.1:${ingress}"`,
      `[admin]\nbind-address = "127.0.0.1:${admin}"`,
      '',
    ].join('\n'),
  );
  const child = spawn(join(packages, platformPackage(), 'bin/restate-server'), ['--config-file', config], {
    stdio: 'ignore',
  });
  const adminUrl = `http://127.0.0.1:${admin}`;
  await until('Restate is well', async () => (await fetch(`${adminUrl}/health`)).ok);
  return {
    pid: child.pid ?? 0,
    ingress: `http://127.0.0.1:${ingress}`,
    admin: adminUrl,
    [Symbol.asyncDispose]: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await Promise.race([gone, sleep(5_000).then(() => child.kill('SIGKILL'))]);
      await gone;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The server, and the handlers known to it. */
export async function startRestateWithHandlers(): Promise<Restate> {
  const restate = await startRestate();
  const { start, end } = processes();
  const port = await freePort();
  await start('restate-handlers.ts', port);
  await until('the handlers are known', async () => {
    const known = await fetch(`${restate.admin}/deployments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ uri: `http://127.0.0.1:${port}` }),
    });
    return known.ok;
  });
  return {
    ...restate,
    [Symbol.asyncDispose]: async () => {
      await restate[Symbol.asyncDispose]();
      await end();
    },
  };
}

function platformPackage(): string {
  const found = readdirSync(packages).find((name) => name.startsWith('restate-server-'));
  if (found === undefined) throw new Error('Restate has no server for this platform');
  return found;
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return String(typeof address === 'object' ? (address?.port ?? '') : '');
}

/** Waits until `look` holds; a look that fails is made again. Rejects after half a minute, saying what was waited for. */
export async function until(what: string, look: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = performance.now() + 30_000; ; await sleep(20)) {
    const holds = await Promise.resolve()
      .then(look)
      .catch(() => false);
    if (holds) return;
    if (performance.now() > end) throw new Error(`it never came to be: ${what}`);
  }
}
