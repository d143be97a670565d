/** A change of one file as Git would show it. Git compares a file with text it is given; nothing is written for it. */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** The lines of the change, without Git's own head; the whole text as added where there is no Git to ask. */
export async function showChange(root: string, path: string, after: string): Promise<readonly string[]> {
  const from = existsSync(join(root, path)) ? path : '/dev/null';
  const args = ['diff', '--no-index', '--no-color', '--no-ext-diff', '--no-textconv', '--', from, '-'];
  // Of no repository: what one names as a filter would be run on the file.
  const env = { ...process.env, GIT_DIR: '/dev/null' };
  const child = spawn('git', args, { cwd: root, env, stdio: ['pipe', 'pipe', 'ignore'] });
  child.on('error', () => undefined);
  // Git may end before it has read all.
  child.stdin.on('error', () => undefined);
  child.stdin.end(after);
  const said = (await text(child.stdout)).split('\n');
  const lines = said.slice(said.findIndex((line) => line.startsWith('@@')));
  return said.length > 1 ? lines.filter((line) => line !== '') : after.split('\n').map((line) => `+${line}`);
}
