/** `npm start`: makes the checkout ready, then plays the first night. Its arguments are the night's. */
import { handOver } from './hand-over.mjs';
import { ensureReady, orExplain } from './setup.mjs';

await orExplain(async () => {
  const { node } = await ensureReady();
  return handOver(node, ['apps/cli/writ.js', 'first-night', ...process.argv.slice(2)]);
});
