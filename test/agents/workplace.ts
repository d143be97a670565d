/** The two folders a run of an agent needs: a home with nothing in it, and a place to work. Both go when it is disposed. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Workplace extends AsyncDisposable {
  readonly home: string;
  readonly cwd: string;
  /** Whether a file is in `cwd`: what an agent did is judged by its effects. */
  has(file: string): boolean;
}

export async function workplace(): Promise<Workplace> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'writ-agents-')));
  const [home, cwd] = [join(root, 'home'), join(root, 'work')];
  await Promise.all([mkdir(home), mkdir(cwd)]);
  return {
    home,
    cwd,
    has: (file) => existsSync(join(cwd, file)),
    // An agent that was just killed may still be writing its last file.
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true, maxRetries: 5 }),
  };
}
