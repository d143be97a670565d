/**
 * The remotes of a repository as its own configuration names them, outside every sandbox.
 *
 * They say which names a run can push to and which password belongs to an address; never where a push goes. That is control's to say.
 */

import { join } from 'node:path';
import { git } from './git.ts';
import { userinfoOf, withoutUserinfo } from './addresses.ts';

export type RepositoryRemote = { readonly name: string; readonly url: string; readonly userinfo: string | null };

/** The remotes named in the configuration of the repository whose own directory is `commonDir`. */
export async function repositoryRemotes(commonDir: string): Promise<readonly RepositoryRemote[]> {
  const listed = await git(
    [
      'config',
      '--file',
      join(commonDir, 'config'),
      '--no-includes',
      '--null',
      '--get-regexp',
      '^remote\\..*\\.(url|pushurl)$',
    ],
    { gitDir: null, timeoutMs: 10_000 },
  );
  if (listed.code !== 0) return [];
  return listed.stdout
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const [key = '', ...rest] = line.split('\n');
      const raw = rest.join('\n');
      return {
        name: key.slice('remote.'.length, key.lastIndexOf('.')),
        url: withoutUserinfo(raw),
        userinfo: userinfoOf(raw),
      };
    });
}
