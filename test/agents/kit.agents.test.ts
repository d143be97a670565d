/** The adapters that come with Writ pass the kit that a stranger's adapter is held to, each with its real program. */
import { harnessAdapters, runCanary, testAdapter } from '@writ/enforce';
import { expect, test } from 'vitest';
import { programPath } from './program.ts';

const path = process.env['PATH'] ?? '';

test.concurrent.each(['claude', 'codex', 'gemini'] as const)('%s', async (name) => {
  const { lines, version } = await testAdapter(harnessAdapters[name], { program: programPath(name), path });
  expect(version).toMatch(/^\d+\.\d+/);
  expect(lines.filter(({ outcome }) => outcome !== 'holds')).toEqual([]);
});

// Its plugin under faults is in `opencode-plugin.int.test.ts`: seven starts of opencode are a minute.
test.concurrent('opencode', async () => {
  const { lines } = await runCanary(harnessAdapters.opencode, programPath('opencode'), path);
  expect(lines.filter(({ outcome }) => outcome !== 'holds')).toEqual([]);
});
