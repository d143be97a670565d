import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { observeLater } from './observe-later.ts';

test('what was killed in flight is looked for afterwards, and only a landing is called one', async () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'writ-look-')));
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
        cwd: dir,
        encoding: 'utf8',
      }).trim();
    git('init', '-q', '-b', 'main');
    git('commit', '-q', '--allow-empty', '-m', 'one');
    const oid = git('rev-parse', 'main');
    const look = (ref: string, signal = new AbortController().signal) =>
      observeLater(
        { address: { url: `file://${dir}`, env: {}, secrets: [] }, ref, new: oid },
        { signal, looks: [10, 20] },
      );
    expect(await look('refs/heads/main')).toMatchObject({ outcome: 'done' });
    expect(await look('refs/heads/other')).toEqual({
      outcome: 'unknown',
      evidence: '20 ms after the stop the remote showed no such ref at refs/heads/other',
    });
    expect(await look('refs/heads/main', AbortSignal.abort())).toBeNull();
  } finally {
    rmSync(dir, { recursive: true });
  }
});
