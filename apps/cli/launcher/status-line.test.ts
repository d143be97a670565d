import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Standing } from './status-line.ts';
import { keepStatus, statusText } from './status-line.ts';

const plain: Standing = { preset: 'worktree', mission: null, standsStill: false, leftMs: null, waiting: null };

test.each<[Partial<Standing>, string]>([
  [{}, 'writ worktree · in force'],
  [{ leftMs: 11 * 3_600_000 + 59 * 60_000, waiting: 0 }, 'writ worktree · in force · 11 h 59 min left'],
  [{ leftMs: 59_999, waiting: 1 }, 'writ worktree · in force · less than a minute left · 1 waits: writ inbox'],
  [
    { leftMs: -1, standsStill: true, waiting: 3 },
    'writ worktree · stands still · its time is over · 3 wait: writ inbox',
  ],
  [{ mission: 'mission-1', leftMs: 60_000 }, 'writ worktree beside mission-1 · in force · 1 min left'],
])('%j', (some, line) => {
  expect(statusText({ ...plain, ...some })).toBe(line);
});

test('the file holds one line, and the one before where nothing could be found out', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'writ-status-'));
  vi.useFakeTimers();
  try {
    const path = join(dir, 'status');
    let look = (): Promise<Standing> => Promise.resolve({ ...plain, waiting: 2 });
    using _ = keepStatus(path, () => look());
    await vi.advanceTimersByTimeAsync(1);
    const line = 'writ worktree · in force · 2 wait: writ inbox\n';
    expect(readFileSync(path, 'utf8')).toBe(line);
    look = () => Promise.reject(new Error('control is away'));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(readFileSync(path, 'utf8')).toBe(line);
  } finally {
    vi.useRealTimers();
    rmSync(dir, { recursive: true });
  }
});
