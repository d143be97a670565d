/** The files in which a repository tells people and agents how to work in it, as a commit has them. It reads none of them: whoever works there does. */

import { git } from './git.ts';
import type { Repository } from './repository.ts';

const files = [
  'AGENTS.md',
  'CLAUDE.md',
  'GEMINI.md',
  'CONTRIBUTING.md',
  '.github/copilot-instructions.md',
  '.cursor/rules',
  'docs/decisions',
];

/** Those that are there at `revision`; none where Git does not know it. */
export async function conventionsIn({ gitDir }: Repository, revision: string): Promise<readonly string[]> {
  const listed = await git({ gitDir }, ['ls-tree', '-z', '--name-only', '--full-tree', revision, '--', ...files]);
  const there = new Set(listed.code === 0 ? listed.stdout.split('\0') : []);
  return files.filter((name) => there.has(name));
}
