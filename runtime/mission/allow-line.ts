/**
 * One more thing a mission may do, as a person writes it: `git.push on refs/heads/docs/*` or `http.get on https://example.com/*`, and
 * `… , ask each time`. A star at the end is everything below; a resource without a scheme belongs to the project.
 */

import type { AuthorityEntry } from '@writ/authority';
import { compileAuthoritySet } from '@writ/authority';

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

/** Reads one line of `allow:` for `project`. */
export function parseAllow(text: string, project: string): AllowResult {
  const asks = /,?\s*ask each time$/.test(text);
  const match = /^([\w.:*-]+(?:\s*,\s*[\w.:*-]+)*)\s+on\s+(\S+)$/.exec(text.replace(/,?\s*ask each time$/, '').trim());
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
    constraints: asks ? { requiresActionApproval: true } : {},
  };
  const compiled = compileAuthoritySet([entry]);
  return compiled.ok ? { ok: true, entry } : wrong(compiled.why);
}
