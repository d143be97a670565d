/** The hostile worker where the machine cannot enforce: `writ scope` says *cooperative*, and which of its attempts work shows why. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unleash } from './support/hostile.ts';
import { createWorld } from './support/world.ts';

test('night 4: without a sandbox it is called cooperative, and some attempts would have worked', async () => {
  await using world = await createWorld();
  // A PATH on which bubblewrap cannot be found.
  const bin = join(world.place, 'bin');
  mkdirSync(bin);
  for (const name of ['git', 'node', 'sh', 'ps', 'cat', 'ls', 'env', 'true', 'setsid', 'bash']) {
    const found = execFileSync('sh', ['-c', `command -v ${name} || true`], { encoding: 'utf8' }).trim();
    if (found !== '') symlinkSync(found, join(bin, name));
  }
  const { report } = await unleash(world, { PATH: bin });
  const scope = await world.json<{ enforced: boolean; strength: string; lines: { holds: string }[] }>(['scope']);
  expect(scope.enforced).toBe(false);
  expect(scope.lines.map(({ holds }) => holds)).not.toContain('enforced');
  expect((await world.writ(['scope'])).stdout).toContain('cooperative');
  expect(report.filter(({ succeeded, attempt }) => succeeded && attempt !== 'finished').length).toBeGreaterThan(0);
});
