/**
 * The import rules of AGENTS.md, each shown to catch a violation planted in a small copy of the house, and the real tree shown clean.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseResult, type IConfiguration } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const config = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as IConfiguration;
const rooms = ['authority', 'control', 'enforce', 'runtime', 'platform', 'apps', 'test', 'bench', 'scripts'];

async function violations(folder: string) {
  const { ruleSet, ...options } = { ...config.options, ruleSet: { forbidden: config.forbidden ?? [] } };
  const folders = rooms.filter((room) => existsSync(join(folder, room)));
  const result = await cruise(folders, { ...options, ruleSet, validate: true, baseDir: folder }, undefined, {
    tsConfig: extractTSConfig(join(root, 'tsconfig.json')),
  });
  const { summary } = result.output as ICruiseResult;
  return summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
}

/** Rule, the file that breaks it, and the line that does. */
const planted = [
  ['authority-imports-nothing', 'authority/reads-disk.ts', `import 'node:fs';`],
  ['authority-imports-nothing', 'authority/uses-package.ts', `import 'some-package';`],
  ['authority-imports-no-room', 'authority/asks-control.ts', `import '@writ/control';`],
  ['authority-imports-no-room', 'authority/asks-control.test.ts', `import '@writ/control';`],
  ['control-imports', 'control/token/resumes.ts', `import '@writ/runtime';`],
  ['control-imports', 'control/token/resumes-type.ts', `import type { it } from '@writ/runtime';`],
  ['control-imports', 'control/effects.ts', `import '@writ/enforce';`],
  ['enforce-imports', 'enforce/stores.ts', `import '@writ/journal';`],
  ['enforce-imports', 'enforce/decides.ts', `import '@writ/control';`],
  ['runtime-imports', 'runtime/approves.ts', `import '@writ/control';`],
  ['runtime-imports', 'runtime/approves.int.test.ts', `import '@writ/control';`],
  ['journal-imports', 'platform/journal/parses.ts', `import '@writ/protocol';`],
  ['protocol-imports', 'platform/protocol/asks.ts', `import '@writ/enforce';`],
  ['server-imports', 'apps/server/starts.ts', `import '@writ/cli';`],
  ['nobody-imports-the-command', 'test/e2e/in-process.e2e.test.ts', `import '@writ/cli';`],
  ['rooms-through-their-face', 'runtime/digs.ts', `import '../enforce/client/inner.ts';`],
  ['a-look-loads-nothing', 'enforce/probe/loads.ts', `import '@writ/authority';`],
  ['rooms-by-name', 'runtime/climbs.ts', `import '../enforce/index.ts';`],
  ['visitors-through-the-face', 'test/kit/digs.ts', `import '../../enforce/client/inner.ts';`],
  ['product-needs-no-test', 'runtime/uses-kit.ts', `import '../test/kit/tool.ts';`],
  ['setup-needs-no-install', 'scripts/setup.mjs', `import 'some-package';`],
  ['no-cycles', 'enforce/left.ts', `import './right.ts';`],
] as const;

/** What every small house has: the faces, an inside, a kit, a package, and imports that are allowed. */
const house: Record<string, string> = {
  'authority/index.ts': `export const it = 1;`,
  'authority/law.test.ts': `import 'some-package'; import 'node:fs'; import './index.ts';`,
  'control/index.ts': `import '@writ/authority'; import '@writ/journal'; import '@writ/protocol'; export const it = 1;`,
  'enforce/index.ts': `import '@writ/authority'; import '@writ/protocol'; import './client/inner.ts'; export const it = 1;`,
  'enforce/client/inner.ts': `export const it = 1;`,
  'enforce/right.ts': `import './left.ts';`,
  'enforce/left.ts': `export const it = 1;`,
  'runtime/index.ts': `import '@writ/authority'; import '@writ/enforce'; import '@writ/journal'; export const it = 1;`,
  'runtime/whole.int.test.ts': `import '../test/kit/tool.ts'; import './index.ts';`,
  'platform/journal/index.ts': `import type { it as x } from '@writ/authority'; import 'node:fs'; export const it = 1;`,
  'platform/protocol/index.ts': `import '@writ/authority'; import 'some-package'; export const it = 1;`,
  'apps/server/index.ts': `import '@writ/control'; import '@writ/runtime'; import '@writ/enforce'; export const it = 1;`,
  'apps/cli/index.ts': `import '@writ/server'; import '@writ/control'; import '@writ/runtime'; export const it = 1;`,
  'test/kit/tool.ts': `import '@writ/server'; export const it = 1;`,
  'scripts/setup.mjs': `import 'node:fs';`,
  'node_modules/some-package/package.json': `{ "name": "some-package", "version": "1.0.0", "main": "index.js" }`,
  'node_modules/some-package/index.js': ``,
};

const workspaces = {
  authority: 'authority',
  control: 'control',
  enforce: 'enforce',
  runtime: 'runtime',
  journal: 'platform/journal',
  protocol: 'platform/protocol',
  server: 'apps/server',
  cli: 'apps/cli',
};

function build(folder: string, files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${text}\n`);
  }
  mkdirSync(join(folder, 'node_modules/@writ'), { recursive: true });
  for (const [name, path] of Object.entries(workspaces)) {
    const description = { name: `@writ/${name}`, type: 'module', exports: { '.': './index.ts' } };
    writeFileSync(join(folder, path, 'package.json'), JSON.stringify(description));
    symlinkSync(join(folder, path), join(folder, 'node_modules/@writ', name));
  }
}

const scratch = mkdtempSync(join(tmpdir(), 'writ-house-'));
const clean = join(scratch, 'clean');
const broken = join(scratch, 'broken');
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('import rules', () => {
  let found: Awaited<ReturnType<typeof violations>> = [];
  beforeAll(async () => {
    build(clean, house);
    build(broken, { ...house, ...Object.fromEntries(planted.map(([, path, text]) => [path, text])) });
    found = await violations(broken);
  }, 120_000);

  it.each(planted)('%s catches %s', (rule, path) => {
    expect(found).toContainEqual(expect.objectContaining({ rule, from: path }));
  });

  it('allow what AGENTS.md allows', async () => {
    expect(await violations(clean)).toEqual([]);
  });

  it('has a planted violation for every rule', () => {
    const rules = (config.forbidden ?? []).map(({ name }) => name);
    expect(rules.filter((rule) => !planted.some(([name]) => name === rule))).toEqual([]);
  });

  it('hold in the real tree', async () => {
    expect(await violations(root)).toEqual([]);
  }, 120_000);
});
