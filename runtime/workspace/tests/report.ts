/** What a report of tests says, whatever wrote it. */

import type { FailingTest } from '../../session/workspace-fact.ts';

export type TestReport = {
  /** Which runner, or the format where nobody knows the runner. */
  readonly runner: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failing: readonly FailingTest[];
};

/** How many of the failing tests a report names. */
export const mostFailing = 100;
const mostChars = 1_000;

/** A failing test within the bounds of a fact. */
export const failing = (name: string, message: string, file: string | null = null): FailingTest => ({
  name: name.trim().slice(0, 500).toWellFormed(),
  file: file === null ? null : file.slice(0, 500).toWellFormed(),
  message: message.trim().slice(0, mostChars).toWellFormed(),
});

/** A report of `all`; null where it saw no test. */
export function reportOf(
  runner: string,
  counts: { readonly passed: number; readonly failed: number; readonly skipped: number },
  all: readonly FailingTest[],
): TestReport | null {
  const { passed, failed, skipped } = counts;
  const total = passed + failed + skipped;
  if (!Number.isSafeInteger(total) || total === 0) return null;
  return { runner, passed, failed, skipped, failing: all.slice(0, mostFailing) };
}
