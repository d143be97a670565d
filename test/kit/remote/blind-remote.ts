/**
 * A remote that knows nothing of permits: a plain `git daemon`, with a log of its own of what landed. As a process:
 *
 *   node test/kit/remote/blind-remote.ts --dir DIR [--seed-from PATH]
 *
 * prints one line `{"url":"git://…","log":FILE,"dir":DIR}` when it listens and ends on SIGINT or SIGTERM.
 */

import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readLines } from './lines.ts';
import { asProcess } from './as-process.ts';
import { serveRepository } from './serve-repository.ts';

/** A ref that has changed. */
export type Landed = { readonly at: string; readonly ref: string; readonly old: string; readonly new: string };

export type BlindRemote = {
  readonly url: string;
  readonly dir: string;
  /** The bare repository. */
  readonly repository: string;
  readonly log: string;
  landed(): Promise<readonly Landed[]>;
} & AsyncDisposable;

/** Starts one in `dir`. What `seedFrom` brings is not logged. */
export async function startBlindRemote({
  dir,
  seedFrom,
}: {
  readonly dir: string;
  readonly seedFrom?: string | undefined;
}): Promise<BlindRemote> {
  const log = join(resolve(dir), 'landed.ndjson');
  const hooks = { 'post-receive': [process.execPath, join(import.meta.dirname, 'log-landed.ts'), log] };
  const served = await serveRepository({ dir, hooks, config: {}, seedFrom });
  return { ...served, dir: resolve(dir), log, landed: () => readLines<Landed>(log) };
}

if (import.meta.main) {
  await asProcess(async (args) => {
    const text = { type: 'string' } as const;
    const { dir, 'seed-from': seedFrom } = parseArgs({
      args: [...args],
      options: { dir: text, 'seed-from': text },
    }).values;
    if (dir === undefined) throw new Error('where? name a folder with `--dir DIR`');
    return startBlindRemote({ dir, seedFrom });
  });
}
