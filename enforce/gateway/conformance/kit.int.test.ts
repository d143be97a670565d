/** The kit, by the example adapter and its small agent: all of it holds, and what is taken out of the adapter is found by the line that is there for it. */

import { mkdtempDisposableSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import type { HarnessAdapter, Started } from '../adapters/adapter.ts';
import { readAdapter } from '../adapters/read-adapter.ts';
import { testAdapter } from './kit.ts';

const folder = join(import.meta.dirname, '../../../examples/adapter');
const program = join(folder, 'agent.mjs');
const path = process.env['PATH'] ?? '';

async function example(): Promise<HarnessAdapter> {
  const found = await readAdapter(folder);
  if (found.kind === 'unreadable') throw new Error(found.why);
  return found.adapter;
}
const failing = async (adapter: HarnessAdapter): Promise<readonly string[]> =>
  (await testAdapter(adapter, { program, path })).lines.flatMap(({ what, outcome }) =>
    outcome === 'fails' ? [what] : [],
  );

test('the example passes, with its own program', { timeout: 90_000 }, async () => {
  using bin = mkdtempDisposableSync(join(tmpdir(), 'writ-kit-'));
  symlinkSync(program, join(bin.path, 'tiny-agent'));
  const report = await testAdapter(await example(), { program, path: `${bin.path}${delimiter}${path}` });
  expect(report.version).toBe('1.0.0');
  expect(report.lines.filter(({ outcome }) => outcome !== 'holds')).toEqual([]);
});

test('a hook that lets the call run when it fails is found, each way', { timeout: 90_000 }, async () => {
  const adapter = await example();
  const open = async (place: Parameters<HarnessAdapter['start']>[0]): Promise<Started> => {
    const started = await adapter.start(place);
    return started.kind === 'ready'
      ? { ...started, args: started.args.map((arg) => arg.replaceAll('exit 2', 'exit 1')) }
      : started;
  };
  expect(await failing({ ...adapter, start: open })).toEqual([
    'nothing runs while its hook is answered with garbage',
    'nothing runs while its hook is answered with an error',
    'nothing runs while its hook is not answered',
    'nothing runs while its hook is cut off',
  ]);
});

test('a program that is not here is not shown, and never passed', async () => {
  const { lines, version } = await testAdapter(await example(), { program: null, path });
  expect(version).toBeNull();
  expect(lines.at(-1)).toMatchObject({ what: 'the real program', outcome: 'not_shown' });
});
