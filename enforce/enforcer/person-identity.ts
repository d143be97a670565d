/** Under whose name a run commits: the person's own, from their global Git configuration, read outside any repository. */

import { git } from '../broker/git.ts';

/** Name and address for commits. */
export async function personIdentity(): Promise<{ readonly name: string; readonly email: string }> {
  const read = async (key: string): Promise<string> =>
    (await git(['config', '--global', '--get', key], { gitDir: null, timeoutMs: 5_000 })).stdout.trim();
  const [name, email] = await Promise.all([read('user.name'), read('user.email')]);
  return { name: name || 'Writ run', email: email || 'run@writ.invalid' };
}
