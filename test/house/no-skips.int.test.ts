/** In CI a test that did not run fails the run, whatever reporter was asked for. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'writ-skips-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'));
writeFileSync(
  join(scratch, 'vitest.config.ts'),
  `import { noSkips } from ${JSON.stringify(join(root, 'scripts/no-skips.ts'))}; export default { plugins: [noSkips()] };`,
);

function runTests(body: string) {
  writeFileSync(
    join(scratch, 'one.test.ts'),
    `import { expect, it } from 'vitest'; it('runs', () => expect(1).toBe(1)); ${body}`,
  );
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const ran = spawnSync(process.execPath, [vitest, 'run', '--root', scratch, '--reporter=dot'], { encoding: 'utf8' });
  return { code: ran.status, err: ran.stderr };
}

it.each([
  ['skipped', `it.skip('is left out', () => {});`],
  ['to do', `it.todo('is left out');`],
  ['given up by itself', `it('is left out', (context) => context.skip());`],
])('a test that is %s fails the run and is named', (_what, body) => {
  const { code, err } = runTests(body);
  expect(code).toBe(1);
  expect(err).toContain('one.test.ts > is left out');
});

it('a run in which every test ran passes', () => {
  expect(runTests('')).toMatchObject({ code: 0 });
});
