/** What a harness has to find in a home before it starts: made where it is not there, and left alone where it is. */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HarnessAdapter } from './adapter.ts';

/** Makes it. */
export function makeHome(home: string, { made, seeds }: HarnessAdapter['keeps']): void {
  for (const name of made) mkdirSync(join(home, name), { recursive: true });
  for (const { path, text } of seeds) {
    const file = join(home, path);
    if (existsSync(file)) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
