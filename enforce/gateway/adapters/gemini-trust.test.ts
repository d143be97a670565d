import { mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { geminiAdapter } from './gemini.ts';

test('what a person trusts is kept where they have it, not in a folder that ends with the session', async () => {
  using home = mkdtempDisposableSync(join(tmpdir(), 'writ-gemini-'));
  mkdirSync(join(home.path, '.gemini'));
  writeFileSync(join(home.path, '.gemini/settings.json'), '{}');
  const kept = join(home.path, '.gemini/trustedFolders.json');
  const start = (env: Record<string, string>) =>
    geminiAdapter.start({
      hook: { url: 'http://127.0.0.1:9/gemini', urlVariable: 'WRIT_HOOK_URL', tokenVariable: 'WRIT_HOOK_TOKEN' },
      ...{ patienceS: 600, folder: '/session', program: '/bin/gemini', argv: [], home: home.path, env },
      ...{ cwd: '/repo', cache: '/cache', contained: true, context: null },
    });
  expect(await start({})).toMatchObject({ env: { GEMINI_CLI_TRUSTED_FOLDERS_PATH: kept } });
  const theirs = { GEMINI_CLI_TRUSTED_FOLDERS_PATH: '/elsewhere/trusted.json' };
  expect(await start(theirs)).toMatchObject({ env: theirs });
});
