/**
 * Runs the tests of authority/ against one change after another in one process (a test runner of Stryker, https://stryker-mutator.io/docs/stryker-js/guides/create-a-plugin).
 *
 * Starting vitest anew for each of thousands of changes costs far more than the tests, which are pure and quick. Here each change gets a fresh
 * evaluation of all modules (`module-graph.mjs`) and only the tests that reach it, those named for the changed file first, until one of them fails.
 * A test file that does not load fails.
 */
import { readdirSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { testCollector } from './collect-tests.mjs';
import { moduleGraph } from './module-graph.mjs';

/** The laws, the differential test and the adversary draw thousands of cases: they would find much of the same, in minutes for each change that nothing finds. */
const leftOut = /(?:laws|differential|adversary)\.test\.ts$/;
const testFiles = readdirSync('authority', { recursive: true })
  .map((name) => `authority/${name.split(sep).join('/')}`)
  .filter((name) => name.endsWith('.test.ts') && !leftOut.test(name))
  .sort();

const failureOf = (error) => ({ status: TestStatus.Failed, failureMessage: String(error?.message ?? error) });

async function run({ id, fileName, run }, began = performance.now()) {
  const outcome = await Promise.try(run).then(() => ({ status: TestStatus.Success }), failureOf);
  return { id, name: id, fileName, timeSpentMs: performance.now() - began, ...outcome };
}

/** A fresh evaluation of everything: gives the tests of one file after another, or that it does not load. */
function freshTests() {
  const { tests, within, vitest } = testCollector();
  const load = moduleGraph({ vitest });
  return async (file) => {
    const before = tests.length;
    within(file);
    try {
      await load(file);
    } catch (error) {
      const id = `${file} loads`;
      return [{ id, fileName: file, run: () => Promise.reject(error) }];
    }
    return tests.slice(before);
  };
}

/** How near a test file is to a changed one: the file's own, its folder's, any other. */
const distance = (test, changed) =>
  test === changed.replace(/\.ts$/, '.test.ts') ? 0 : dirname(test) === dirname(changed) ? 1 : 2;

class InProcessRunner {
  /** Where the changed code looks up which change is on, and writes down what was reached. */
  state = (globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] = {});

  capabilities() {
    return { reloadEnvironment: true };
  }

  /** Every test once, each file by itself, so that no file profits from what another one made ready. */
  async dryRun() {
    const { state } = this;
    const tests = [];
    for (const file of testFiles) {
      for (const test of await freshTests()(file)) {
        state.currentTestId = test.id;
        tests.push(await run(test));
        state.currentTestId = undefined;
      }
    }
    return { status: DryRunStatus.Complete, tests, mutantCoverage: state.mutantCoverage };
  }

  async mutantRun({ activeMutant, mutantActivation, sandboxFileName, testFilter, hitLimit, disableBail }) {
    const { state } = this;
    const changed = relative(process.cwd(), sandboxFileName).split(sep).join('/');
    const wanted = testFilter && new Set(testFilter);
    const files = testFiles
      .filter((file) => !testFilter || testFilter.some((id) => id.startsWith(`${file} `)))
      .toSorted((a, b) => distance(a, changed) - distance(b, changed));
    const testsOf = freshTests();
    const results = [];
    const isOver = () => !disableBail && results.some(({ status }) => status === TestStatus.Failed);
    const atLoad = mutantActivation === 'static' ? activeMutant.id : undefined;
    Object.assign(state, { hitCount: 0, hitLimit });
    for (const file of files) {
      if (isOver()) break;
      state.activeMutant = atLoad;
      const tests = await testsOf(file);
      state.activeMutant = activeMutant.id;
      for (const test of tests) {
        if (isOver()) break;
        if (!wanted || wanted.has(test.id) || test.id === `${file} loads`) results.push(await run(test));
      }
    }
    state.activeMutant = undefined;
    return toMutantRunResult(
      determineHitLimitReached(state.hitCount, hitLimit) ?? { status: DryRunStatus.Complete, tests: results },
    );
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner)];
