/**
 * Git configurations as a run may read them: without user names and passwords in addresses, and without headers that carry a token
 * (`http.extraHeader`, as build systems set it). Everything else stays as it is. The broker, outside, reads the real ones.
 */

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A configuration without what is secret in it. */
export const withoutGitSecrets = (text: string): string =>
  text
    // A value goes on over the next line where its line ends with a backslash.
    .replace(/extraheader\s*=(?:[^\n\\]|\\\r?\n|\\.)*/gi, 'extraheader =')
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"']*@/gi, '$1');

export type CleanConfig = { readonly name: string; readonly text: string };

/** How many levels of submodules are looked into; deeper ones are not Git's own habit. */
const deepest = 6;
const configNames: ReadonlySet<string> = new Set(['config', 'config.worktree']);

/** The configurations below a Git directory that hold a secret, cleaned: its own, those of its worktrees, and those of its submodules. */
export function secretConfigs(gitDir: string): readonly CleanConfig[] {
  const found: CleanConfig[] = [];
  const visit = (name: string, depth: number): void => {
    for (const entry of entriesOf(join(gitDir, name))) {
      const below = join(name, entry.name);
      if (entry.isFile() && configNames.has(entry.name)) {
        const text = textOf(join(gitDir, below));
        const clean = withoutGitSecrets(text);
        if (clean !== text) found.push({ name: below, text: clean });
      } else if (entry.isDirectory() && depth < deepest && (depth === 0 ? isParent : isNoStore)(entry.name))
        visit(below, depth + 1);
    }
  };
  visit('', 0);
  return found;
}

const isParent = (name: string): boolean => name === 'modules' || name === 'worktrees';
const isNoStore = (name: string): boolean => !['objects', 'refs', 'logs', 'hooks', 'info', 'lfs'].includes(name);

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // not for this user to read: then not for a run either
  }
}

function entriesOf(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return []; // not there, or not for this user to read: then not for a run either
  }
}
