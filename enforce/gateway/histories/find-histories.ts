/** Where the histories of a person's harnesses are. It looks for files and opens none. */

import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HistoryHarness } from './recorded.ts';

export type HistoryFile = {
  readonly harness: HistoryHarness;
  readonly path: string;
  readonly bytes: number;
  /** When it was last written, in milliseconds since the epoch. */
  readonly writtenAt: number;
};

const set = (value: string | undefined, otherwise: string): string =>
  value === undefined || value === '' ? otherwise : value;

/** Every history there is for the home and the variables of `env`, in no order. */
export async function findHistories(env: NodeJS.ProcessEnv, home: string): Promise<readonly HistoryFile[]> {
  const claude = set(env['CLAUDE_CONFIG_DIR'], join(home, '.claude'));
  const codex = set(env['CODEX_HOME'], join(home, '.codex'));
  const data = set(env['XDG_DATA_HOME'], join(home, '.local', 'share'));
  const lines = async (harness: HistoryHarness, folder: string): Promise<readonly HistoryFile[]> => {
    const entries = await below(folder);
    const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'));
    return (await Promise.all(files.map((entry) => file(harness, join(entry.parentPath, entry.name))))).flat();
  };
  const found = await Promise.all([
    lines('claude', join(claude, 'projects')),
    lines('codex', join(codex, 'sessions')),
    lines('codex', join(codex, 'archived_sessions')),
    file('opencode', join(data, 'opencode', 'opencode.db')),
  ]);
  return found.flat();
}

async function below(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { recursive: true, withFileTypes: true });
  } catch {
    return []; // that harness was never used here
  }
}

async function file(harness: HistoryHarness, path: string): Promise<readonly HistoryFile[]> {
  try {
    const { size, mtimeMs } = await stat(path);
    return [{ harness, path, bytes: size, writtenAt: mtimeMs }];
  } catch {
    return []; // not there, or gone since
  }
}
