#!/usr/bin/env node
/**
 * The `writ` program's entry: the only place that ends the process. Loads nothing but what the command needs; `--version` loads nothing at all.
 */

import { existsSync, readFileSync } from 'node:fs';
import { enableCompileCache, getCompileCacheDir } from 'node:module';

const argv = process.argv.slice(2);

// A reader that went away (`writ log | head`) is no error of ours.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  // The shape is this package's own manifest.
  const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  process.stdout.write(`${version}\n`);
} else {
  const { findHome } = await import('./place/home.ts');
  // Only in the person's own folder, and only once `writ up` has made it: `writ` alone writes nothing.
  const { cache } = findHome(process.env);
  if (getCompileCacheDir() === undefined && existsSync(cache)) enableCompileCache(cache);
  const { runCli } = await import('./run-cli.ts');
  process.exit(
    await runCli(argv, {
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      env: process.env,
      cwd: process.cwd(),
      now: Date.now,
    }),
  );
}
