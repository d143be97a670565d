/**
 * What the mutation tester runs against each change of authority/: its tests by example, which name the rule they hold. The laws and the differential test draw
 * thousands of cases and are left out: they would find much of the same, in minutes for each change that nothing finds.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['authority/**/*.test.ts'],
    exclude: ['**/laws.test.ts', '**/differential.test.ts'],
    // One process runs all files of a change; each change has a fresh one, so that tables built at load are built from it.
    isolate: false,
    testTimeout: 30_000,
  },
});
