/** A program that swaps folders for links while its files are put back: nothing outside is touched, and in the end all is as it was. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RuleKeeper } from './rule-keeper.ts';
import { keepRules } from './rule-keeper.ts';

let base: string;
const at = (...parts: string[]): string => join(base, ...parts);
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'writ-rules-')));
  for (const side of ['work', 'pristine']) {
    mkdirSync(at(side, '.claude/hooks'), { recursive: true });
    writeFileSync(at(side, '.claude/settings.json'), 'as it was');
    writeFileSync(at(side, '.claude/hooks/a.sh'), 'a hook');
  }
  for (const name of ['taken', 'outside', 'outside/hooks']) mkdirSync(at(name));
  for (const name of ['settings.json', 'hooks/a.sh', 'hooks/kept']) writeFileSync(at('outside', name), 'the person’s');
});
afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

const keeper = (): RuleKeeper =>
  keepRules(
    [
      {
        root: at('work'),
        pristine: at('pristine'),
        names: ['.claude/settings.json', '.claude/settings.local.json', '.claude/hooks'],
        resource: (path) => path,
      },
    ],
    at('taken'),
  );

const tree = (path: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(path.length), readFileSync(file, 'utf8')]),
  );

test.runIf(process.platform === 'linux')('links that come and go lead nowhere', async () => {
  const outside = tree(at('outside'));
  const kept = keeper();
  const swapping = `
    while :; do
      mv .claude aside 2>/dev/null; ln -s ../outside .claude 2>/dev/null; rm -f .claude 2>/dev/null; mv aside .claude 2>/dev/null
      mv .claude/hooks .claude/away 2>/dev/null; ln -s ../../outside/hooks .claude/hooks 2>/dev/null
      rm -f .claude/hooks 2>/dev/null; mv .claude/away .claude/hooks 2>/dev/null
      ln -sf ../../outside/settings.json .claude/settings.json; mkfifo .claude/settings.local.json; echo x > .claude/hooks/b.sh
    done 2>/dev/null`;
  const child = spawn('sh', ['-c', swapping], { cwd: at('work'), stdio: 'ignore', detached: true });
  const found = new Set<string>();
  // As many looks as meet every step of the program, and until its last one was met.
  for (let looks = 0; looks < 300 || !found.has('.claude/hooks/b.sh'); looks += 1) {
    for (const path of kept.look()) found.add(path);
    await sleep(1);
  }
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await once(child, 'exit');
  for (const path of kept.settle()) found.add(path);
  expect(tree(at('outside'))).toEqual(outside);
  expect(found).toContain('.claude/hooks/b.sh');
  const governing = Object.entries(tree(at('work'))).filter(([path]) => /^\/\.claude\/(settings|hooks)/.test(path));
  expect(Object.fromEntries(governing)).toEqual(tree(at('pristine')));
});

test.runIf(process.platform === 'linux')(
  'what the agent itself took back was tried; what nobody touched is not told',
  () => {
    const kept = keeper();
    expect(kept.look()).toEqual([]);
    writeFileSync(at('work/.claude/settings.json'), 'changed!!');
    writeFileSync(at('work/.claude/settings.json'), 'as it was');
    writeFileSync(at('work/.claude/notes.md'), 'work');
    expect(kept.look()).toEqual(['.claude/settings.json']);
    rmSync(at('work/.claude/hooks'), { recursive: true });
    expect(kept.look()).toEqual(['.claude/hooks', '.claude/hooks/a.sh']);
    expect(kept.look()).toEqual([]);
    expect(readFileSync(at('work/.claude/hooks/a.sh'), 'utf8')).toBe('a hook');
  },
);
