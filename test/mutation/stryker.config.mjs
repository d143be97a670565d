/** Which changes are made to authority/, and how many of them the tests have to find (https://stryker-mutator.io/docs/stryker-js/configuration). */

export default {
  plugins: ['@stryker-mutator/vitest-runner'],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  mutate: ['authority/**/*.ts', '!authority/**/*.test.ts', '!authority/test-support/**'],
  ignorePatterns: ['**', '!authority/**', '!package.json', '!tsconfig.json', '!test/mutation/vitest.config.ts'],
  coverageAnalysis: 'perTest',
  incremental: true,
  incrementalFile: 'test/mutation/.stryker/incremental.json',
  reporters: ['clear-text', 'progress-append-only', 'json'],
  jsonReporter: { fileName: 'test/mutation/.stryker/report.json' },
  clearTextReporter: { allowColor: false, reportTests: false, reportMutants: true },
  allowConsoleColors: false,
  tempDirName: 'test/mutation/.stryker/tmp',
  concurrency: 2,
  timeoutMS: 10_000,
  warnings: { slow: false },
  thresholds: { high: 95, low: 90, break: 90 },
};
