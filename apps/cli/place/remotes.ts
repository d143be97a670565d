/**
 * The remotes of a repository as the person's own Git knows them, pushes and rewritings included. Addresses come without a user name and
 * password: those stay where Git keeps them.
 */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { reachableUrl, withoutUserinfo } from '@writ/enforce';

const execute = promisify(execFile);

export type FoundRemote = {
  readonly name: string;
  /** Where pushes to it would go; or why none goes there. */
  readonly address: { readonly ok: true; readonly url: string } | { readonly ok: false; readonly why: string };
};

/** The remotes of the repository at `repository`, by name. */
export async function remotesIn(repository: string): Promise<readonly FoundRemote[]> {
  const git = async (...args: string[]): Promise<string> => {
    try {
      return (await execute('git', ['-C', repository, ...args], { timeout: 10_000 })).stdout.trim();
    } catch {
      return ''; // no such thing in this repository
    }
  };
  const names = (await git('remote')).split('\n').filter((name) => /^[A-Za-z0-9_.-]{1,128}$/.test(name));
  return Promise.all(
    names.sort().map(async (name) => {
      const [first = ''] = (await git('remote', 'get-url', '--push', name)).split('\n');
      return { name, address: reachableUrl(withoutUserinfo(first), repository) };
    }),
  );
}
