/** Whether a sandbox really works on this machine: tried once with a harmless command, never assumed from a version. */

import { execFile } from 'node:child_process';

export type SandboxProbe =
  { readonly works: true; readonly by: string } | { readonly works: false; readonly why: string };

/** Tries an empty sandbox that must hide a file system and its network. Takes some milliseconds. */
export function probeSandbox(): Promise<SandboxProbe> {
  if (process.platform !== 'linux')
    return Promise.resolve({
      works: false,
      why: `there is no sandbox for ${process.platform} yet; only the process tree is bounded`,
    });
  const argv = [
    '--unshare-all',
    '--die-with-parent',
    '--new-session',
    '--cap-drop',
    'ALL',
    '--ro-bind',
    '/',
    '/',
    '--tmpfs',
    '/tmp',
    '--dev',
    '/dev',
    '--proc',
    '/proc',
  ];
  // Inside, the shell is process 2 of its own namespace, and nothing but the loopback device exists.
  const canary =
    'test ! -w /etc && test "$(ls /proc | grep -c "^[0-9]")" -lt 8 && test "$(tail -n +3 /proc/net/dev | grep -vc "lo:")" -eq 0';
  return new Promise((resolve) => {
    execFile('bwrap', [...argv, '/bin/sh', '-c', canary], { timeout: 5_000 }, (error, _stdout, stderr) => {
      if (error === null) resolve({ works: true, by: 'bubblewrap' });
      else if (error.code === 'ENOENT')
        resolve({ works: false, why: 'bubblewrap is not installed; on Debian and Ubuntu: `apt install bubblewrap`' });
      else
        resolve({
          works: false,
          why: `bubblewrap does not work here: ${stderr.trim() || 'its canary was not refused'}`,
        });
    });
  });
}
