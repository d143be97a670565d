/**
 * What came after a stop, and what a stop left of the work, as incidents of others name it, at the real planes with real processes: output is kept and marked late, effects are refused, and what was
 * made so far stays.
 */

import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi, enforcerApi, runtimeApi } from '@writ/protocol';
import { expect, it } from 'vitest';
import { beating, below, benchForAll, goesOn, openWork, revoke, runsOf, size, standStill } from './at-work.ts';
import { logOf } from './session-testing.ts';
import { must, until } from './testing.ts';

const { bench, door } = await benchForAll();

const over = (id: string) =>
  until('it is over', async () => ['inert', 'closed'].includes((await bench.session(id)).state));
const ended = (id: string) => until('its run ended', async () => (await bench.types(id)).includes('run.ended'));

it('A4: what left its group and its parent is ended with its run, and what it still asks for is refused', async () => {
  const sandbox = { kind: 'none' as const, writable: [], hidden: [], network: 'open' as const };
  // Nobody's child, in a session of its own, and silent: found by what it was started with alone.
  const stray = `exec >/dev/null 2>&1 </dev/null; (setsid sh -c '${beating('stray')}' &); ${beating('beat')}`;
  const one = await openWork(bench, stray, { sandbox });
  const credential = await bench.house.credential(one.mandate, 'a-stray');
  const left = join(one.dir, 'stray');
  await until('the stray works', () => size(left) > 4);
  await revoke(bench, one.mandate);
  await over(one.id);
  await ended(one.id);
  await standStill(one.beat, left);
  const asked = { mandate: one.mandate, action: 'shell.run', resource: 'shell://p/sh', parameters: {} };
  const answer = await bench.house.owner.call(controlApi.check, { token: credential, body: asked });
  expect(answer.ok && answer.value.decision === 'permit').toBe(false);
});

it('A5: what was printed until the last moment is there whole, the part after the stop marked late, and a second stop does no harm', async () => {
  // Whether something is printed between a stop and its end is the scheduler's to say: of several, one is caught in the middle.
  let lateChars = 0;
  for (let tries = 0; lateChars === 0 && tries < 8; tries += 1) lateChars = await printedLate();
  expect(lateChars).toBeGreaterThan(0);
});

/** Stops one that prints all the time, and looks at what is kept of it. Resolves with how many characters came late. */
async function printedLate(): Promise<number> {
  const one = await openWork(bench, `i=0; while :; do i=$((i+1)); echo line $i; echo x >> beat; done`);
  const close = () => bench.runtime.call(runtimeApi.closeSession, { params: { id: one.id }, body: {} });
  must(await close());
  await ended(one.id);
  must(await close());
  must(await door.call(runtimeApi.doorNote, { params: { id: one.id }, body: { text: 'a word too late' } }));
  const log = await logOf(bench, one.id);
  expect(log.find(({ type }) => type === 'note.left')?.data).toEqual({ text: 'a word too late', late: true });
  const at = log.findIndex(({ type }) => type === 'session.closed');
  const said = (from: number, to: number, type: string): string =>
    log
      .flatMap((event, index) =>
        index >= from && index < to && event.type === type ? [String(event.data?.['text'])] : [],
      )
      .join('');
  const [before, late] = [said(0, at, 'output.recorded'), said(at, log.length, 'output.late')];
  const [run] = await runsOf(bench, one.id);
  expect((before + late).length).toBe(run?.output_bytes);
  // Nothing after the stop passes for work of its turn, and nothing before it for late.
  expect([said(at, log.length, 'output.recorded'), said(0, at, 'output.late')]).toEqual(['', '']);
  const { items } = must(await bench.runtime.call(runtimeApi.timeline, { params: { id: one.id } }));
  expect(items.some(({ type }) => type === 'output.late')).toBe(late !== '');
  await revoke(bench, one.mandate);
  return late.length;
}

it('A10: what a stopped sub-agent made and said stays, in its log and in the last checkpoint of who started it', async () => {
  const { repository, git } = bench;
  const one = await openWork(bench, beating('beat'), { workspace: repository });
  const child = await below(
    door,
    one.id,
    `echo found so far > by-child; echo said by the child; ${beating('child-beat')}`,
  );
  await until('it works', () => size(join(repository, 'child-beat')) > 4);
  await revoke(bench, one.mandate);
  for (const { session } of [child, { session: one.id }]) await over(session);
  await until('the turn is over', async () => (await bench.types(one.id)).includes('turn.ended'));
  await standStill(join(repository, 'child-beat'));
  expect(JSON.stringify(await logOf(bench, child.session))).toContain('said by the child');
  const { items } = must(await bench.runtime.call(runtimeApi.listCheckpoints, { params: { id: one.id } }));
  const last = items.findLast(({ why }) => why === 'after_turn')?.files;
  expect(last?.in === 'repository' && git('show', `${last.commit}:by-child`)).toBe('found so far');
  expect(existsSync(join(repository, 'by-child')) && readFileSync(join(repository, 'by-child'), 'utf8')).toBe(
    'found so far\n',
  );
});

/** What the log of `id` holds of its runs' output, in order: as it came, and late. */
async function saidIn(id: string): Promise<{ readonly inTime: string; readonly late: string }> {
  const log = await logOf(bench, id);
  const of = (type: string) => log.flatMap((event) => (event.type === type ? [String(event.data?.['text'])] : []));
  return { inTime: of('output.recorded').join(''), late: of('output.late').join('') };
}

const counting = 'i=0; while :; do i=$((i+1)); echo line $i; echo x >> beat; sleep 0.01; done';
const lines = (text: string): string =>
  Array.from({ length: text.split('\n').length - 1 }, (_, index) => `line ${String(index + 1)}\n`).join('');

it('a run that was lost is ended once the enforcer can be asked again, and what it said until then is kept, late', async () => {
  const one = await openWork(bench, counting);
  const { socketPath } = bench.house.server;
  await bench.stop();
  // Out of reach, and at work.
  renameSync(socketPath, `${socketPath}-away`);
  await bench.start();
  expect((await logOf(bench, one.id)).find(({ type }) => type === 'run.ended')?.data).toMatchObject({ ended: 'lost' });
  // Nor does the process remember it that wrote it down.
  await bench.restart();
  await goesOn(one.beat);
  renameSync(`${socketPath}-away`, socketPath);
  await until('what it said is kept', async () => (await saidIn(one.id)).late !== '');
  await standStill(one.beat);
  const [run] = await runsOf(bench, one.id);
  expect(run).toMatchObject({ state: 'killed', why: 'it was lost, and nobody follows it' });
  const { inTime, late } = await saidIn(one.id);
  expect(inTime + late).toBe(lines(inTime + late));
  expect((inTime + late).length).toBe(run?.output_bytes);
  const types = await bench.types(one.id);
  expect(types.indexOf('output.late')).toBeGreaterThan(types.indexOf('turn.ended'));
  expect(types.lastIndexOf('output.recorded')).toBeLessThan(types.indexOf('run.ended'));
  // Its permit ended with it, and once kept is enough.
  const { operation } = (await logOf(bench, one.id)).find(({ type }) => type === 'run.started')?.data ?? {};
  const begun = must(await bench.house.owner.call(controlApi.getOperation, { params: { id: String(operation) } }));
  expect(begun.state).not.toBe('begun');
  await bench.restart();
  await bench.server().runtime.reconcile();
  expect(await saidIn(one.id)).toEqual({ inTime, late });
  await revoke(bench, one.mandate);
});

it('a runtime that was away at a stop says afterwards what became of what it holds', async () => {
  const one = await openWork(bench, beating('beat'));
  await bench.stop();
  const { id } = await revoke(bench, one.mandate);
  const line = async () => {
    const { closed_at, lines } = must(await bench.house.owner.call(controlApi.getReceipt, { params: { id } }));
    return closed_at === null ? undefined : lines.find(({ kind, subject }) => kind === 'session' && subject === one.id);
  };
  await until('nobody answered in time', async () => (await line())?.outcome === 'unconfirmed');
  await bench.start();
  await until('it is answered', async () => (await line())?.outcome === 'stopped');
  expect(await line()).toMatchObject({ attested_by: 'runtime', note: expect.stringContaining('revoked') as string });
});

it('what a run printed until its enforcer died is there whole', async () => {
  const one = await openWork(bench, counting);
  await bench.house.restartEnforcer();
  await ended(one.id);
  const { text } = must(
    await bench.house.enforcer.call(enforcerApi.output, {
      params: { id: (await runsOf(bench, one.id))[0]?.id ?? '' },
      query: { from: 0 },
    }),
  );
  const { inTime, late } = await saidIn(one.id);
  expect(text).toBe(lines(text));
  expect(text.length).toBeGreaterThan(0);
  expect(inTime + late).toBe(text);
  await revoke(bench, one.mandate);
});
