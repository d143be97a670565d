/**
 * The Seatbelt sandbox around an attended harness on macOS: what `attended-sandbox.ts` does with mounts, as rules about the paths of outside. The repository and the harness's own state are
 * writable, everything else read-only, places that hold credentials and Writ's state invisible.
 *
 * It refuses a path that no rule could name. What it does not give: another place for `/tmp`, which is refused, and processes in a namespace.
 */

import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SandboxKind, SeatbeltPlaces } from '@writ/enforce/attended';
import { repositoryOf, seatbeltProfile } from '@writ/enforce/attended';
import type { AttendedFiles } from './attended-sandbox.ts';
import { credentialsIn, guardedIn } from './attended-sandbox.ts';

export type SeatbeltAround = AttendedFiles &
  Pick<SeatbeltPlaces, 'network' | 'listens' | 'sockets' | 'terminal'> &
  Pick<SandboxKind, 'command'> & {
    /** For its temporary files, and nothing else. */
    readonly tmp: string;
    /** What else of Writ's and the person's it reads, wherever that lies. */
    readonly given: readonly string[];
  };

export type SeatbeltArgv =
  { readonly ok: true; readonly argv: readonly string[] } | { readonly ok: false; readonly why: string };

/** `sandbox-exec …` up to and without the command. */
export function attendedSeatbelt(around: SeatbeltAround): SeatbeltArgv {
  const profile = seatbeltProfile(placesOf(around));
  return profile.ok
    ? { ok: true, argv: [around.command, '-p', profile.text, '/usr/bin/env', `TMPDIR=${real(around.tmp)}`] }
    : profile;
}

function placesOf(around: SeatbeltAround): SeatbeltPlaces {
  const { root, home, stateDir, harnessFolder } = around;
  const inHome = (names: readonly string[]): readonly string[] => names.map((name) => realParent(join(home, name)));
  const repository = repositoryOf(root);
  const own = [real(root), ...(repository === null ? [] : [repository])];
  const writable = [...(around.readOnly ? [] : own), ...inHome(around.harnessState).map(real)];
  const folder = harnessFolder === null ? [] : [real(harnessFolder.path)];
  const isLent = harnessFolder?.isWritable === true;
  const { network, listens, terminal } = around;
  return {
    hidden: hiddenFromSessions,
    shown: [root, around.cwd, ...around.programs.flatMap(folderOf)].map(real),
    state: real(stateDir),
    writable,
    kept: [...guardedIn(real(root), around.repositoryRules), ...inHome(around.harnessRules)],
    closed: [...credentialsIn(home), join(home, 'Library/Keychains'), stateDir].map(real),
    given: [real(around.bin), ...(isLent ? [] : folder), ...around.given.map(real)],
    lent: [real(around.tmp), ...(isLent ? folder : [])],
    held: [],
    sockets: [around.door, ...around.sockets].map(real),
    ...{ network, listens, terminal },
  };
}

/** Temporary files of others, sockets of daemons, what the keychain knows. The person's home is read, but for what is closed of it. */
const hiddenFromSessions: readonly string[] = [
  ...['/private/tmp', '/private/var/tmp', '/private/var/folders', '/private/var/run', '/Library/Keychains'],
];

/** Where a program lies, and where it really lies. */
const folderOf = (path: string): readonly string[] =>
  [path, real(path)].map((one) => (statSync(one, { throwIfNoEntry: false })?.isDirectory() ? one : dirname(one)));

const real = (path: string): string => (existsSync(path) ? realpathSync(path) : path);
/** Of what may not be there yet: below the folder as it really is. */
const realParent = (path: string): string => join(real(dirname(path)), path.slice(dirname(path).length + 1));
