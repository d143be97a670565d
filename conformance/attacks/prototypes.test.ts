/** Attack 30: names that every object has. None of them is a grant, a fact, a class or a rule. */
import type { AuthoritySet } from '@writ/authority';
import { classOf, isSubset, uncontained } from '@writ/authority';
import { authoritySetFromWire, authoritySetWire, parseStrictJson } from '@writ/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { ask, beneath, mandate } from './support.ts';

const inherited = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  'isPrototypeOf',
];
const read = { action: 'file.read', resource: 'workspace://p/a', parameters: {} };
const under = (authority: AuthoritySet) => [mandate('m0', authority)];
const bounded = (constraints: AuthoritySet[number]['constraints']) =>
  under([beneath('workspace://p/', ['file.*'], { constraints })]);

/** A set as it arrives: text, parsed, checked, in our spelling. */
function arrived(constraints: string): AuthoritySet {
  const text = `[{"type":"mission_resource_access","resource":"workspace://p/","resource_match":"prefix","actions":["file.*"],"constraints":${constraints}}]`;
  const json = parseStrictJson(text);
  if (!json.ok) throw new Error(json.why);
  return authoritySetFromWire(authoritySetWire.parse(json.value));
}

describe('attack 30: what every object has', () => {
  test.each(inherited)('an action or a tool named `%s` is allowed only where it is named', (name) => {
    expect(ask(under([beneath('workspace://p/', ['file.*'])]), { ...read, action: name }).decision).toBe('refuse');
    expect(ask(bounded({ allowedTools: ['search'] }), { ...read, parameters: { tool: name } }).decision).toBe('refuse');
    expect(
      ask(bounded({ dataClassification: ['public'] }), { ...read, parameters: { dataClassification: [name] } })
        .decision,
    ).toBe('refuse');
    expect(ask(bounded({ allowedTools: [name] }), { ...read, parameters: { tool: name } }).decision).toBe('permit');
    expect(classOf(name, uncontained)).toBe('external_commitment');
  });

  test.each(inherited.slice(1))(
    'a bound named `%s` is not understood, so its entry permits nothing and holds nothing',
    (name) => {
      const set = arrived(`{${JSON.stringify(name)}:{"tenant":"acme"}}`);
      expect(ask(under(set), read)).toMatchObject({
        decision: 'refuse',
        reason: { gap: { kind: 'unknown_constraint' } },
      });
      expect(isSubset([beneath('workspace://p/a', ['file.read'])], set).subset).toBe(false);
    },
  );

  test('a bound or member named `__proto__` is refused where it arrives, and does not vanish', () => {
    for (const constraints of [
      '{"__proto__":{"tenant":"acme"}}',
      '{"tenant":"acme","__proto__":null}',
      '{"max_amount":{"amount":"1","currency":"EUR","__proto__":1}}',
    ])
      expect(() => arrived(constraints)).toThrow();
    expect(() => arrived('{"tenant":"acme"}')).not.toThrow();
  });

  test('a bound that reaches for `constructor.prototype` pollutes nothing and is not understood', () => {
    const set = arrived('{"constructor":{"prototype":{"tenant":"acme","polluted":true}}}');
    expect('polluted' in {}).toBe(false);
    expect(ask(under(set), { ...read, parameters: { tenant: 'acme' } })).toMatchObject({
      decision: 'refuse',
      reason: { gap: { kind: 'unknown_constraint' } },
    });
  });

  test.each(inherited)('a resource under `%s` is a name like another', (name) => {
    expect(
      ask(under([beneath('workspace://p/src', ['file.*'])]), { ...read, resource: `workspace://p/${name}/src` })
        .decision,
    ).toBe('refuse');
    expect(
      ask(under([beneath(`workspace://p/${name}`, ['file.*'])]), { ...read, resource: `workspace://p/${name}/x` })
        .decision,
    ).toBe('permit');
  });

  describe('with `Object.prototype` already polluted', () => {
    const added: string[] = [];
    const pollute = (key: string, value: unknown) => {
      added.push(key);
      Object.defineProperty(Object.prototype, key, { value, configurable: true, enumerable: true, writable: true });
    };
    afterEach(() => {
      for (const key of added.splice(0)) Reflect.deleteProperty(Object.prototype, key);
    });

    test('a fact the request does not carry itself is not a fact', () => {
      const cases = [
        [bounded({ tenant: 'acme' }), 'tenant', 'acme'],
        [bounded({ allowedTools: ['search'] }), 'tool', 'search'],
        [bounded({ recipientDomain: 'example.com' }), 'recipientDomain', 'example.com'],
        [bounded({ maxAmount: { amount: '1', currency: 'EUR' } }), 'amount', { amount: '0', currency: 'EUR' }],
        [bounded({ dataClassification: ['public'] }), 'dataClassification', ['public']],
        [under([beneath('workspace://p/', ['file.*'], { catalogueDigest: 'd' })]), 'catalogueDigest', 'd'],
      ] as const;
      for (const [chain, key, value] of cases) {
        expect(ask(chain, { ...read, parameters: { [key]: value } }).decision).toBe('permit');
        pollute(key, value);
        expect(ask(chain, read).decision).toBe('refuse');
        Reflect.deleteProperty(Object.prototype, key);
      }
    });

    test('a bound that is missing is not filled in, and one that is there is not emptied', () => {
      pollute('requiresActionApproval', false);
      pollute('constraints', {});
      expect(ask(bounded({ requiresActionApproval: true }), read).decision).toBe('hold');
      expect(ask(bounded({ unknown: { x: 1 } }), read).decision).toBe('refuse');
    });
  });
});
