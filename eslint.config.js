/**
 * Lint, with types: what the compiler lets through and a reader would stop at.
 * Formatting is Prettier's, import directions are dependency-cruiser's, dead exports are knip's.
 */
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { purity } from './scripts/lint/pure-files.ts';
import { reasonedCast } from './scripts/lint/reasoned-cast.js';

const tests = ['**/*.test.ts', 'test/**/*.ts', 'bench/**/*.ts'];

export default defineConfig(
  {
    name: 'writ/ignored',
    ignores: ['**/node_modules/**', '**/dist/**', '**/coverage/**', '.writ-dev/**', '**/.stryker/**'],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    name: 'writ/typescript',
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { writ: { rules: { 'reasoned-cast': reasonedCast } } },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'writ/reasoned-cast': 'error',
      // reasoned-cast asks for a reason instead of forbidding.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // A new member of a union must be met by every switch over it, `default` or not.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, allowDefaultCaseForExhaustiveSwitch: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Off where they cry wolf: flags changed in a closure, defensive reads at an edge, `return response.end()`.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      // An implementation of an asynchronous port may have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      eqeqeq: 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'only apps/cli/main.ts ends the process; return or throw' },
      ],
    },
  },
  {
    name: 'writ/evolve-has-no-default',
    files: ['**/evolve.ts', '**/core/**/*.ts', '**/decide.ts'],
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false, allowDefaultCaseForExhaustiveSwitch: false },
      ],
    },
  },
  purity,
  {
    name: 'writ/tests',
    files: tests,
    rules: {
      'writ/reasoned-cast': 'off',
      'no-restricted-properties': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  { name: 'writ/the-end-of-the-process', files: ['apps/cli/main.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    name: 'writ/plain-javascript',
    files: ['**/*.{js,mjs,cjs}'],
    rules: {
      'no-unused-vars': 'error',
      'no-undef': 'off',
      eqeqeq: 'error',
      'no-empty': 'error',
      'prefer-const': 'error',
    },
  },
);
