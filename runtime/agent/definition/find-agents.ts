/**
 * The agents that a commit of a repository describes, in the folders of each format. It reads what was committed and nothing of the worktree, which an agent may be writing in.
 *
 * It refuses links and what is too large, and follows nothing out of the commit.
 */

import { createHash } from 'node:crypto';
import type { Repository } from '../../workspace/repository.ts';
import { resolveCommit } from '../../workspace/repository.ts';
import { git, gitOrThrow } from '../../workspace/git.ts';
import type { Result } from '../../refusal.ts';
import { accept, refuse, reject } from '../../refusal.ts';
import { maxAgentBytes } from './agent-file.ts';
import type { AgentFormat } from './tool-table.ts';

/** Where each format keeps them; of two with one name the first counts. */
const folders: readonly (readonly [string, AgentFormat])[] = [
  ['.writ/agents/', 'writ'],
  ['.claude/agents/', 'claude'],
  ['.opencode/agent/', 'opencode'],
  ['.opencode/agents/', 'opencode'],
];
const maxFiles = 200;

export type AgentFile = {
  readonly path: string;
  readonly format: AgentFormat;
  /** The file's name without its ending. */
  readonly base: string;
  readonly source: string;
  readonly hash: string;
};

/** The digest by which an agent's file is pinned. */
export const agentHash = (source: string): string =>
  `sha256:${createHash('sha256').update(source, 'utf8').digest('base64url')}`;

/** The files at `revision`, and the commit that is. */
export async function agentFiles(
  repository: Repository,
  revision: string,
): Promise<Result<{ readonly commit: string; readonly files: readonly AgentFile[] }>> {
  const place = { gitDir: repository.gitDir };
  const commit = await resolveCommit(repository, revision);
  if (commit === null)
    return reject(
      refuse(
        'invalid',
        `\`${repository.path}\` has no commit \`${revision}\``,
        'agents are read from a commit: commit their files',
      ),
    );
  const paths = folders.map(([folder]) => folder);
  const listed = await gitOrThrow(place, ['ls-tree', '-r', '-z', '-l', '--full-tree', commit, '--', ...paths]);
  const files: AgentFile[] = [];
  for (const line of listed.split('\0')) {
    const [, mode, id, size, path = ''] = /^(\d+) blob ([0-9a-f]+)\s+(\d+)\t(.+\.md)$/s.exec(line) ?? [];
    const found = folders.find(([folder]) => path.startsWith(folder));
    if (id === undefined || found === undefined || mode === '120000') continue;
    if (Number(size) > maxAgentBytes || files.length >= maxFiles) continue;
    const { code, stdout: source } = await git(place, ['cat-file', 'blob', id]);
    const base = path.slice(path.lastIndexOf('/') + 1, -'.md'.length);
    if (code === 0) files.push({ path, format: found[1], base, source, hash: agentHash(source) });
  }
  const rank = ({ format }: AgentFile): number => folders.findIndex(([, own]) => own === format);
  return accept({ commit, files: files.toSorted((a, b) => rank(a) - rank(b)) });
}
