/** Where a path leads, symbolic links followed, also of what is not there yet. */

import { readlinkSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** As many links as the kernel follows. */
const mostLinks = 40;

/** The real path; for what is not there yet, the real path of the nearest folder that is, and the rest. A link to what is not there leads there all the same: who writes to it makes that. */
export const realPath = (path: string): string => followed(path, mostLinks);

function followed(path: string, links: number): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    if (parent === path) return path;
    const target = links === 0 ? null : linkAt(path);
    if (target !== null) return followed(resolve(followed(parent, links - 1), target), links - 1);
    return join(followed(parent, links), path.slice(parent.length).replace(/^\/+/, ''));
  }
}

function linkAt(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null; // no link, or not there
  }
}
