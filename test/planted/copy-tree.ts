/**
 * A copy of this checkout with its installed packages, so that a rule can be taken out of it and nothing else changes. Files are linked, not
 * copied, where the file system allows it: they cost no space and no time.
 */

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = realpathSync(join(import.meta.dirname, '../..'));

export type TreeCopy = {
  readonly root: string;
  /** Takes a rule out. Throws when the text is not there exactly once: a rule that moved must be found again. */
  replace(file: string, rule: string, instead: string): void;
} & Disposable;

/** Copies the tracked files, what is not tracked yet and not ignored, and the packages. */
export function copyTree(): TreeCopy {
  const copy = mkdtempSync(join(tmpdir(), 'writ-planted-'));
  // A database that a test starts may run as another user, who has to find its program.
  chmodSync(copy, 0o755);
  const asked = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', asked, { cwd: root, encoding: 'utf8' }).split('\0');
  for (const file of listed.filter(
    (name) => name !== '' && lstatSync(join(root, name), { throwIfNoEntry: false })?.isFile(),
  )) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  const rooms = [
    '.',
    'apps/cli',
    'apps/server',
    'control',
    'enforce',
    'runtime',
    'platform/protocol',
    'platform/journal',
  ];
  for (const room of rooms) linkPackages(join(root, room, 'node_modules'), join(copy, room));
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

/** Our own rooms are in there as relative links, which lead into the copy. */
function linkPackages(packages: string, into: string): void {
  if (!existsSync(packages)) return;
  try {
    execFileSync('cp', ['-al', packages, into], { stdio: 'ignore' });
  } catch {
    execFileSync('cp', ['-a', packages, into]); // another file system
  }
}
