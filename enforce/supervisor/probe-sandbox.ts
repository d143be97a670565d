/**
 * Whether a sandbox really works on this machine: tried with a harmless command, never assumed from a version. bubblewrap is tried each time it is asked for; Seatbelt has more to show,
 * and is unproven until `writ doctor` tried it on this version of macOS.
 */

import { execFile } from 'node:child_process';
import { release } from 'node:os';
import { ownProc } from './own-proc.ts';
import type { SandboxKind } from './sandbox-kind.ts';
import { bubblewrap, seatbelt } from './sandbox-kind.ts';

export type SandboxProbe = ({ readonly works: true } & SandboxKind) | { readonly works: false; readonly why: string };

/** Tries what there is. `stateDir`: where what `writ doctor` saw is kept; null: nowhere. Takes some milliseconds. */
export function probeSandbox(stateDir: string | null): Promise<SandboxProbe> {
  if (process.platform === 'darwin') return probeSeatbelt(stateDir, release(), 'runs');
  if (process.platform === 'linux') return probeBubblewrap();
  const why = `there is no sandbox for ${process.platform} yet; only the process tree is bounded`;
  return Promise.resolve({ works: false, why });
}

/** The same for a session at a terminal, of which Seatbelt has to show what it holds there besides. */
export function probeForSessions(stateDir: string): Promise<SandboxProbe> {
  return process.platform === 'darwin' ? probeSeatbelt(stateDir, release(), 'sessions') : probeSandbox(stateDir);
}

/** What was seen of Seatbelt on this version of the system counts on no other. */
export async function probeSeatbelt(
  stateDir: string | null,
  system: string,
  around: 'runs' | 'sessions',
): Promise<SandboxProbe> {
  // Loaded here: every start asks, and on Linux none of them needs it.
  const { shownSeatbelt } = await import('./shown-seatbelt.ts');
  const shown = stateDir === null ? null : shownSeatbelt(stateDir);
  const failures = around === 'runs' ? shown?.failed : shown?.sessions;
  if (shown?.system !== system || failures === undefined)
    return { works: false, why: 'Seatbelt is unproven on this version of macOS; `writ doctor` tries it' };
  const [failed] = failures;
  return failed === undefined
    ? { works: true, ...seatbelt }
    : { works: false, why: `Seatbelt does not hold here (${failed}); \`writ doctor --again\` tries it once more` };
}

/** Tries an empty sandbox that must hide a file system and its network. */
function probeBubblewrap(): Promise<SandboxProbe> {
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
    ...ownProc,
  ];
  // Inside, the shell is process 2 of its own namespace, and nothing but the loopback device exists.
  const canary =
    'test ! -w /etc && test ! -w /proc/sys/kernel/core_pattern && test "$(ls /proc | grep -c "^[0-9]")" -lt 8 && test "$(tail -n +3 /proc/net/dev | grep -vc "lo:")" -eq 0';
  return new Promise((resolve) => {
    execFile('bwrap', [...argv, '/bin/sh', '-c', canary], { timeout: 5_000 }, (error, _stdout, stderr) => {
      if (error === null) resolve({ works: true, ...bubblewrap });
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
