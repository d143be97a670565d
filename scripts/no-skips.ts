/**
 * A vitest plugin that fails a run in which a test did not run: skipped, marked `todo`, or skipped by itself.
 * It is installed under `CI=true` only and cannot be lost to a `--reporter` option. It judges nothing else about a run.
 */
import type { Reporter, TestModule } from 'vitest/node';
import type { Plugin } from 'vitest/config';

/** The full names of the tests of a finished run that did not run, each with its file. */
function skippedTests(modules: readonly TestModule[]): readonly string[] {
  return modules.flatMap((module) =>
    [...module.children.allTests('skipped')].map((test) => `${module.relativeModuleId} > ${test.fullName}`),
  );
}

/** The plugin: after the run, names every skipped test on stderr and sets a failing exit code. */
export function noSkips(): Plugin {
  const reporter: Reporter = {
    onTestRunEnd(modules) {
      const skipped = skippedTests(modules);
      if (skipped.length === 0) return;
      process.stderr.write(`\n${skipped.length} skipped, and in CI every test runs:\n  ${skipped.join('\n  ')}\n`);
      process.exitCode = 1;
    },
  };
  return {
    name: 'writ:no-skips',
    configureVitest({ vitest }) {
      if (!vitest.config.reporters.includes(reporter)) vitest.config.reporters.push(reporter);
    },
  };
}
