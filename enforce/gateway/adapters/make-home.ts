/** What a harness has to find in a home before it starts: made where it is not there, and left alone where it is, but for what is made of two files at each start. */

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HarnessAdapter } from './adapter.ts';

/** Makes it. */
export function makeHome(home: string, { made, seeds, copies = [] }: HarnessAdapter['keeps']): void {
  for (const name of made) mkdirSync(join(home, name), { recursive: true });
  for (const { path, text } of seeds) {
    const file = join(home, path);
    if (existsSync(file)) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  for (const { path, of, together } of copies) {
    const file = join(home, path);
    mkdirSync(dirname(file), { recursive: true });
    // In one step: another session may read it, and what is in it may be secret.
    writeFileSync(`${file}.writ`, together(textOf(join(home, of)), textOf(file)), { mode: 0o600 });
    renameSync(`${file}.writ`, file);
  }
}

const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
