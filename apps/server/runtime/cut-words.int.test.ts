/** Words that are cut to fit are cut between characters: half of one is no text, and what cannot be recorded ended the runtime. */

import { runtimeApi } from '@writ/protocol';
import { expect, it } from 'vitest';
import { beating, below, benchForAll, openWork } from './at-work.ts';
import { afterTurns, openSession, printed, send } from './session-testing.ts';
import { must, until } from './testing.ts';

const { bench, door } = await benchForAll();

/** Wherever it is cut at an even place, or after one letter more at an odd one, a pair comes apart. */
const smiles = (before: string, times: number): string => before + '😀'.repeat(times);

it.each(['', 'x'])('a long message is worked on, wherever it is cut (after `%s`)', async (before) => {
  const { id } = await openSession(bench, { argv: ['sh', '-c', 'cat; echo; echo heard'] });
  must(await send(bench, id, smiles(before, 29_000)));
  const log = await afterTurns(bench, id, 1);
  expect(printed(log)).toContain('heard');
  const given = log.filter(({ type }) => type === 'context.recorded').map(({ data }) => String(data?.['text']));
  expect(given.join('')).toContain(smiles(before, 29_000));
  const back = must(await bench.runtime.call(runtimeApi.back, { params: { id } }));
  expect(JSON.stringify(back)).not.toContain('\\ud83d');
});

it.each(['', 'x'])('a long title, purpose or question is cut between characters (after `%s`)', async (before) => {
  const parent = await openWork(bench, beating('beat'), { title: smiles(before, 127) });
  must(await bench.runtime.call(runtimeApi.forkSession, { params: { id: parent.id }, body: {} }));
  const child = await below(door, parent.id, `printf '%s' '${smiles(before, 400)}'`);
  await until('it is over', async () => (await bench.session(child.session)).state === 'closed');
  expect((await bench.session(child.session)).state_detail).toContain('done');
  const person = await openSession(bench, { driver: 'person', argv: [], title: smiles(before, 100) });
  must(await send(bench, person.id, smiles(before, 2_000)));
  await until('it waits', async () =>
    must(await bench.runtime.call(runtimeApi.inbox)).items.some(({ session }) => session === person.id),
  );
});
