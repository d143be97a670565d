/** What goes wrong in Writ's own work on one session is that session's: it stands still and says why, the runtime and the other sessions go on, and a start goes past it. */

import { mkdirSync, renameSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { runtimeApi } from '@writ/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { afterTurns, logOf, openSession, printed, send } from './session-testing.ts';
import type { Bench } from './testing.ts';
import { must, openBench, until } from './testing.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

const argv = ['sh', '-c', 'cat; echo'];

/** A folder stands where the session's credential was: whoever reads it is told of no missing file. */
function breakCredential(id: string): () => void {
  const file = join(bench.house.dir, 'runtime', 'credentials', `session-${id}`);
  renameSync(file, `${file}.aside`);
  mkdirSync(file);
  return () => {
    rmdirSync(file);
    renameSync(`${file}.aside`, file);
  };
}

const stood = (id: string) =>
  until('it stands still', async () => {
    const { state, paused_by: by } = await bench.session(id);
    return state === 'paused' && by === 'fault';
  });

it('it stands still with the reason and the way out, another goes on, and it goes on once a person says so', async () => {
  const [broken, whole] = [await openSession(bench, { argv }), await openSession(bench, { argv })];
  const mend = breakCredential(broken.id);
  must(await send(bench, broken.id, 'after the fault'));
  await stood(broken.id);
  const { state_detail: detail } = await bench.session(broken.id);
  expect(detail).toMatch(/^a fault in Writ ended its work: EISDIR.*`writ unpause/);
  const { items } = must(await bench.runtime.call(runtimeApi.inbox));
  expect(items).toMatchObject([{ kind: 'notice', session: broken.id }]);
  must(await send(bench, whole.id, 'the other'));
  expect(printed(await afterTurns(bench, whole.id, 1))).toContain('the other');
  // Nothing but a person takes it up: not more words, and not that it could run again.
  mend();
  must(await send(bench, broken.id, 'and more'));
  await bench.server().runtime.reconcile();
  await bench.server().runtime.settled();
  expect((await logOf(bench, broken.id)).filter(({ type }) => type === 'turn.started')).toEqual([]);
  must(await bench.runtime.call(runtimeApi.unpauseSession, { params: { id: broken.id }, body: {} }));
  const said = printed(await afterTurns(bench, broken.id, 2));
  expect(said).toMatch(/after the fault[^]*and more/);
});

it('a runtime that starts goes past a session it cannot put to work', async () => {
  const { id } = await openSession(bench, { argv });
  const { id: other } = await openSession(bench, { argv });
  await bench.stop();
  const mend = breakCredential(id);
  await bench.start();
  await stood(id);
  must(await send(bench, other, 'still here'));
  expect(printed(await afterTurns(bench, other, 1))).toContain('still here');
  await bench.restart();
  await stood(id);
  mend();
});
