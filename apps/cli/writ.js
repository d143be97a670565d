#!/usr/bin/env node
/**
 * The first file of the `writ` program, in plain JavaScript: what it does, it does before Node loads what strips types. `--version` is answered
 * here, and what Node compiled of all other files is looked for. Everything else is main.ts.
 */

import { existsSync, readFileSync } from 'node:fs';
import { enableCompileCache, getCompileCacheDir } from 'node:module';
import { fileURLToPath } from 'node:url';

const [first, ...others] = process.argv.slice(2);

if (others.length === 0 && (first === '--version' || first === '-V')) {
  const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));
  process.stdout.write(`${version}\n`);
} else {
  // Beside the files themselves, where setup made room for it: `writ` itself writes nothing there that changes what it does.
  const compiled = fileURLToPath(new URL('../../node_modules/.cache/writ', import.meta.url));
  if (getCompileCacheDir() === undefined && existsSync(compiled)) enableCompileCache(compiled);
  await import('./main.ts');
}
