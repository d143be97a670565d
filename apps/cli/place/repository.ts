/** The Git repository around a folder, as Git itself says. Only asks. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** The commit a repository stands at; null where there is none yet. */
export async function headOf(repository: string): Promise<string | null> {
  try {
    const { stdout } = await execute('git', ['-C', repository, 'rev-parse', '--verify', '-q', 'HEAD'], {
      timeout: 10_000,
    });
    return stdout.trim();
  } catch {
    return null; // nothing was committed
  }
}

/** How many files are changed or new and not committed. Runs nothing the repository names. */
export async function uncommitted(repository: string): Promise<number> {
  try {
    const quiet = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '--no-optional-locks'];
    const { stdout } = await execute('git', ['-C', repository, ...quiet, 'status', '--porcelain=v1'], {
      timeout: 10_000,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout.split('\n').filter((line) => line !== '').length;
  } catch {
    return 0; // it is only a remark: nothing depends on it
  }
}

/** The top folder of the repository around `folder`; null when there is none, or no Git. */
export async function repositoryAround(folder: string): Promise<string | null> {
  try {
    const { stdout } = await execute('git', ['-C', folder, 'rev-parse', '--show-toplevel'], { timeout: 10_000 });
    return stdout.trim() === '' ? null : stdout.trim();
  } catch {
    return null; // not inside a repository, or Git is not installed
  }
}
