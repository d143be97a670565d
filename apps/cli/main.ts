/**
 * Runs the `writ` command: the only place that ends the process. Loads nothing but what the command needs; what comes before it is in writ.js.
 */

import { runCli } from './run-cli.ts';

const argv = process.argv.slice(2);

// A reader that went away (`writ log | head`) is no error of ours.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });

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
