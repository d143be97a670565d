/**
 * The small application repository the first night works on, with a remote of its own. Real Git, real files; nothing outside `place`.
 *
 * The remote asks for the permit of every push as it commits (`enforce/sink`), so that what landed there is judged by the remote and not
 * by Writ's own log.
 */

import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const example = join(import.meta.dirname, '../../../examples/passkey');
const gitHook = join(import.meta.dirname, '../../../enforce/sink/git-hook.ts');

const git = (cwd: string, ...args: readonly string[]): Promise<unknown> =>
  run(
    'git',
    ['-c', 'user.name=Harbour', '-c', 'user.email=harbour@example.invalid', '-c', 'core.hooksPath=/dev/null', ...args],
    { cwd },
  );

export type NightRepository = {
  /** The person's checkout. */
  readonly checkout: string;
  /** The bare remote. */
  readonly remote: string;
  /** What the remote saw: one JSON line per update somebody tried. */
  readonly remoteLog: string;
};

/** Where the person's checkout lies in the folder of the night. */
export const checkoutIn = (place: string): string => join(place, 'harbour');

/** Builds the repository under `place` with a first commit on `main`, pushed. */
export async function buildRepository(place: string): Promise<NightRepository> {
  const checkout = checkoutIn(place);
  const remote = join(place, 'remote.git');
  await mkdir(place, { recursive: true, mode: 0o700 });
  await cp(join(example, 'app'), checkout, { recursive: true });
  await cp(join(example, 'agents'), join(checkout, 'agents'), { recursive: true });
  await cp(join(example, 'mission.md'), join(checkout, 'mission.md'));
  await git(place, 'init', '-q', '--bare', '-b', 'main', remote);
  await git(place, 'init', '-q', '-b', 'main', checkout);
  await git(checkout, 'add', '-A');
  await git(checkout, 'commit', '-q', '-m', 'feat: sign in with a password');
  await git(checkout, 'remote', 'add', 'origin', remote);
  await git(checkout, 'push', '-q', 'origin', 'main');
  return { checkout, remote, remoteLog: join(remote, 'updates.ndjson') };
}

/** Makes the remote ask control for the permit of every push, with the sink's own credential. */
export async function guardRemote(
  repository: NightRepository,
  control: { readonly url: string; readonly sinkTokenFile: string },
  project: string,
): Promise<void> {
  await git(repository.remote, 'config', 'receive.advertisePushOptions', 'true');
  const hook = join(repository.remote, 'hooks', 'pre-receive');
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  const words = [
    process.execPath,
    gitHook,
    '--control',
    control.url,
    '--token-file',
    control.sinkTokenFile,
    '--project',
    project,
    '--log',
    repository.remoteLog,
    '--slow',
    '3000',
  ];
  await mkdir(join(repository.remote, 'hooks'), { recursive: true });
  await writeFile(hook, `#!/bin/sh\nexec ${words.map(quote).join(' ')}\n`);
  await chmod(hook, 0o755);
}

/** The refs somebody has tried to push so far, as the remote saw it. */
export async function triedRefs(repository: NightRepository): Promise<readonly string[]> {
  try {
    const lines = (await readFile(repository.remoteLog, 'utf8')).trim().split('\n');
    // Our own hook's lines.
    return lines.map((line) => (JSON.parse(line) as { ref: string }).ref);
  } catch {
    return []; // nobody pushed yet
  }
}

/** The branches that are on the remote now: the effect, not anybody's log. */
export async function remoteBranches(repository: NightRepository): Promise<readonly string[]> {
  const { stdout } = await run('git', ['for-each-ref', '--format=%(refname)', 'refs/heads'], {
    cwd: repository.remote,
  });
  return stdout.split('\n').filter((line) => line !== '');
}
