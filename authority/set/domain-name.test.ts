import { describe, expect, test } from 'vitest';
import { domainWithin, parseDomainName } from './domain-name.ts';

describe('a DNS name', () => {
  const long = ['a'.repeat(63), 'b'.repeat(63), 'c'.repeat(63), 'd'.repeat(61)].join('.');

  test.each([
    ['Example.COM', 'example.com'],
    ['localhost', 'localhost'],
    ['_dmarc.x-1.example', '_dmarc.x-1.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    [long, long],
  ])('%s is %s', (text, name) => {
    expect(parseDomainName(text)).toBe(name);
  });

  test.each([
    '',
    '.',
    'example.com.',
    '.example.com',
    'a..b',
    '-a.example',
    'a-.example',
    'bücher.example',
    'a b',
    'a@b.example',
    'example.com\n',
    `${long}d`,
  ])('`%s` is none', (text) => {
    expect(parseDomainName(text)).toBeUndefined();
  });

  test('is text', () => {
    // @ts-expect-error parsed JSON that skipped the edge: made text, it would read as a name
    expect(parseDomainName(['example.com'])).toBeUndefined();
    // @ts-expect-error the same, and of no length at all
    expect(parseDomainName(undefined)).toBeUndefined();
  });

  test.each([
    ['example.com', 'example.com', true],
    ['mail.example.com', 'example.com', true],
    ['a.b.example.com', 'example.com', true],
    ['example.com.example.com', 'example.com', true],
    ['evil-example.com', 'example.com', false],
    ['example.com.evil.org', 'example.com', false],
    ['example.net', 'example.com', false],
    ['mail.example.net', 'example.com', false],
    ['com', 'example.com', false],
    ['example.com', 'mail.example.com', false],
  ])('%s within %s: %s', (inner, outer, within) => {
    expect(domainWithin(inner, outer)).toBe(within);
  });
});
