/**
 * Attack 28: input that makes a matcher work more than its length. What is measured is growth: four times the input may cost about four times the work, and not
 * sixteen. Processor time is taken, not the clock on the wall, and the least of several runs, so that a busy machine does not decide.
 */
import type { ActionRequest, AuthorityEntry } from '@writ/authority';
import { normaliseResource, renderAuthority, resourceUri, visible } from '@writ/authority';
import { parseStrictJson } from '@writ/protocol';
import { describe, expect, test } from 'vitest';
import { ask, beneath, mandate } from './support.ts';

const large = 64 * 1024;
const ask1 = (entry: Partial<AuthorityEntry>, request: Partial<ActionRequest>) =>
  ask([mandate('m0', [beneath('workspace://p/', ['file.*'], entry)])], {
    action: 'file.read',
    resource: 'workspace://p/a',
    parameters: {},
    ...request,
  });

/** What is fed, and with what: `of(n)` is an input of about `n` characters. */
const feeds: readonly (readonly [string, (text: string) => unknown])[] = [
  ['a resource asked for', (text) => ask1({}, { resource: `workspace://p/${text}` })],
  ['a host asked for', (text) => ask1({}, { resource: `https://${text}/` })],
  ['an action asked for', (text) => ask1({}, { action: text })],
  ['an action approved', (text) => ask1({ actions: [text] }, {})],
  ['a resource approved', (text) => ask1({ resource: `workspace://p/${text}` }, {})],
  [
    'a domain',
    (text) => ask1({ constraints: { recipientDomain: 'example.com' } }, { parameters: { recipientDomain: text } }),
  ],
  [
    'an amount',
    (text) =>
      ask1(
        { constraints: { maxAmount: { amount: '1', currency: 'EUR' } } },
        { parameters: { amount: { amount: text, currency: 'EUR' } } },
      ),
  ],
  [
    'an instant',
    (text) =>
      ask1(
        { constraints: { resourceIssuedAfter: '2030-01-01T00:00:00Z' } },
        { parameters: { resourceIssuedAt: text } },
      ),
  ],
  ['a tool', (text) => ask1({ constraints: { allowedTools: ['search'] } }, { parameters: { tool: text } })],
  ['a path to build from', (text) => resourceUri('workspace', 'p', text)],
  ['a name to build from', (text) => resourceUri('workspace', text, 'a')],
  ['a text to show', (text) => visible(text)],
  [
    'a set to put in words',
    (text) =>
      renderAuthority([
        beneath(`workspace://p/${text.slice(0, 4_000)}`, ['file.read'], { constraints: { tenant: text } }),
      ]),
  ],
  ['a text at a signed boundary', (text) => parseStrictJson(JSON.stringify({ [text]: text }))],
];
const repeat =
  (piece: string, end = '') =>
  (length: number) =>
    piece.repeat(Math.ceil(length / piece.length)) + end;
const inputs: readonly (readonly [string, (length: number) => string])[] = [
  ['(a+)+$', repeat('a', '!')],
  ['ten thousand stars', repeat('*')],
  ['braces', repeat('{a,', '}')],
  ['closed braces', repeat('{{}}')],
  ['dots', repeat('.')],
  ['dots and letters', repeat('a.', '!')],
  ['families', repeat('a.', '*')],
  ['slashes before an end', (length) => `a${'/'.repeat(length)}b`],
  ['climbing', repeat('a/../')],
  ['dot segments', repeat('./')],
  ['hyphens', repeat('a-', '!')],
  ['percent signs', repeat('%')],
  ['encoded dots', repeat('%2e')],
  ['encoded twice', repeat('%25')],
  ['digits', repeat('9')],
  ['a fraction', (length) => `1.${'0'.repeat(length)}1`],
  ['combining marks', repeat('\u0301')],
  ['ligatures that unfold', repeat('\ufdfa')],
  ['invisible', repeat('\u200b')],
  ['backslashes', repeat('\\')],
  ['quotes', repeat('"')],
  ['line breaks', repeat('\r\n')],
];

/** Processor time of one call in milliseconds: the least of `runs`. */
function cost(work: () => unknown, runs: number): number {
  let least = Infinity;
  for (let run = 0; run < runs; run += 1) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

describe('attack 28: input that multiplies work', () => {
  test.each(feeds)('%s: work grows with its length', (_, feed) => {
    const steep: string[] = [];
    for (const [name, of] of inputs) {
      const [quarter, whole] = [of(large / 4), of(large)];
      feed(quarter);
      // A millisecond apart is what the meter cannot tell; a quadratic matcher is hundreds away at this size.
      const small = cost(() => feed(quarter), 3);
      const growth = cost(() => feed(whole), 3);
      if (growth > 10 * Math.max(small, 1)) steep.push(`${name}: ${small.toFixed(1)} ms, then ${growth.toFixed(1)} ms`);
    }
    expect(steep).toEqual([]);
  });

  test('none of it is permitted, and what a person reads of a refusal stays short', () => {
    for (const [, of] of inputs) {
      const text = of(large);
      for (const verdict of [ask1({}, { resource: `workspace://p/${text}` }), ask1({}, { action: text })]) {
        expect(verdict.decision).toBe('refuse');
        expect(JSON.stringify(verdict.reason).length).toBeLessThan(2_000);
      }
      const normal = normaliseResource(text);
      expect(normal.ok ? '' : normal.why.length).toBeLessThan(2_000);
    }
  });
});
