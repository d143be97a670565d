/** Attack 48: the words a person approves say less, or something else, than what is signed. */
import type { AuthorityEntry } from '@writ/authority';
import { renderAuthority } from '@writ/authority';
import { defaultStopProfile, shown } from '@writ/control';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { beneath, hour, outcomeOf, owner, realControl, t0 } from './support.ts';

/** What acts on a screen without being seen: controls, reordering, joiners, fillers, tags, line breaks, odd spaces, halves of pairs. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{DI}\u00a0\u2000-\u200a\u202f\u205f\u3000]/u;
const hidden = [
  '\u202e',
  '\u2066',
  '\u200b',
  '\u200d',
  '\u00ad',
  '\ufeff',
  '\u001b[8m',
  '\r',
  '\n',
  '\u2028',
  '\u3164',
  '\u{e0041}',
  '\ud800',
  '\u00a0',
  '\ufe0f',
  '\u0000',
];
const alike = [
  'a\u0441me',
  '\u0430\u0441\u0435',
  'ａｃｍｅ',
  'acme',
  'ac\u200bme',
  'acme\u0000',
  'acme ',
  'ACME',
  '`acme`',
  'acme\\u{200b}',
];

const entry = beneath('workspace://p/src', ['file.write']);
const words = (of: AuthorityEntry): string => renderAuthority([of]).join('\n');

/** Every place where an entry carries text from outside. */
const places: readonly (readonly [string, (text: string) => AuthorityEntry])[] = [
  ['a tenant', (text) => ({ ...entry, constraints: { tenant: text } })],
  ['a label', (text) => ({ ...entry, constraints: { dataClassification: ['public', text] } })],
  ['a tool', (text) => ({ ...entry, constraints: { allowedTools: [text] } })],
  ['a bound nobody understands', (text) => ({ ...entry, constraints: { unknown: { [text]: 1 } } })],
  ['the value of one', (text) => ({ ...entry, constraints: { unknown: { x: { y: [text] } } } })],
  ['a catalogue', (text) => ({ ...entry, catalogueDigest: text })],
  ['a delegate', (text) => ({ ...entry, delegation: { maxDepth: 1, allowedDelegates: [{ actor: text }] } })],
  [
    'a kind of delegates',
    (text) => ({ ...entry, delegation: { maxDepth: 1, allowedDelegates: [{ actorKind: text }] } }),
  ],
  [
    'a helper',
    (text) => ({ ...entry, delegation: { maxDepth: 1, children: { allowedChildActors: [{ actor: text }] } } }),
  ],
  ['a policy', (text) => ({ ...entry, delegation: { maxDepth: 1, children: { childCreationPolicy: text } } })],
  ['a resource', (text) => ({ ...entry, resource: `workspace://p/${text}` })],
  ['an action', (text) => ({ ...entry, actions: [text] })],
];

describe('attack 48: words that hide what is approved', () => {
  test.each(places)('%s: nothing that is not seen gets through', (_, of) => {
    for (const text of hidden.flatMap((one) => [one, `a${one}b`, `${one}${one}`]))
      expect(words(of(text))).not.toMatch(HIDDEN);
  });

  test.each(places)('%s: two that look alike read differently', (_, of) => {
    const read = alike.map((text) => words(of(text)));
    expect(new Set(read).size).toBe(alike.length);
    // A letter that is drawn like a Latin one is spelt out.
    expect(read.join()).not.toMatch(/[\u0430\u0441\u0435\uff00-\uff5e]/);
    // And none of those that are not plain passes for the plain one.
    for (const text of read.filter((one) => one !== words(of('acme')))) expect(text).not.toContain(' `acme`');
  });

  test('a path is not cut, however long: what differs at its end is read', () => {
    const long = 'deep/'.repeat(400);
    const [a, b] = [
      words({ ...entry, resource: `workspace://p/${long}a` }),
      words({ ...entry, resource: `workspace://p/${long}b` }),
    ];
    expect(a).toContain(`${long}a`);
    expect(b).toContain(`${long}b`);
  });

  test('any text at all is shown whole, on one line, inside its quotes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
        fc.nat(places.length - 1),
        (text, which) => {
          const of = places[which]?.[1];
          const line = of === undefined ? '' : words(of(text));
          expect(line).not.toMatch(HIDDEN);
          // Every backtick is a quote of ours: they come in pairs.
          expect((line.match(/`/g) ?? []).length % 2).toBe(0);
        },
      ),
      { seed: 48, numRuns: 1_000 },
    );
  });

  test('a yes is to the words that were shown: those of anything else are refused, and the digest differs with every term', async () => {
    await using kit = await realControl();
    const terms = {
      project: 'p',
      purpose: 'tidy up',
      actor: 'builder',
      actorKey: null,
      authority: [beneath('workspace://p/src', ['file.write'])],
      conditions: [],
      history: [],
      budgets: [],
      delegation: { maxDepth: 0, maxChildren: 0, actors: 'any' as const },
      steerers: [],
      approvers: [],
      stopProfile: defaultStopProfile,
      expiresAt: t0 + hour,
    };
    const variants = [
      terms,
      { ...terms, purpose: 'tidy up ' },
      { ...terms, purpose: 'tidy\u200b up' },
      { ...terms, actor: 'bui1der' },
      { ...terms, expiresAt: t0 + hour + 1 },
      { ...terms, authority: [beneath('workspace://p/', ['file.write'])] },
      { ...terms, authority: [beneath('workspace://p/src', ['file.*'])] },
      { ...terms, authority: [beneath('workspace://p/src', ['file.write'], { constraints: { tenant: 'acme' } })] },
      { ...terms, budgets: [{ kind: 'calls' as const, limit: 1 }] },
      { ...terms, steerers: ['mallory'] },
    ];
    const records = [];
    for (const one of variants) {
      const proposed = await kit.control.propose(one, { by: owner });
      if (!proposed.ok) throw new Error(JSON.stringify(proposed.refusal));
      records.push(proposed.value);
    }
    const digests = records.map((record) => shown(record).digest);
    expect(new Set(digests).size).toBe(variants.length);
    for (const record of records) expect(shown(record).text).not.toMatch(/[^\P{C}\n]|[\p{DI}\p{Zl}\p{Zp}]/u);
    const [first, second] = records;
    if (first === undefined || second === undefined) throw new Error('there are ten');
    const approve = (id: string, textDigest: string) =>
      kit.control.govern(id, { type: 'approve', revision: 1, textDigest, how: 'owner_token' }, { by: owner });
    expect(outcomeOf(await approve(first.mandate.id, shown(second).digest))).not.toBe('done');
    expect(outcomeOf(await approve(first.mandate.id, shown(first).digest))).toBe('done');
  });
});
