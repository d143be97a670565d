/** The soak of the runtime in small: what `npm run bench -- soak` does with a million events, with some thousands; here only that nothing is lost, doubled, forgotten or left open. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { soak } from '../../bench/support/soak.ts';

test('viewers who come and go see every event once, every timer comes due, and no descriptor stays open', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'writ-soak-'));
  try {
    const size = { events: 10_000, timers: 200, forks: 40, viewers: 20 };
    const soaked = await soak(dir, size, () => undefined);
    expect(soaked).toMatchObject({ fired: size.timers, lost: 0, doubled: 0 });
    expect(soaked.connections).toBeGreaterThan(size.viewers);
    expect(soaked.descriptors.late).toBeLessThan(soaked.descriptors.early + size.viewers);
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
});
