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
  readdirSync,
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
  /** Puts every rule back, so that another one can be taken out. */
  restore(): void;
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
  for (const room of rooms) linkPackages(join(root, room, 'node_modules'), join(copy, room, 'node_modules'));
  const whole = new Map<string, string>();
  return {
    root: copy,
    replace(file, rule, instead) {
      const path = join(copy, file);
      const text = readFileSync(path, 'utf8');
      const times = text.split(rule).length - 1;
      if (times !== 1)
        throw new Error(`the rule stands ${String(times)} times in \`${file}\`, not once; find it again: ${rule}`);
      if (!whole.has(path)) whole.set(path, text);
      writeFileSync(
        path,
        text.replace(rule, () => instead),
      );
    },
    restore() {
      for (const [path, text] of whole) writeFileSync(path, text);
      whole.clear();
    },
    [Symbol.dispose]: () => {
      rmSync(copy, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * Our own rooms are in there as relative links, which lead into the copy. What was compiled of this checkout's files stays behind: it is kept by
 * the path of each file, and a copy's are others.
 */
function linkPackages(packages: string, into: string): void {
  if (!existsSync(packages)) return;
  mkdirSync(into, { recursive: true });
  const all = readdirSync(packages).filter((name) => !compiled.has(name));
  const from = all.map((name) => join(packages, name));
  try {
    execFileSync('cp', ['-al', ...from, into], { stdio: 'ignore' });
  } catch {
    execFileSync('cp', ['-a', ...from, into]); // another file system
  }
  // Where `writ` keeps what Node compiled of its files, if setup made room for it.
  if (existsSync(join(packages, '.cache/writ'))) mkdirSync(join(into, '.cache/writ'), { recursive: true });
}

const compiled: ReadonlySet<string> = new Set(['.cache', '.vite', '.vitest-cache']);
