/** A copy of this checkout's own files with its installed packages linked in, so that a rule can be taken out of it and nothing else changes. */

import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const root = realpathSync(join(import.meta.dirname, '../..'));

export type TreeCopy = {
  readonly root: string;
  /** Takes a rule out. Throws when the text is not there exactly once: a rule that moved must be found again. */
  replace(file: string, rule: string, instead: string): void;
} & Disposable;

/** Copies the tracked files, and what is not tracked yet and not ignored. */
export function copyTree(): TreeCopy {
  const copy = mkdtempSync(join(tmpdir(), 'writ-planted-'));
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  for (const file of listed.split('\0').filter((name) => name !== '' && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  linkPackages(join(root, 'node_modules'), join(copy, 'node_modules'), copy);
  for (const room of [
    'apps/cli',
    'apps/server',
    'control',
    'enforce',
    'runtime',
    'platform/protocol',
    'platform/journal',
  ])
    if (existsSync(join(root, room, 'node_modules')))
      symlinkSync(join(root, room, 'node_modules'), join(copy, room, 'node_modules'));
  return {
    root: copy,
    replace(file, rule, instead) {
      const path = join(copy, file);
      const text = readFileSync(path, 'utf8');
      const times = text.split(rule).length - 1;
      if (times !== 1)
        throw new Error(`the rule stands ${String(times)} times in \`${file}\`, not once; find it again: ${rule}`);
      writeFileSync(
        path,
        text.replace(rule, () => instead),
      );
    },
    [Symbol.dispose]: () => {
      rmSync(copy, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Every package by a link, but our own rooms by links into the copy. */
function linkPackages(from: string, to: string, copy: string): void {
  mkdirSync(join(to, '@writ'), { recursive: true });
  for (const name of readdirSync(from).filter((entry) => entry !== '@writ'))
    symlinkSync(join(from, name), join(to, name));
  for (const name of readdirSync(join(from, '@writ'))) {
    const room = relative(root, realpathSync(join(from, '@writ', name)));
    symlinkSync(join(copy, room), join(to, '@writ', name));
  }
}
