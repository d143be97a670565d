/** The adapters that come with Writ pass the kit that a stranger's adapter is held to, each with its real program. */
import { acpAgents, acpInfoOf, harnessAdapters, runAcpCanary, runCanary, testAdapter } from '@writ/enforce';
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

// What `writ doctor` says of each behind an editor: by what its program did, on an editor that says yes to everything.
test.concurrent.each(['claude-agent-acp', 'codex-acp', 'gemini', 'opencode'] as const)('%s over ACP', async (name) => {
  const known = acpAgents.find(({ agent }) => agent.name === name);
  const harness = known?.agent.harness;
  if (known === undefined || harness === null || harness === undefined) throw new Error('it is not known');
  const canary = { ...known, adapter: harnessAdapters[harness], program: programPath(name), path };
  expect((await acpInfoOf(canary))?.version).toMatch(/^\d+\.\d+/);
  expect((await runAcpCanary(canary)).lines.filter(({ outcome }) => outcome !== 'holds')).toEqual([]);
});
