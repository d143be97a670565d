/** The Git repository around a folder, as Git itself says. Only asks. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** The top folder of the repository around `folder`; null when there is none, or no Git. */
export async function repositoryAround(folder: string): Promise<string | null> {
  try {
    const { stdout } = await execute('git', ['-C', folder, 'rev-parse', '--show-toplevel'], { timeout: 10_000 });
    return stdout.trim() === '' ? null : stdout.trim();
  } catch {
    return null; // not inside a repository, or Git is not installed
  }
}
