#!/usr/bin/env node
/**
 * The first file of the `writ` program, in plain JavaScript: what it does, it does before Node loads what strips types. `--version` is answered
 * here, what Node compiled of all other files is looked for, and a start at a terminal is handed to the launcher that stands by, where one does. Everything else is main.ts.
 */

import { existsSync, readFileSync } from 'node:fs';
import { enableCompileCache, getCompileCacheDir } from 'node:module';
import { fileURLToPath } from 'node:url';

const [first = '', ...others] = process.argv.slice(2);

/** Its exit code; null where main.ts is to run it. */
async function byStandby() {
  if (first === 'stand-by') return (await import('./standby/main.ts')).main();
  if (!['claude', 'codex', 'exec', 'gemini', 'opencode'].includes(first)) return null;
  return (await import('./standby/front.ts')).startByStandby([first, ...others]);
}

if (others.length === 0 && (first === '--version' || first === '-V')) {
  const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));
  process.stdout.write(`${version}\n`);
} else {
  // Beside the files themselves, where setup made room for it: `writ` itself writes nothing there that changes what it does.
  const compiled = fileURLToPath(new URL('../../node_modules/.cache/writ', import.meta.url));
  if (getCompileCacheDir() === undefined && existsSync(compiled)) enableCompileCache(compiled);
  const code = await byStandby();
  if (code === null) await import('./main.ts');
  else process.exit(code);
}
