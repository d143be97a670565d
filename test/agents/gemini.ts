/**
 * Runs the real Gemini CLI once, headless and without a network, against a scripted model server that speaks the Gemini format.
 *
 * With a base URL in the environment it chooses a way to sign in that it then refuses; only its settings can say that a key is meant.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Script } from '@writ/enforce';
import { freshEnvironment } from './program.ts';
import { runSealed, sealedModelUrl, type SealedRun } from './sealed.ts';
import type { Workplace } from './workplace.ts';

const settings = { security: { auth: { selectedType: 'gemini-api-key' } } };

/** One prompt to its end; the events it printed are in `stdout`, one of JSON a line. */
export async function runGemini(place: Workplace, script: Script, prompt: string): Promise<SealedRun> {
  await mkdir(join(place.home, '.gemini'));
  await writeFile(join(place.home, '.gemini/settings.json'), JSON.stringify(settings));
  const env = freshEnvironment(place.home, {
    GEMINI_API_KEY: 'sk-local',
    GOOGLE_GEMINI_BASE_URL: sealedModelUrl,
    GEMINI_CLI_TRUST_WORKSPACE: 'true',
    GEMINI_CLI_NO_RELAUNCH: 'true',
  });
  const flags = ['--yolo', '--output-format', 'stream-json', '-m', 'gemini-2.5-flash'];
  return runSealed({ program: 'gemini', args: [...flags, '-p', prompt], env }, place, script);
}
