/** Makes folders, each only its owner's. Ends where the system refuses one; nothing is left half made but the folders above it. */

import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes `path` and what is missing above it, mode 0700. Throws the system's error, naming the first folder that cannot be made. */
export function makeFolder(path: string): void {
  if (existsSync(path)) {
    // A file in its place is refused here, by name.
    mkdirSync(path, { recursive: true });
    return;
  }
  const above = dirname(path);
  if (above !== path) makeFolder(above);
  // One at a time: a file system that makes no folders answers `ENOENT` for ever to the recursive form.
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
}
