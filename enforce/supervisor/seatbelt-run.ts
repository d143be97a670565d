/**
 * The Seatbelt sandbox around a contained run: which places it may use, a folder of its own for its home, its temporary files and its Git configuration, and the command that holds it there.
 *
 * It shows what bubblewrap shows, by the same refusals. What bubblewrap does with mounts and this cannot: Git's rules are read-only, instead of copies in which an attempt is seen; a repository
 * whose configuration holds a secret is refused; loopback ports of the run's own are not reached; processes are tracked, and not in a namespace.
 */

import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { GitPlaces } from './git-places.ts';
import { secretConfigs } from './git-secrets.ts';
import { existingSystemSecrets, homes, toolChainsIn } from './hidden-places.ts';
import { gitRules, ownRules } from './own-rules.ts';
import type { SandboxPlan } from './sandbox.ts';
import { readablePlaces, whyNotWritable } from './sandbox.ts';
import { seatbeltProfile } from './seatbelt-profile.ts';

export type SeatbeltPlan = Pick<
  SandboxPlan,
  'cwd' | 'writable' | 'hidden' | 'stateDir' | 'git' | 'door' | 'bin' | 'node' | 'visible'
> & {
  /** `sandbox-exec`. */
  readonly command: string;
  /** `open`, or the gate's port; null: none. */
  readonly network: 'open' | number | null;
  /** The file its output goes to. */
  readonly output: string;
  readonly gitConfig: string;
};

export type SeatbeltRun =
  | {
      readonly ok: true;
      /** Up to and without the command. */
      readonly argv: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      /** When nothing of the run is left: takes its folder away. */
      readonly end: () => void;
    }
  | { readonly ok: false; readonly why: string };

/** `sandbox-exec …`, or why not. */
export function seatbeltRun(plan: SeatbeltPlan): SeatbeltRun {
  const why = whyNotWritable(plan) ?? whyNotHidden(plan.git);
  if (why !== null) return { ok: false, why };
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'writ-run-')));
  const own = { home: join(folder, 'home'), tmp: join(folder, 'tmp'), gitConfig: join(folder, 'gitconfig') };
  const end = (): void => rmSync(folder, { recursive: true, force: true });
  mkdirSync(own.home);
  mkdirSync(own.tmp);
  writeFileSync(own.gitConfig, plan.gitConfig, { mode: 0o600 });
  const profile = seatbeltProfile(placesOf(plan, own));
  if (!profile.ok) {
    end();
    return profile;
  }
  return {
    ok: true,
    argv: [plan.command, '-p', profile.text],
    env: { HOME: own.home, TMPDIR: own.tmp, GIT_CONFIG_GLOBAL: own.gitConfig },
    end,
  };
}

type Own = { readonly home: string; readonly tmp: string; readonly gitConfig: string };

function placesOf(plan: SeatbeltPlan, own: Own): Parameters<typeof seatbeltProfile>[0] {
  const { git, network } = plan;
  const state = real(plan.stateDir);
  const writable = plan.writable.map(real);
  return {
    hidden: hiddenOnMac(),
    shown: [...homes().flatMap(toolChainsIn), ...plan.visible, dirname(plan.node), ...commonDir(git)].map(real),
    state,
    writable: [...writable, ...(git?.writable ?? []).map(real), own.home, own.tmp],
    kept: [
      ...writable.flatMap((root) => [...ownRules, '.git/hooks', '.git/config'].map((name) => join(root, name))),
      ...(git?.readOnly ?? []).map(realParent),
      ...commonDir(git).flatMap((dir) => [...gitRules, 'commondir'].map((name) => join(real(dir), name))),
    ],
    closed: plan.hidden.filter((path) => existsSync(path)).map(real),
    given: [...readablePlaces(real(plan.cwd), writable, state), real(plan.bin), own.gitConfig],
    lent: [],
    held: [real(plan.output)],
    sockets: [real(plan.door)],
    network: network === 'open' ? 'open' : network === null ? [] : [network],
    listens: [],
    terminal: null,
  };
}

/** Homes, temporary files, sockets of daemons, what only root and the keychain know. */
export const hiddenOnMac = (): readonly string[] =>
  [
    ...['/Users', '/private/tmp', '/private/var/tmp', '/private/var/folders', '/private/var/run', '/Library/Keychains'],
    ...homes(),
    ...existingSystemSecrets(),
  ].map(real);

const commonDir = (git: GitPlaces | null): readonly string[] => (git === null ? [] : [git.commonDir]);

/** A password in Git's configuration can be kept out of a mount, and not out of a file that Git has to read. */
function whyNotHidden(git: GitPlaces | null): string | null {
  const [secret] = git === null ? [] : secretConfigs(git.commonDir);
  return secret === undefined
    ? null
    : `\`${secret.name}\` of the repository holds a password or a token, which Seatbelt cannot hide from a run; put it into a credential helper`;
}

const real = (path: string): string => (existsSync(path) ? realpathSync(path) : path);
/** Of a file that may be a link: the link itself. */
const realParent = (path: string): string => join(real(dirname(path)), path.slice(dirname(path).length + 1));
