/**
 * The front matter of a mission file: YAML between two `---` lines. It refuses keys it does not know, since a misspelt `conditions` would
 * silently drop what an approval was meant to depend on.
 */

import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Finding } from './plan.ts';

export type FrontMatter = {
  /** The value of a key as plain data; undefined where it is absent. */
  readonly get: (key: string) => unknown;
  /** The line of a key in the file, from 1; null where it is absent. */
  readonly lineOf: (key: string) => number | null;
};

export type SplitFile = {
  readonly frontMatter: FrontMatter;
  readonly body: string;
  /** Lines of the file before the body. */
  readonly bodyOffset: number;
  readonly findings: readonly Finding[];
};

const known = [
  'title',
  'goal',
  'project',
  'preset',
  'branch_prefix',
  'remote',
  'conditions',
  'order',
  'expires_in',
  'fresh_within',
  'agents',
  'agent',
  'allow',
  'delegation',
  'sub_agents',
  'parallel',
  'attempts',
];

/** Takes a mission file apart. A file without front matter is all body. */
export function splitFrontMatter(source: string): SplitFile {
  const text = source.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const match = /^---[ \t]*\n([\s\S]*?\n)??---[ \t]*(?:\n|$)/.exec(text);
  if (match === null) {
    const unclosed = /^---[ \t]*\n/.test(text);
    const message = 'the front matter has no closing `---`; put one on a line of its own before the text';
    return {
      frontMatter: empty,
      body: unclosed ? '' : text,
      bodyOffset: 0,
      findings: unclosed ? [{ severity: 'error', line: 1, message }] : [],
    };
  }
  const counter = new LineCounter();
  // `maxAliasCount` 0 and the failsafe on merge keys keep a small file from unfolding into a large one.
  const document = parseDocument(match[1] ?? '', { lineCounter: counter, merge: false, prettyErrors: false });
  const lineAt = (offset: number | undefined): number => counter.linePos(offset ?? 0).line + 1;
  const findings: Finding[] = document.errors.map((error) => ({
    severity: 'error',
    line: lineAt(error.pos[0]),
    message: `the front matter is not YAML: ${error.message}`,
  }));
  const map = isMap(document.contents) ? document.contents : null;
  if (map === null && document.contents !== null && findings.length === 0)
    findings.push({ severity: 'error', line: 2, message: 'the front matter is not a list of keys; write `title: …`' });
  // A key it does not know keeps no other key from being read: all that is wrong is said at once.
  const readable = findings.length === 0;
  const lines = new Map<string, number>();
  for (const pair of map?.items ?? []) {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    const line = isScalar(pair.key) ? lineAt(pair.key.range?.[0]) : null;
    if (line !== null) lines.set(key, line);
    if (!known.includes(key))
      findings.push({
        severity: 'error',
        line,
        message: `the front matter has no key \`${key}\`; it takes ${known.map((k) => `\`${k}\``).join(', ')}`,
      });
  }
  const data = readable ? toData(document) : {};
  return {
    frontMatter: { get: (key) => data[key], lineOf: (key) => lines.get(key) ?? null },
    body: text.slice(match[0].length),
    bodyOffset: match[0].split('\n').length - 1,
    findings,
  };
}

const empty: FrontMatter = { get: () => undefined, lineOf: () => null };

function toData(document: ReturnType<typeof parseDocument>): Record<string, unknown> {
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  // A YAML map with checked scalar keys becomes a plain object.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
