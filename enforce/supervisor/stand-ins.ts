/**
 * What a contained run finds in the place of something it must not write: a copy of its own, in which an attempt is seen. What it writes there
 * reaches nobody else; the rule keeper puts the copy back as it was, and tells.
 *
 * A read-only mount would refuse the same write without a trace. So these are for what governs the agent; all else outside its worktree is
 * read-only. A Git directory that several worktrees share is stood in for as a whole, because Git replaces its configuration by way of a lock
 * file beside it; what is not a rule in it is the real one, as it is now.
 */

import type { Dirent } from 'node:fs';
import { closeSync, copyFileSync, mkdirSync, openSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { copyReadable } from './copy-readable.ts';
import type { GitPlaces } from './git-places.ts';
import { secretConfigs } from './git-secrets.ts';
import { insidePlaces } from './inside-places.ts';
import { fileUri, gitRules } from './own-rules.ts';
import type { Kept } from './rule-keeper.ts';

export type StandIns = {
  /** For `insidePlaces.root`. Holds the run's own Git configuration. */
  readonly given: string;
  /** For Writ's state directory. */
  readonly state: string;
  readonly git: GitStandIn | null;
};

/** For the Git directory: as a whole, with the real directories in it by name; or, of a main checkout's own, for the rules in it by name. */
export type GitStandIn = (
  | { readonly of: 'shared'; readonly root: string; readonly directories: readonly string[] }
  | { readonly of: 'main'; readonly root: string; readonly rules: readonly string[] }
) & {
  /** Configurations without the secrets that are in them, by their names in the Git directory. */
  readonly clean: readonly { readonly name: string; readonly path: string }[];
};

export type StandInPlan = {
  /** A directory of this run's own, made anew; on the file system of the state directory. */
  readonly dir: string;
  readonly stateDir: string;
  /** What will be mounted below the state directory. */
  readonly mounted: readonly string[];
  readonly git: GitPlaces | null;
  readonly project: string | null;
  readonly gitConfig: string;
};

/** Makes them, and what a keeper has to keep of them. */
export function makeStandIns(plan: StandInPlan): { readonly standIns: StandIns; readonly kept: readonly Kept[] } {
  const { dir, stateDir, git, project } = plan;
  rmSync(dir, { recursive: true, force: true });
  const given = place(dir, 'given');
  for (const path of [given.root, given.pristine])
    writeFileSync(join(path, 'gitconfig'), plan.gitConfig, { mode: 0o600 });
  makeMountPoints(given.root);
  const state = place(dir, 'state');
  for (const path of plan.mounted.filter((one) => one.startsWith(stateDir + sep)))
    for (const base of [state.root, state.pristine])
      mkdirSync(join(base, relative(stateDir, path)), { recursive: true });
  const repository = git === null ? null : { git, ...place(dir, 'git') };
  return {
    standIns: {
      given: given.root,
      state: state.root,
      git: repository === null ? null : standInForGit(repository.git, repository, join(dir, 'clean')),
    },
    kept: [
      { ...given, names: ['gitconfig'], resource: (path) => fileUri(null, join(insidePlaces.root, path)) },
      { ...state, names: null, resource: (path) => fileUri(null, join(stateDir, path)) },
      ...(repository === null
        ? []
        : [{ ...repository, names: gitRules, resource: (path: string) => fileUri(project, join('.git', path)) }]),
    ],
  };
}

function cleanCopy(dir: string, index: number, text: string): string {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, String(index));
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

type Place = { readonly root: string; readonly pristine: string };

function place(dir: string, name: string): Place {
  const made = { root: join(dir, 'found', name), pristine: join(dir, 'pristine', name) };
  for (const path of Object.values(made)) mkdirSync(path, { recursive: true, mode: 0o700 });
  return made;
}

/** A mount needs something to stand on; what is made for one by the sandbox itself would look like the agent's. */
function makeMountPoints(given: string): void {
  const inGiven = (path: string): string => join(given, relative(insidePlaces.root, path));
  for (const path of [insidePlaces.bin, insidePlaces.repository]) mkdirSync(inGiven(path));
  for (const path of [insidePlaces.door, insidePlaces.node]) closeSync(openSync(inGiven(path), 'w', 0o600));
}

/** What `git init` puts into a directory of hooks, a dozen files that nothing runs. */
const isSample = (name: string): boolean => name.endsWith('.sample');

function standInForGit({ commonDir, gitDir }: GitPlaces, { root, pristine }: Place, cleanDir: string): GitStandIn {
  const isRule = ({ name }: Dirent): boolean => gitRules.some((rule) => rule.split('/')[0] === name);
  const entries = readdirSync(commonDir, { withFileTypes: true });
  const rules = entries.filter(isRule).map(({ name }) => name);
  for (const name of rules)
    for (const base of [root, pristine]) copyReadable(join(commonDir, name), join(base, name), isSample);
  const secrets = secretConfigs(commonDir);
  for (const { name, text } of secrets.filter((config) => rules.includes(config.name)))
    for (const base of [root, pristine]) writeFileSync(join(base, name), text);
  const clean = secrets.map(({ name, text }, index) => ({ name, path: cleanCopy(cleanDir, index, text) }));
  if (gitDir === commonDir) return { of: 'main', root, rules, clean };
  const rest = entries.filter((entry) => !isRule(entry));
  const directories = rest.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  for (const name of directories) mkdirSync(join(root, name));
  // Git takes a HEAD that is a link for a ref; any other file may be replaced outside meanwhile, and is looked up each time.
  copyFileSync(join(commonDir, 'HEAD'), join(root, 'HEAD'));
  const files = rest.filter((entry) => entry.isFile() && entry.name !== 'HEAD').map(({ name }) => name);
  for (const name of new Set([...files, 'packed-refs', 'shallow']))
    symlinkSync(join(insidePlaces.repository, name), join(root, name));
  for (const { name } of rest.filter((entry) => entry.isSymbolicLink()))
    copyReadable(join(commonDir, name), join(root, name));
  return { of: 'shared', root, directories, clean };
}
