/**
 * Runs the `writ` command: the only place that ends the process. Loads nothing but what the command needs; `--version` is answered before it, in
 * writ.js.
 */

import { existsSync } from 'node:fs';
import { enableCompileCache, getCompileCacheDir } from 'node:module';
import { join } from 'node:path';

const argv = process.argv.slice(2);

// A reader that went away (`writ log | head`) is no error of ours.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });

// What Node made of these files, kept beside them where setup made room for it: `writ` itself writes nothing there that changes what it does.
const compiled = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'writ');
if (getCompileCacheDir() === undefined && existsSync(compiled)) enableCompileCache(compiled);
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
