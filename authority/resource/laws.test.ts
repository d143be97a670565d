/** What a prefix of a host means to servers that read paths each in their own way: many cases of one law, with one seed, so that its counts are the same on every run. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { containsResource } from './uri.ts';

const prefix = (resource: string) => ({ resource, resourceMatch: 'prefix' as const });
const exact = (resource: string) => ({ resource, resourceMatch: 'exact' as const });

fc.configureGlobal({ seed: 20260704 });

test('what is within a prefix of a host stays beneath it for a server that decodes slashes, merges them, or leaves out parameters', () => {
  let within = 0;
  const pieces = ['/x', '/..', '/%2e%2e', '/', '%2Fx', '%2F..', '/.', '..', '-evil', ';v', '/;v', '%3b'];
  const path = fc.array(fc.constantFrom(...pieces), { minLength: 2, maxLength: 6 });
  const readings: readonly ((path: string) => string)[] = [
    (text) => text.replaceAll(/%2f/gi, '/'),
    (text) => text.replaceAll(/\/+/g, '/'),
    (text) => text.replaceAll(/%3b/gi, ';').replaceAll(/;[^/]*/g, ''),
  ];
  fc.assert(
    fc.property(path, fc.shuffledSubarray([...readings]), fc.constantFrom('src', 'x'), (parts, reads, name) => {
      const uri = `https://a.example/src${parts.join('')}`;
      if (!containsResource(prefix(`https://a.example/${name}`), exact(uri))) return;
      within += 1;
      const read = reads.reduce((text, reading) => reading(text), uri.slice('https://a.example'.length));
      const { pathname } = new URL(`https://a.example${read}`);
      expect(pathname === `/${name}` || /^\/\w+[/;%]/.exec(pathname)?.[0].slice(1, -1) === name, pathname).toBe(true);
    }),
    { numRuns: 12_000 },
  );
  expect(within).toBeGreaterThan(300);
});
