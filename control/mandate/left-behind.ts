/** What an extension meets: the live descendants of what it takes the place of, and those that would not come along. Reads, never decides. */

import { nothing } from '../budget/amounts.ts';
import type { Itself } from '../caller.ts';
import type { Core } from '../core.ts';
import type { ExtensionFacts, Left } from './extend.ts';
import { isAlive, succeed } from './extend.ts';
import { chainOf } from './lineage.ts';
import type { MandateRecord } from './mandate-record.ts';
import { shownTerms } from './shown.ts';

const itself: Itself = { kind: 'control' };

export const isLive = (core: Core, record: MandateRecord | undefined): record is MandateRecord =>
  record !== undefined && isAlive(record, core.now());

/** Live descendants, parents before children. */
function liveDescendants(core: Core, id: string): readonly MandateRecord[] {
  const found: MandateRecord[] = [];
  for (let level: readonly string[] = [id]; level.length > 0;) {
    const next = level
      .flatMap((parent) => core.projection.children.get(parent) ?? [])
      .map(core.find)
      .filter((record) => isLive(core, record));
    found.push(...next);
    level = next.map(({ mandate }) => mandate.id);
  }
  return found;
}

/** What was spent under a mandate. */
export const spendOf = ({ projection }: Core, mandate: string) =>
  projection.accounts.get(mandate)?.shown.total ?? nothing;

/** What stands around the mandate `id`, in whose place `successor` comes. */
export function surroundings(
  core: Core,
  id: string,
  successor: string,
): Omit<ExtensionFacts, 'by' | 'how' | 'consent'> {
  const descendants = liveDescendants(core, id);
  const ids = new Map(descendants.map(({ mandate }) => [mandate.id, core.newId('m')]));
  return {
    now: core.now(),
    ancestors: chainOf(core.find, id).slice(0, -1),
    liveDescendants: descendants,
    spend: (mandate) => spendOf(core, mandate),
    readings: core.readings,
    // Every descendant asked about was given an id just above.
    successorOf: (mandate) => (mandate === id ? successor : ids.get(mandate)!),
    textDigest: (mandate, parent, terms) => shownTerms(mandate, 1, parent, terms).digest,
  };
}

/** What would end with its predecessor if this proposed successor were approved now, one sentence each; empty for any other mandate. */
export function leftBehind(core: Core, proposal: MandateRecord): readonly string[] {
  const { id, state } = proposal.mandate;
  const before = proposal.predecessor === null ? undefined : core.find(proposal.predecessor);
  if (before === undefined || state.name !== 'proposed') return [];
  // Nobody says yes here: of what would be written only what is left is read.
  const nobody = { by: itself, how: 'owner_token', consent: () => undefined } as const;
  const decided = succeed(proposal, before, { ...surroundings(core, before.mandate.id, id), ...nobody });
  return decided.ok ? decided.left.map(sentenceOn) : [];
}

const sentenceOn = ({ mandate, purpose, why }: Left): string =>
  `\`${mandate}\` (${purpose}) does not come along and ends: ${why}`;
