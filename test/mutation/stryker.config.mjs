/** Which changes are made to authority/, and how many of them the tests have to find (https://stryker-mutator.io/docs/stryker-js/configuration). */
import { fileURLToPath } from 'node:url';

export default {
  plugins: [fileURLToPath(new URL('in-process-runner.mjs', import.meta.url))],
  testRunner: 'in-process',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  mutate: ['authority/**/*.ts', '!authority/**/*.test.ts', '!authority/test-support/**'],
  ignorePatterns: ['**', '!authority/**', '!package.json', '!tsconfig.json'],
  coverageAnalysis: 'perTest',
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
