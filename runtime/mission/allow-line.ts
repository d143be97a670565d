/**
 * One more thing a mission may do, as a person writes it: `git.push on refs/heads/docs/*` or `http.get on https://example.com/*`, and after it, each behind
 * a comma, how far: `up to 500.00 EUR`, `for tenant acme`, `to example.com`, `as listed DIGEST` (the catalogue of an MCP server), `fresh within 2s` (how old
 * a yes may be), `ask each time`. A star at the end is everything below; a resource without a scheme belongs to the project.
 */

import type { AuthorityEntry } from '@writ/authority';
import { compileAuthoritySet } from '@writ/authority';
import { freshWithinShape, parseFreshWithin } from './fresh-within.ts';

export type AllowResult =
  { readonly ok: true; readonly entry: AuthorityEntry } | { readonly ok: false; readonly message: string };

const schemes: Readonly<Record<string, string>> = {
  git: 'git',
  pull_request: 'git',
  file: 'workspace',
  shell: 'shell',
  package: 'package',
  secret: 'secret',
};

type Bounds = Pick<AuthorityEntry, 'constraints' | 'catalogueDigest'>;

/** Where it is no such time, a bound that no entry can have, so that the line is refused. */
const freshWithin = (text = ''): Partial<Bounds> => ({ constraints: { freshnessMs: parseFreshWithin(text) ?? NaN } });

/** What a line can say behind a comma, and the bound it is. */
const bounds: readonly (readonly [RegExp, (...said: readonly string[]) => Partial<Bounds>])[] = [
  [/,?\s*ask each time$/, () => ({ constraints: { requiresActionApproval: true } })],
  [
    /,\s*up to (\d[\d.]*) ([A-Z]{3})$/,
    (amount = '', currency = '') => ({ constraints: { maxAmount: { amount, currency } } }),
  ],
  [/,\s*for tenant (\S+)$/, (tenant = '') => ({ constraints: { tenant } })],
  [/,\s*to ([\w-]+(?:\.[\w-]+)+)$/, (recipientDomain = '') => ({ constraints: { recipientDomain } })],
  [/,\s*fresh within (\d+\s*\w+)$/, freshWithin],
  [/,\s*as listed (\S+)$/, (catalogueDigest = '') => ({ catalogueDigest })],
];

/** The bounds at the end of a line, and what stands before them. */
function takeBounds(text: string): { readonly rest: string; readonly said: Bounds } {
  let [rest, said]: [string, Bounds] = [text.trim(), { constraints: {} }];
  for (let found = true; found;) {
    found = false;
    for (const [pattern, bound] of bounds) {
      const match = pattern.exec(rest);
      if (match === null) continue;
      const more = bound(...match.slice(1));
      said = { ...more, ...said, constraints: { ...more.constraints, ...said.constraints } };
      rest = rest.slice(0, match.index).trim();
      found = true;
    }
  }
  return { rest, said };
}

/** Reads one line of `allow:` for `project`. */
export function parseAllow(text: string, project: string): AllowResult {
  const { rest, said } = takeBounds(text);
  const match = /^([\w.:*-]+(?:\s*,\s*[\w.:*-]+)*)\s+on\s+(\S+)$/.exec(rest);
  const wrong = (why: string): AllowResult => ({
    ok: false,
    message: `\`${text}\` cannot be allowed: ${why}; write \`git.push on refs/heads/docs/*\` or \`http.get on https://example.com/*\``,
  });
  if (match?.[1] === undefined || match[2] === undefined) return wrong('it does not say an action and a resource');
  const actions = match[1].split(/\s*,\s*/);
  const isPrefix = /\/?\*+$/.test(match[2]);
  const plain = match[2].replace(/\*+$/, '');
  const scheme = schemes[actions[0]?.split('.')[0] ?? ''];
  if (!plain.includes('://') && scheme === undefined) return wrong('its resource has no scheme');
  const entry: AuthorityEntry = {
    resource: plain.includes('://') ? plain : `${scheme ?? ''}://${project}/${plain.replace(/^\//, '')}`,
    resourceMatch: isPrefix ? 'prefix' : 'exact',
    actions,
    ...said,
  };
  if (Number.isNaN(said.constraints.freshnessMs)) return wrong(`\`fresh within\` is followed by ${freshWithinShape}`);
  const compiled = compileAuthoritySet([entry]);
  return compiled.ok ? { ok: true, entry } : wrong(compiled.why);
}
