/** A repository with a mission in it, worked on by a scripted agent that only knows how to keep working. Real Git throughout. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The agent. `beat NAME MS`: writes a line to beats/NAME every 40 ms for MS (0: for ever). `asking NAME`: the same for ever, and each line only on a yes to it. `push REMOTE REF`: pushes, and tries again
 * for ever. `keep-pushing REMOTE REF`: pushes one commit after another. `nest`: starts a sub-agent that beats for ever, and starts it again whenever it comes back. `run …`: any program.
 */
const agent = `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
const [mode, ...rest] = process.argv.slice(2);
mkdirSync('beats', { recursive: true });
const beat = async (name, ms) => {
  const end = Date.now() + ms;
  do { appendFileSync('beats/' + name, Date.now() + '\\n'); await sleep(40); } while (ms === 0 || Date.now() < end);
};
if (mode === 'beat') await beat(rest[0], Number(rest[1]));
if (mode === 'asking')
  for (;;) {
    const answer = await new Promise((resolve) => {
      const asked = request({ socketPath: process.env.WRIT_DOOR, method: 'POST', path: '/check', headers: { 'content-type': 'application/json' } }, async (reply) => {
        let text = '';
        for await (const part of reply) text += part;
        resolve(text);
      });
      asked.on('error', () => resolve('{}'));
      asked.end(JSON.stringify({ action: 'file.write', resource: 'workspace://night/beats/' + rest[0] }));
    });
    if (JSON.parse(answer).decision === 'permit') appendFileSync('beats/' + rest[0], Date.now() + '\\n');
    await sleep(40);
  }
if (mode === 'push') {
  writeFileSync('pushed-' + rest[0] + '.txt', 'work of ' + rest[0] + '\\n');
  spawnSync('git', ['add', '-A', '--', '*.txt']); spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.invalid', 'commit', '-m', 'work'], { stdio: 'inherit' });
  for (;;) {
    appendFileSync('beats/push-' + rest[0], 'try\\n');
    const { status } = spawnSync('git', ['push', rest[0], 'HEAD:refs/heads/' + rest[1]], { stdio: 'inherit' });
    if (status === 0) break;
    await sleep(300);
  }
}
if (mode === 'keep-pushing')
  for (;;) {
    spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.invalid', 'commit', '-q', '--allow-empty', '-m', 'more'], { stdio: 'inherit' });
    spawnSync('git', ['push', rest[0], 'HEAD:refs/heads/' + rest[1]], { stdio: 'inherit' });
    await sleep(200);
  }
if (mode === 'nest')
  for (;;) {
    appendFileSync('beats/nest', 'try\\n');
    spawnSync('writ', ['spawn', '--agent', rest[0] ?? 'sub', '--purpose', 'keep testing', '--allow', 'file.read', '--allow', 'file.write', '--allow', 'shell.run', '--', 'node', 'agents/night.mjs', 'beat', rest[0] ?? 'sub', rest[1] ?? '0'], { stdio: 'inherit' });
    await sleep(300);
    if (rest[1] !== undefined) break;
  }
if (mode === 'run') process.exit(spawnSync(rest[0], rest.slice(1), { stdio: 'inherit' }).status ?? 1);
`;

const git = (cwd: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], { cwd, encoding: 'utf8' });

/** Creates the repository with its remotes; `tasks` is the checklist of the mission. */
export function createRepository(
  place: string,
  options: {
    readonly tasks: readonly string[];
    readonly remotes?: Readonly<Record<string, string>>;
    readonly frontMatter?: readonly string[];
  },
): string {
  const root = join(place, 'night');
  mkdirSync(join(root, 'agents'), { recursive: true });
  git(place, 'init', '-q', '-b', 'main', root);
  writeFileSync(join(root, 'agents/night.mjs'), agent);
  writeFileSync(join(root, 'README.md'), '# Night\n');
  writeFileSync(join(root, '.gitignore'), 'beats/\n');
  const front = [
    'title: Night',
    'project: night',
    'preset: pr',
    'branch_prefix: feat/x',
    'conditions:',
    '  - branch feat/x is not frozen',
    'expires_in: 2h',
    'delegation: 1',
    ...(options.frontMatter ?? []),
  ];
  writeFileSync(
    join(root, 'mission.md'),
    `---\n${front.join('\n')}\n---\n\n# Night\n\nWork until told otherwise.\n\n## Work\n\n${options.tasks.join('\n')}\n`,
  );
  git(root, 'add', '-A');
  git(root, 'commit', '-q', '-m', 'start');
  for (const [name, url] of Object.entries(options.remotes ?? {})) {
    git(root, 'remote', 'add', name, url);
    git(root, 'push', '-q', name, 'main:refs/heads/start');
  }
  return root;
}

/** The lines in a file an agent appends to; 0 while it does not exist. */
export const linesIn = async (path: string): Promise<number> => {
  try {
    return (await readFile(path, 'utf8')).split('\n').length - 1;
  } catch {
    return 0; // not written yet
  }
};
