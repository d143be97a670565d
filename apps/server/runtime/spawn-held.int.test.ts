/** A sub-agent that was being started as its session was held or ended is held or ended with it. */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runtimeApi } from '@writ/protocol';
import { expect, it } from 'vitest';
import { beating, below, benchForAll, goesOn, openWork, standStill } from './at-work.ts';
import { logOf } from './session-testing.ts';
import { must, until } from './testing.ts';

const { bench, door } = await benchForAll();

/** Its sub-agent is asked for, and `act` happens before it is there: earlier or later than the time before, until it was on its way. */
async function meanwhile(act: (id: string) => Promise<unknown>, type: string) {
  let later = 0;
  for (let tries = 0; tries < 40; tries += 1) {
    const parent = await openWork(bench, beating('beat'));
    const child = join(parent.dir, 'child');
    const [spawned] = await Promise.allSettled([
      below(door, parent.id, beating('child')),
      sleep(later).then(() => act(parent.id)),
    ]);
    const types = (await logOf(bench, parent.id)).map((event) => event.type);
    const session = spawned.status === 'fulfilled' ? spawned.value.session : null;
    const opened = types.indexOf('child.opened');
    if (opened > types.indexOf(type)) return { parent, child, session };
    later = opened < 0 ? later * 1.5 + 2 : later * 0.7;
    must(await bench.runtime.call(runtimeApi.closeSession, { params: { id: parent.id }, body: closing }));
    await standStill(parent.beat, child);
  }
  throw new Error('it was never met on its way');
}

const closing = { exit_code: null, summary: 'enough' };

it('pausing a session holds the sub-agent that is just being started, and unpausing lets it go on', async () => {
  const { parent, child, session } = await meanwhile(
    (id) => bench.runtime.call(runtimeApi.pauseSession, { params: { id }, body: {} }),
    'session.paused',
  );
  expect(session).not.toBeNull();
  for (const id of [parent.id, session ?? ''])
    await until('it is held', async () => (await bench.session(id)).state === 'paused');
  await bench.server().runtime.reconcile();
  await standStill(parent.beat, child);
  must(await bench.runtime.call(runtimeApi.unpauseSession, { params: { id: parent.id }, body: {} }));
  await goesOn(parent.beat);
  await goesOn(child);
});

it('closing a session ends the sub-agent that is just being started', async () => {
  const { parent, child, session } = await meanwhile(
    (id) => bench.runtime.call(runtimeApi.closeSession, { params: { id }, body: closing }),
    'session.closed',
  );
  if (session !== null)
    await until('it is over', async () => ['closed', 'inert'].includes((await bench.session(session)).state));
  await standStill(parent.beat, child);
  // What is in the log of a session that is over says so of its sub-agent too.
  const types = (await logOf(bench, parent.id)).map(({ type }) => type);
  expect(types.filter((type) => type === 'child.opened').length).toBe(
    types.filter((type) => type === 'child.ended').length,
  );
});
