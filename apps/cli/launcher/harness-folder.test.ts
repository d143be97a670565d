import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startOf } from '../place/process-identity.ts';
import { openHarnessFolder } from './harness-folder.ts';

let dir = '';
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'writ-folder-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('what a launcher that was killed left goes with the next start, and nothing else does', async () => {
  const launcher = spawn('sleep', ['600'], { stdio: 'ignore' });
  await once(launcher, 'spawn');
  const { path: first, [Symbol.dispose]: forget } = openHarnessFolder(dir);
  writeFileSync(join(first, 'settings.json'), '{}');
  // As that launcher would have called it.
  const [pid, started] = [launcher.pid ?? 0, startOf(launcher.pid ?? 0) ?? ''];
  const theirs = join(dir, `harness-${String(pid)}-${Buffer.from(started).toString('base64url')}-abcdef`);
  renameSync(first, theirs);
  mkdirSync(join(dir, 'kept'));
  writeFileSync(join(dir, 'harnesses.json'), '{}');
  const own = openHarnessFolder(dir);
  expect(existsSync(theirs), 'of one that runs').toBe(true);
  launcher.kill('SIGKILL');
  await once(launcher, 'exit');
  using next = openHarnessFolder(dir);
  expect(readdirSync(dir).toSorted()).toEqual(
    [basename(own.path), basename(next.path), 'harnesses.json', 'kept'].toSorted(),
  );
  own[Symbol.dispose]();
  forget();
  expect(existsSync(own.path)).toBe(false);
});
