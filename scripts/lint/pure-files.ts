/**
 * The ESLint rules for files that decide: same arguments, same answer, on every machine and at every time.
 * Time, ids, digests and keys arrive as arguments; nothing waits, nothing reads the machine (AGENTS.md).
 * What a pure file reaches through its imports is judged by test/house/purity.test.ts.
 */
import { builtinModules } from 'node:module';
import type { Linter } from 'eslint';

/** The files the rules hold for. Tests beside them are exempt. */
export const pureFiles: string[] = [
  'authority/**/*.ts',
  '**/core/**/*.ts',
  '**/decide.ts',
  '**/evolve.ts',
  'control/**/lifecycle.ts',
  'runtime/mission/schedule.ts',
  'runtime/mission/agenda.ts',
  'runtime/mission/shared-list.ts',
  'runtime/mission/plan*.ts',
];

const argument = 'it arrives as an argument in a pure file';
const ambientGlobals = [
  'process',
  'crypto',
  'performance',
  'fetch',
  'Promise',
  'Buffer',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'globalThis',
  'global',
  'Intl',
  'require',
];

const refusedSyntax: readonly (readonly [string, string])[] = [
  ['NewExpression[callee.name="Date"][arguments.length=0]', `no clock: ${argument}`],
  ['CallExpression[callee.name="Date"]', `no clock: ${argument}`],
  ['MemberExpression[object.name="Date"][property.name="now"]', `no clock: ${argument}`],
  ['MemberExpression[object.name="Date"][property.value="now"]', `no clock: ${argument}`],
  ['MemberExpression[object.name="Math"][property.name="random"]', `no randomness: ${argument}`],
  ['MemberExpression[object.name="Math"][property.value="random"]', `no randomness: ${argument}`],
  ['VariableDeclarator[init.name="Math"] > ObjectPattern', 'name functions of `Math` where they are used'],
  ['VariableDeclarator[init.name="Date"] > ObjectPattern', 'name functions of `Date` where they are used'],
  [':function[async=true]', 'a pure file is synchronous'],
  ['AwaitExpression', 'a pure file is synchronous'],
  ['ForOfStatement[await=true]', 'a pure file is synchronous'],
  ['TSTypeReference[typeName.name=/^Promise(Like)?$/]', 'a pure file is synchronous'],
  ['ImportExpression', 'a pure file is synchronous'],
  [
    'MemberExpression[property.name=/^(toLocale|localeCompare)/]',
    'no locale: the answer would differ between machines; compare code units or format by hand',
  ],
];

/** The rules themselves, one ESLint config block. */
export const purity: Linter.Config = {
  name: 'writ/pure-files',
  files: pureFiles,
  ignores: ['**/*.test.ts', '**/node_modules/**'],
  rules: {
    'no-restricted-syntax': ['error', ...refusedSyntax.map(([selector, message]) => ({ selector, message }))],
    'no-restricted-globals': [
      'error',
      ...ambientGlobals.map((name) => ({ name, message: `a pure file does not reach its surroundings; ${argument}` })),
    ],
    'no-restricted-imports': [
      'error',
      {
        paths: builtinModules.map((name) => ({ name, message: 'a pure file imports no Node built-in' })),
        patterns: [{ group: ['node:*'], message: 'a pure file imports no Node built-in' }],
      },
    ],
  },
};
