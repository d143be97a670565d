/** Files of one JSON value per line. */

import { readFile } from 'node:fs/promises';

/** The values in `file`, oldest first; none while it does not exist. A last line that is still being written does not count. */
export async function readLines<T>(file: string): Promise<readonly T[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as T);
}
