/** What the runtime has seen of control's journal is told whatever else a start waits for: a journal that was set back is in force until then. */

import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createCaller, endpointOf } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import { startControlServer } from '../control/control-server.ts';
import { startRuntimeServer } from './start-runtime-server.ts';
import { must, until } from './testing.ts';

test('a control that was set back while it was away is told so before the runtime has found out what its enforcer runs', async () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'writ-witness-')));
  const incarnation = async (): Promise<number> => {
    const control = createCaller({ base: () => endpointOf(dir, 'control'), token: null, timeoutMs: 5_000 });
    return must(await control.call(controlApi.keys)).incarnation;
  };
  const before = await startControlServer({ dir });
  await (await startRuntimeServer({ dir })).close();
  await before.close();
  // The journal of its first moment, and no note beside it: nothing but the runtime can know.
  for (const name of readdirSync(join(dir, 'control')))
    if (/^control\.db|^seen\.json$/.test(name)) rmSync(join(dir, 'control', name));

  let isAsked = false;
  const silent = createServer(() => (isAsked = true));
  mkdirSync(join(dir, 'enforcer'), { recursive: true });
  await new Promise<void>((resolve) => silent.listen(join(dir, 'enforcer', 'enforcer.sock'), resolve));
  const sockets = new Set<{ destroy(): unknown }>();
  silent.on('connection', (socket) => sockets.add(socket));
  const starting = startRuntimeServer({ dir });
  await until('the runtime asks its enforcer', () => isAsked);
  await using control = await startControlServer({ dir });
  expect(control).toBeDefined();
  await until('control knows', async () => (await incarnation()) > 1);
  for (const socket of sockets) socket.destroy();
  silent.close();
  await (await starting).close();
});
