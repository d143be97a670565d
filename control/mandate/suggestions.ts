/**
 * What was asked under a mandate, or in a project, and refused, put to `suggest`. It gathers and proposes; nobody's authority changes by it.
 */

import type { AuthoritySet, Observed, Suggestions } from '@writ/authority';
import { suggest } from '@writ/authority';
import type { Envelope } from '@writ/journal';
import type { Caller } from '../caller.ts';
import type { Core } from '../core.ts';
import { eventIn } from '../event.ts';
import { seesMandate, seesProject } from '../identity/rights.ts';
import type { Outcome } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { verdictStream } from '../streams.ts';
import { current, isWithin } from './lineage.ts';
import type { MandateRecord } from './mandate-record.ts';

export type Proposed = Suggestions & {
  /** The mandate the proposals are for: the one asked about, or the newest of the project. */
  readonly mandate: string;
  readonly authority: AuthoritySet;
};

export interface SuggestionQueries {
  /** `of`: a mandate, with what stands under it and what it succeeded; or a project, whose newest root mandate is what would be extended. */
  suggestions(of: { readonly mandate: string } | { readonly project: string }, by: Caller): Promise<Outcome<Proposed>>;
}

/** The newest refusals of one mandate that are read. */
const maxRead = 5_000;

/** The queries, over `core`. */
export function createSuggestions(core: Core): SuggestionQueries {
  const { projection, find, journal } = core;

  async function refusedUnder(mandate: string): Promise<readonly Observed[]> {
    const stream = verdictStream(mandate);
    const newest = projection.versions.get(stream) ?? 0;
    const events = await journal.read(stream, { after: Math.max(0, newest - maxRead) });
    return events.flatMap(observedIn);
  }

  const seen = (id: string, by: Caller): MandateRecord | undefined =>
    seesMandate(core, by, id) ? current(find, id) : undefined;

  return {
    suggestions: async (of, by) => {
      const all = [...projection.mandates.values()];
      const isOfProject = ({ mandate }: MandateRecord): boolean => 'project' in of && mandate.project === of.project;
      const target =
        'mandate' in of
          ? seen(of.mandate, by)
          : seesProject(core, by, of.project)
            ? all.findLast((record) => record.mandate.parent === null && isOfProject(record))
            : undefined;
      if (target === undefined)
        return 'mandate' in of
          ? refuse({ code: 'not_found', what: 'mandate', id: of.mandate })
          : refuse({ code: 'not_found', what: 'project', id: of.project });
      const { mandate } = target;
      // What was counted and is not written yet was asked as well.
      await core.commit({ kind: 'control' }, () =>
        done({ writes: core.repeats.due('all'), reliedOn: [], value: undefined }),
      );
      const concerned = all.filter((record) =>
        'project' in of
          ? isOfProject(record)
          : isWithin(find, current(find, record.mandate.id)?.mandate.id ?? record.mandate.id, mandate.id),
      );
      const observed = await Promise.all(concerned.map((record) => refusedUnder(record.mandate.id)));
      const proposed = suggest(observed.flat(), mandate.authority, mandate.project);
      return done({ ...proposed, mandate: mandate.id, authority: mandate.authority });
    },
  };
}

function observedIn(envelope: Envelope): readonly Observed[] {
  // Erased: nobody knows any more what was refused.
  if (envelope.data === null) return [];
  const event = eventIn(envelope);
  switch (event.type) {
    case 'verdict.refused':
    case 'verdict.watched':
      return [{ ...questionOf(event.data), times: 1 }];
    case 'verdict.refused_again':
    case 'verdict.watched_again':
      return [{ ...questionOf(event.data), times: event.data.times }];
    default:
      return [];
  }
}

const questionOf = ({ action, resource, reason }: Omit<Observed, 'times'>): Omit<Observed, 'times'> => ({
  action,
  resource,
  reason,
});
