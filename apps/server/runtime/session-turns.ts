/** For tests: sessions of a shell in a folder, under a mandate of their own, and turns of them. */

import { runtimeApi } from '@writ/protocol';
import type { Bench } from './testing.ts';
import { must, until } from './testing.ts';

export type Preview = (typeof runtimeApi.previewRewind.reply)['_zod']['output'];

/** A session whose agent is `sh`: each prompt is a script, run in the sandbox. */
export async function openShell(bench: Bench, workspace: string): Promise<string> {
  const mandate = await bench.house.mandate();
  const body = {
    ...{ title: 'a shell', project: 'p', agent: 'sh', driver: 'command' as const, workspace, mandate, argv: ['sh'] },
    credential: await bench.house.credential(mandate, 'shell'),
  };
  return must(await bench.runtime.call(runtimeApi.createSession, { body })).id;
}

/** Admits `script`, and waits until its turn is over. */
export async function turn(bench: Bench, id: string, script: string): Promise<void> {
  const ended = async (): Promise<number> => (await bench.types(id)).filter((type) => type === 'turn.ended').length;
  const before = await ended();
  must(await bench.runtime.call(runtimeApi.admit, { params: { id }, body: { text: script } }));
  await until('the turn is over', async () => (await ended()) > before);
}

export const checkpoints = async (bench: Bench, id: string) =>
  must(await bench.runtime.call(runtimeApi.listCheckpoints, { params: { id } })).items;

export const preview = async (bench: Bench, id: string, to: string | null = null): Promise<Preview> =>
  must(await bench.runtime.call(runtimeApi.previewRewind, { params: { id }, body: { to } }));

/** Looks and goes back. Resolves with the checkpoint that undoes it. */
export async function goBack(bench: Bench, id: string, to: string | null = null): Promise<string> {
  const { hash, to: target } = await preview(bench, id, to);
  const body = { to: target.checkpoint, hash };
  return must(await bench.runtime.call(runtimeApi.rewind, { params: { id }, body })).undo;
}
