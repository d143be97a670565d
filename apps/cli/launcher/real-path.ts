/** Where a path leads, symbolic links followed, also of what is not there yet. */

import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The real path; for what is not there yet, the real path of the nearest folder that is, and the rest. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), path.slice(parent.length).replace(/^\/+/, ''));
  }
}
