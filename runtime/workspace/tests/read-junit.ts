/** JUnit XML, as every runner writes its own. No entity is resolved, and a document that is none is no report. */

import { XMLParser } from 'fast-xml-parser';
import type { FailingTest } from '../../session/workspace-fact.ts';
import type { TestReport } from './report.ts';
import { failing, reportOf } from './report.ts';

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  // Of the standard five alone: nothing a document declares is expanded.
  processEntities: { enabled: true, maxEntityCount: 0 },
  isArray: (name) => ['testsuite', 'testcase', 'failure', 'error'].includes(name),
});

type Node = { readonly [key: string]: unknown };
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
const nodes = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
/** Suites within suites, deeper than any runner writes. */
const deepest = 32;

/** What the document says; null where it is no JUnit report. */
export function readJunit(document: string): TestReport | null {
  const parsed = parse(document);
  if (!isNode(parsed)) return null;
  const root = isNode(parsed['testsuites']) ? parsed['testsuites'] : parsed;
  const cases = casesIn(root, 0);
  if (cases.length === 0) return null;
  const failed = cases.flatMap(failureOf);
  const skipped = cases.filter((one) => 'skipped' in one).length;
  return reportOf('junit', { passed: cases.length - failed.length - skipped, failed: failed.length, skipped }, failed);
}

function parse(document: string): unknown {
  try {
    return parser.parse(document) as unknown;
  } catch {
    return null; // not XML
  }
}

function casesIn(node: Node, depth: number): readonly Node[] {
  if (depth > deepest) return [];
  return [
    ...nodes(node['testcase']).filter(isNode),
    ...nodes(node['testsuite'])
      .filter(isNode)
      .flatMap((suite) => casesIn(suite, depth + 1)),
  ];
}

function failureOf(one: Node): readonly FailingTest[] {
  const [found] = [...nodes(one['failure']), ...nodes(one['error'])];
  if (found === undefined) return [];
  const name = [text(one['@classname']), text(one['@name'])].filter((part) => part !== '').join(' › ');
  const message = isNode(found) ? text(found['@message']) || text(found['#text']) : text(found);
  return [failing(name, message, text(one['@file']) || null)];
}
