/**
 * What a start costs, and coming back to a session, over a million events beside a thousand: `resume.ts` and `coming-back.ts`, which do it with a hundred thousand. It takes minutes, so that it runs
 * only by its name.
 *
 * Run: npm run bench -- a-million
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

for (const file of ['coming-back.ts', 'resume.ts']) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, file), '1000000'], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
