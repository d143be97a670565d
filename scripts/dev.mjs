/**
 * `npm run dev`: Writ in the foreground from these sources, its state in .writ-dev/ and not in the person's own home, started again when a
 * source changes. Ctrl-C ends it. Arguments go to `writ up`.
 */
import { join } from 'node:path';
import { handOver } from './hand-over.mjs';
import { ensureReady, orExplain, root } from './setup.mjs';

const rooms = ['authority', 'control', 'enforce', 'runtime', 'platform', 'apps'];

await orExplain(async () => {
  const { node } = await ensureReady();
  process.env.WRIT_HOME = join(root, '.writ-dev');
  const watch = rooms.map((room) => `--watch-path=${join(root, room)}`);
  return handOver(node, [
    ...watch,
    '--watch-preserve-output',
    'apps/cli/writ.js',
    'up',
    '--foreground',
    ...process.argv.slice(2),
  ]);
});
