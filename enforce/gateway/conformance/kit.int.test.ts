/** The kit, by the example adapter and its small agent: all of it holds, and what is taken out of the adapter is found by the line that is there for it. */

import { mkdtempDisposableSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import type { HarnessAdapter, Started } from '../adapters/adapter.ts';
import { readAdapter } from '../adapters/read-adapter.ts';
import type { KitLine } from './kit-line.ts';
import { testAdapter } from './kit.ts';

const folder = join(import.meta.dirname, '../../../examples/adapter');
const program = join(folder, 'agent.mjs');
const path = process.env['PATH'] ?? '';

async function example(): Promise<HarnessAdapter> {
  const found = await readAdapter(folder);
  if (found.kind === 'unreadable') throw new Error(found.why);
  return found.adapter;
}
const failures = async (adapter: HarnessAdapter): Promise<readonly KitLine[]> =>
  (await testAdapter(adapter, { program, path })).lines.filter(({ outcome }) => outcome === 'fails');
const failing = async (adapter: HarnessAdapter): Promise<readonly string[]> =>
  (await failures(adapter)).map(({ what }) => what);
/** The example with other arguments at its start. */
const startedWith = (adapter: HarnessAdapter, change: (arg: string) => string): HarnessAdapter => ({
  ...adapter,
  async start(place): Promise<Started> {
    const started = await adapter.start(place);
    return started.kind === 'ready' ? { ...started, args: started.args.map(change) } : started;
  },
});

test.concurrent('the example passes, with its own program', async () => {
  using bin = mkdtempDisposableSync(join(tmpdir(), 'writ-kit-'));
  symlinkSync(program, join(bin.path, 'tiny-agent'));
  const report = await testAdapter(await example(), { program, path: `${bin.path}${delimiter}${path}` });
  expect(report.version).toBe('1.0.0');
  expect(report.lines.filter(({ outcome }) => outcome !== 'holds')).toEqual([]);
});

test.concurrent('a hook that lets the call run when it fails is found, each way', async () => {
  const open = startedWith(await example(), (arg) => arg.replaceAll('exit 2', 'exit 1'));
  expect(await failing(open)).toEqual([
    'nothing runs while its hook is answered with garbage',
    'nothing runs while its hook is answered with an error',
    'nothing runs while its hook is not answered',
    'nothing runs while its hook is cut off',
  ]);
});

test.concurrent('a hook that gives up before a person answers is found', async () => {
  const hasty = startedWith(await example(), (arg) => arg.replace(/-m \d+/, '-m 8'));
  expect(await failing(hasty)).toEqual(['a yes that comes late is a yes']);
});

test.concurrent('what is said of a session and does not come is found', async () => {
  const adapter = await example();
  const silent = startedWith(adapter, (arg) =>
    arg.replace('answer=$(', 'body=$(cat); case $body in *\\"over\\"*) exit 0 ;; esac; answer=$(printf %s "$body" | '),
  );
  expect(await failing({ ...silent, takesContext: { by: '--context' } })).toEqual([
    'its model is told what it is given at the start',
    'the end of a turn is told',
  ]);
});

test.concurrent(
  'a call of a tool that there is not is named, and a prompt nobody asked about is not passed',
  async () => {
    const adapter = await example();
    const { canary } = adapter;
    if (canary === null) throw new Error('it has one');
    const misnamed = { ...canary, run: (command: string) => ({ name: 'shell', input: { command } }) };
    const unasked = startedWith(adapter, (arg) =>
      arg.replace(
        'answer=$(',
        'body=$(cat); case $body in *\\"prompt\\"*) exit 0 ;; esac; answer=$(printf %s "$body" | ',
      ),
    );
    const found = await failures({ ...unasked, canary: misnamed });
    expect(found.find(({ what }) => what === 'what is allowed runs')?.detail).toContain(
      'its model calls `shell`, and is offered `run`; ',
    );
    expect(found.find(({ what }) => what === 'a refused prompt does no work')?.detail).toContain(
      'no hook asked about the prompt; ',
    );
  },
);

test.concurrent(
  'a program that is only slow is said to be late: it did nothing wrong, and nothing of it was shown',
  async () => {
    using bin = mkdtempDisposableSync(join(tmpdir(), 'writ-kit-'));
    const slow = join(bin.path, 'tiny-agent');
    writeFileSync(slow, '#!/bin/sh\ncase "$*" in *version*) echo 1.0.0 ;; *) exec sleep 600 ;; esac\n', {
      mode: 0o700,
    });
    const { lines } = await testAdapter(await example(), { program: slow, path, timeoutMs: 500 });
    const found = lines.slice(lines.findIndex(({ what }) => what === 'what is allowed runs'));
    expect(found.filter(({ outcome }) => outcome !== 'late')).toEqual([]);
    expect(lines.filter(({ outcome }) => outcome === 'fails')).toEqual([]);
    expect(found[0]?.detail).toContain('within 0.5 s');
  },
);

test.concurrent('what `start` or the canary gives in another shape is named, once', async () => {
  const adapter = await example();
  const { canary } = adapter;
  if (canary === null) throw new Error('it has one');
  // As a module without types would give it.
  const misshapen = { ...adapter, start: () => ({ kind: 'ready', args: '--hook' }) as unknown as Started };
  expect(await failures(misshapen)).toEqual([
    {
      what: 'its `start` and its canary give what the contract says',
      outcome: 'fails',
      detail: expect.stringContaining('`start` of the adapter gives `args`') as string,
    },
  ]);
  const files = { ...canary, prepare: () => ({ args: [], env: {} }) as unknown as ReturnType<typeof canary.prepare> };
  const [one, ...others] = await failures({ ...adapter, canary: files });
  expect([one?.detail, others]).toEqual([expect.stringContaining('`canary.prepare` of the adapter gives `files`'), []]);
});

test('the example for pi says what its extension sends', async () => {
  const found = await readAdapter(`${folder}-pi`);
  if (found.kind === 'unreadable') throw new Error(found.why);
  const { lines } = await testAdapter(found.adapter, { program: null, path });
  expect(lines.filter(({ outcome }) => outcome !== 'holds').map(({ what }) => what)).toEqual(['the real program']);
});

test('a program that is not here is not shown, and never passed', async () => {
  const { lines, version } = await testAdapter(await example(), { program: null, path });
  expect(version).toBeNull();
  expect(lines.at(-1)).toMatchObject({ what: 'the real program', outcome: 'not_shown' });
});
