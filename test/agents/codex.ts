/**
 * Runs the real Codex once, headless and without a network, against a scripted model server that speaks the Responses format.
 *
 * Its own sandbox is off: the test's stands around it. So are its analytics and plugins, for which it would wait on the network.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Script } from '@writ/enforce';
import { freshEnvironment } from './program.ts';
import { runSealed, sealedModelUrl, type SealedRun } from './sealed.ts';
import type { Workplace } from './workplace.ts';

const config = `
model = "gpt-5"
model_provider = "stub"
[model_providers.stub]
name = "stub"
base_url = "${sealedModelUrl}/v1"
env_key = "STUB_KEY"
wire_api = "responses"
[analytics]
enabled = false
[features]
plugins = false
`;

/** One prompt to its end; the events it printed are in `stdout`, one of JSON a line. */
export async function runCodex(place: Workplace, script: Script, prompt: string): Promise<SealedRun> {
  await writeFile(join(place.home, 'config.toml'), config);
  const flags = ['--json', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox'];
  const env = freshEnvironment(place.home, { CODEX_HOME: place.home, STUB_KEY: 'sk-local' });
  return runSealed({ program: 'codex', args: ['exec', ...flags, prompt], env }, place, script);
}
