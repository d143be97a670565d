/** Exports of every released version are proved by today's `writ audit verify`; one that needs a newer reader is refused with the way out. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verifyExport } from '@writ/journal';

const released = import.meta.dirname;
const versions = readdirSync(released).filter((name) => /^\d/.test(name));

test.each(versions)('what %s exported verifies', async (version) => {
  const { journals, isSigned } = await verifyExport(join(released, version, 'night'), []);
  for (const report of Object.values(journals)) expect(report).toMatchObject({ ok: true, findings: [] });
  expect([Object.keys(journals).sort(), isSigned]).toEqual([['control', 'runtime'], true]);
});

test('an export that needs a newer reader is refused, not misread', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'writ-released-'));
  try {
    cpSync(join(released, versions[0] ?? '', 'night'), folder, { recursive: true });
    const path = join(folder, 'manifest.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"reader": 1', '"reader": 2'));
    await expect(verifyExport(folder, [])).rejects.toThrow(
      /needs reader `2` of exports and this one is `1`; upgrade writ$/,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
