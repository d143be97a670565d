/**
 * What could be remembered of a yes to an agent's request for more: where all it adds is one site of the public network. It decides nothing, and names nothing that nobody may say yes to beforehand.
 */

import type { ResourceReach } from '@writ/authority';
import { whyNotInAdvance } from '@writ/authority';
import { digestJson } from '../digest.ts';
import type { MandateRecord } from '../mandate/mandate-record.ts';

/** A site, and what may be done there. */
export type Rememberable = ResourceReach & { readonly actions: readonly string[] };

/** What `proposal` adds to `before`, where a person can have that remembered; null where they cannot. */
export function rememberableIn({ mandate: now }: MandateRecord, { mandate: next }: MandateRecord): Rememberable | null {
  const known = new Set(now.authority.map(digestJson));
  const [entry, ...others] = next.authority.filter((one) => !known.has(digestJson(one)));
  if (entry === undefined || others.length > 0) return null;
  const { resource, resourceMatch, actions, constraints } = entry;
  const isPlain = Object.keys(constraints).length === 0 && resource.startsWith('https://');
  const refused = actions.some(
    (action) => whyNotInAdvance(action, { resource, resourceMatch }, next.project) !== undefined,
  );
  return isPlain && !refused ? { resource, resourceMatch, actions } : null;
}
