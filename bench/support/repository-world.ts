/** A Writ of its own that is up, over a repository with one commit: where a measurement starts what a person would. */

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../../test/e2e/support/world.ts';
import { createWorld } from '../../test/e2e/support/world.ts';

export type RepositoryWorld = AsyncDisposable & {
  readonly world: World;
  readonly cwd: string;
  /** Runs `writ` in the repository. Throws with what it said where it did not end with 0. */
  must(words: readonly string[]): Promise<void>;
};

/** Ended with the disposal of what it gives. */
export async function openRepositoryWorld(): Promise<RepositoryWorld> {
  const world = await createWorld();
  const cwd = join(world.place, 'app');
  mkdirSync(cwd);
  execFileSync('git', ['init', '-q', '-b', 'main', cwd]);
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid'];
  execFileSync('git', [...who, 'commit', '-q', '--allow-empty', '-m', 'start'], { cwd });
  const must = async (words: readonly string[]): Promise<void> => {
    const done = await world.writ([...words], { cwd });
    if (done.code !== 0) throw new Error(done.stderr);
  };
  await must(['up']);
  return { world, cwd, must, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}
