/** The Test Anything Protocol, by the parser of node-tap. A suite is counted by what is in it. */

import type { Result } from 'tap-parser';
import { Parser } from 'tap-parser';
import type { FailingTest } from '../../session/workspace-fact.ts';
import type { TestReport } from './report.ts';
import { failing, reportOf } from './report.ts';

/** What `output` says in TAP; null where it is none. */
export function readTap(output: string): TestReport | null {
  if (!/^(?:TAP version \d+|1\.\.\d+(?:\s|$)|not ok \d+|ok \d+)/m.test(output)) return null;
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failed: FailingTest[] = [];
  follow(new Parser(), [], counts, failed).end(output.slice(firstLine(output)));
  return reportOf('tap', counts, failed);
}

/** What stands before is a program's own. */
const firstLine = (output: string): number =>
  Math.max(0, output.search(/^(?:TAP version|1\.\.\d|(?:not )?ok \d|# Subtest)/m));

function follow(
  parser: Parser,
  path: readonly string[],
  counts: { passed: number; failed: number; skipped: number },
  failed: FailingTest[],
): Parser {
  const suites = new Set<string>();
  parser.on('child', (child: Parser) => {
    suites.add(child.name);
    follow(child, [...path, child.name], counts, failed);
  });
  parser.on('assert', (result: Result) => {
    // Of node-tap and Node's own runner alike: a suite says once more what its tests said.
    const diag = diagnosisOf(result);
    if (
      suites.has(result.name) &&
      (diag === null || diag['type'] === 'suite' || diag['failureType'] === 'subtestsFailed')
    )
      return;
    if (result.skip !== false || result.todo !== false) counts.skipped += 1;
    else if (result.ok) counts.passed += 1;
    else {
      counts.failed += 1;
      const said = diag?.['error'] ?? diag?.['message'];
      failed.push(failing([...path, result.name].join(' › '), typeof said === 'string' ? said : '', fileOf(diag)));
    }
  });
  return parser;
}

type Diagnosis = Readonly<Record<string, unknown>>;

/** YAML that a program wrote: anything. */
function diagnosisOf(result: Result): Diagnosis | null {
  const diag: unknown = result.diag;
  return typeof diag === 'object' && diag !== null ? (diag as Diagnosis) : null; // an object by the test
}

function fileOf(diag: Diagnosis | null): string | null {
  const at = diag?.['location'];
  return typeof at === 'string' ? at : null;
}
