/**
 * The rules for files that decide (AGENTS.md), each shown to catch what it forbids, in every kind of file they hold for, and nowhere else.
 */
import { createRequire } from 'node:module';
import { join, matchesGlob } from 'node:path';
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';
import { pureFiles } from '../../scripts/lint/pure-files.ts';

const root = join(import.meta.dirname, '../..');
const config = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as IConfiguration;
const rooms = ['authority', 'control', 'enforce', 'runtime', 'platform'];
const purityRules = ['no-restricted-syntax', 'no-restricted-globals', 'no-restricted-imports'];

/** The project's own configuration; rules that need types are off, because the planted files are not on disk. */
const eslint = new ESLint({
  cwd: root,
  errorOnUnmatchedPattern: false,
  overrideConfig: [tseslint.configs.disableTypeChecked],
});

async function impurities(path: string, text: string) {
  const [result] = await eslint.lintText(`${text}\n`, { filePath: join(root, path) });
  const messages = result?.messages ?? [];
  expect(messages.filter(({ fatal }) => fatal)).toEqual([]);
  return messages.filter(({ ruleId }) => ruleId !== null && purityRules.includes(ruleId));
}

const impure = [
  ['the clock', 'export const now = () => Date.now();'],
  ['the clock by another spelling', `export const now = () => Date['now']();`],
  ['the clock as a date', 'export const now = () => new Date();'],
  ['the clock as text', 'export const now = () => Date();'],
  ['the monotonic clock', 'export const now = () => performance.now();'],
  ['randomness', 'export const id = () => Math.random();'],
  ['random ids', 'export const id = () => crypto.randomUUID();'],
  ['a Node built-in', `import { readFileSync } from 'node:fs'; export { readFileSync };`],
  ['a Node built-in without its prefix', `import { readFileSync } from 'fs'; export { readFileSync };`],
  ['the environment', 'export const home = () => process.env;'],
  ['a timer', 'export const later = (f: () => void) => setTimeout(f, 1);'],
  ['an asynchronous function', 'export async function wait() {}'],
  ['an asynchronous arrow', 'export const wait = async () => {};'],
  ['a promise', 'export const wait = () => Promise.resolve();'],
  ['the type of a promise', 'export type Waiting = Promise<void>;'],
  ['await at the top', 'await 1; export {};'],
  ['a module loaded later', `export const later = () => import('./other.ts');`],
  ['the network', `export const call = () => fetch('https://example.com');`],
  ['the global object', 'export const all = () => globalThis;'],
  ['the locale of the machine', `export const order = (a: string, b: string) => a.localeCompare(b);`],
] as const;

const samples = [
  'authority/verdict/new-rule.ts',
  'runtime/session/core/fold.ts',
  'enforce/classify/core/table.ts',
  'control/mandate/decide.ts',
  'runtime/attention/evolve.ts',
  'control/mandate/lifecycle.ts',
  'runtime/mission/schedule.ts',
  'runtime/mission/plan-lint.ts',
];

const notPure = ['control/mandate/store.ts', 'runtime/session/clock.ts', 'authority/verdict/new-rule.test.ts'];

describe('a pure file', () => {
  it.each(impure)('may not have %s', async (_what, text) => {
    expect(await impurities('authority/verdict/new-rule.ts', text)).not.toEqual([]);
  });

  it.each(samples)('is every file like %s', async (path) => {
    expect(await impurities(path, 'export const now = () => Date.now();')).not.toEqual([]);
  });

  it.each(notPure)('is not %s', async (path) => {
    expect(await impurities(path, 'export const now = () => Date.now();')).toEqual([]);
  });

  it('may read an instant it was given, and compute', async () => {
    const text = 'export const year = (at: number) => Math.floor(new Date(at).getUTCFullYear());';
    expect(await impurities('authority/verdict/new-rule.ts', text)).toEqual([]);
  });
});

/** For each chosen file, one way it has, through imports of values, to a Node built-in; nothing for a file that has none. */
async function roadsToNode(isChosen: (file: string) => boolean): Promise<readonly string[]> {
  const { output } = await cruise(rooms, { ...config.options, baseDir: root }, undefined, {
    tsConfig: extractTSConfig(join(root, 'tsconfig.json')),
  });
  const { modules } = output as ICruiseResult;
  const imports = new Map(modules.map(({ source, dependencies }) => [source, dependencies]));
  const roadFrom = (start: string) => {
    const roads = [[start]];
    const seen = new Set(roads.flat());
    for (const road of roads) {
      for (const { coreModule, dependencyTypes, resolved } of imports.get(road.at(-1) ?? '') ?? []) {
        if (dependencyTypes.includes('type-only') || seen.has(resolved)) continue;
        if (coreModule) return [[...road, resolved].join(' → ')];
        seen.add(resolved);
        roads.push([...road, resolved]);
      }
    }
    return [];
  };
  return modules.filter(({ source }) => isChosen(source)).flatMap(({ source }) => roadFrom(source));
}

describe('the real pure files', () => {
  it('obey', async () => {
    const results = await eslint.lintFiles(rooms.map((room) => `${room}/**/*.ts`));
    const found = results.flatMap(({ filePath, messages }) =>
      messages
        .filter(({ ruleId }) => ruleId !== null && purityRules.includes(ruleId))
        .map(({ line, message }) => `${filePath}:${line} ${message}`),
    );
    expect(found).toEqual([]);
    expect(results.length).toBeGreaterThan(0);
  }, 120_000);

  it('reach no Node built-in through what they import', async () => {
    const isPure = (file: string) => pureFiles.some((glob) => matchesGlob(file, glob)) && !file.endsWith('.test.ts');
    expect(await roadsToNode(isPure)).toEqual([]);
    expect(await roadsToNode((file) => file === 'platform/journal/index.ts')).toHaveLength(1);
  }, 120_000);
});
