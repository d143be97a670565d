/**
 * Which mandates one stop of many hits: by project, by agent, by the program or the model that works under them. Pure: it reads the fold and decides nothing
 * about any mandate itself; each is stopped as it would be alone.
 *
 * It refuses to guess: a mandate under which something runs that nobody named the program or model of is neither hit nor forgotten, it is listed as unknown.
 */

import type { Projection } from '../projection.ts';
import type { Program } from '../identity/credential.ts';
import { isAlive } from './extend.ts';
import { isWithin } from './lineage.ts';
import type { MandateRecord } from './mandate-record.ts';

/** Every filter that is not null has to fit. */
export type Filter = {
  readonly project: string | null;
  /** This mandate and what stands under it. */
  readonly mandate: string | null;
  readonly agent: string | null;
  /** The program that works under it, such as `claude`. */
  readonly harness: string | null;
  readonly model: string | null;
};

export type Hit = {
  readonly mandate: string;
  readonly project: string;
  readonly purpose: string;
  readonly agent: string;
  readonly programs: readonly Program[];
  /** Live mandates under it, which end with it. */
  readonly descendants: number;
  readonly openOperations: number;
};

export type Selection = {
  /** What is stopped: no mandate of these stands under another of them. */
  readonly hits: readonly Hit[];
  /** Live mandates that fit all else, and of which the program or model asked for is not known. */
  readonly unknown: readonly string[];
};

type Known = Pick<Projection, 'mandates' | 'programs' | 'openOperations' | 'operations'>;

/** What `filter` selects among the mandates that are alive at `now` and that the asker `sees`. */
export function select(
  known: Known,
  filter: Filter,
  { now, sees }: { readonly now: number; readonly sees: (project: string) => boolean },
): Selection {
  const find = (id: string): MandateRecord | undefined => known.mandates.get(id);
  const alive = [...known.mandates.values()].filter((record) => isAlive(record, now) && sees(record.mandate.project));
  const fits = new Map(alive.map((record) => [record.mandate.id, fit(known, filter, record, find)]));
  const isBelowAHit = ({ mandate }: MandateRecord): boolean => {
    for (let above = mandate.parent; above !== null; above = find(above)?.mandate.parent ?? null)
      if (fits.get(above) === 'yes') return true;
    return false;
  };
  const hits = alive.filter((record) => fits.get(record.mandate.id) === 'yes' && !isBelowAHit(record));
  const unknown = alive.filter((record) => fits.get(record.mandate.id) === 'unknown' && !isBelowAHit(record));
  return {
    hits: hits.map((record) => hit(known, record, alive, find)),
    unknown: unknown.map(({ mandate }) => mandate.id),
  };
}

type Fit = 'yes' | 'no' | 'unknown';
type Find = (id: string) => MandateRecord | undefined;

function fit(known: Known, filter: Filter, { mandate }: MandateRecord, find: Find): Fit {
  if (filter.project !== null && mandate.project !== filter.project) return 'no';
  if (filter.mandate !== null && !isWithin(find, mandate.id, filter.mandate)) return 'no';
  if (filter.agent !== null && mandate.actor !== filter.agent) return 'no';
  if (filter.harness === null && filter.model === null) return 'yes';
  const programs = known.programs.get(mandate.id) ?? [];
  const fits = programs.map((program) => fitOf(program, filter));
  if (fits.includes('yes')) return 'yes';
  return fits.includes('unknown') ? 'unknown' : 'no';
}

function fitOf({ harness, model }: Program, filter: Filter): Fit {
  const asked = [
    [filter.harness, harness],
    [filter.model, model],
  ] as const;
  if (asked.some(([wanted, is]) => wanted !== null && is !== null && wanted !== is)) return 'no';
  return asked.some(([wanted, is]) => wanted !== null && is === null) ? 'unknown' : 'yes';
}

function hit(known: Known, { mandate }: MandateRecord, alive: readonly MandateRecord[], find: Find): Hit {
  const below = alive.filter(
    (other) => other.mandate.id !== mandate.id && isWithin(find, other.mandate.id, mandate.id),
  );
  const operations = [...known.openOperations].filter((id) =>
    isWithin(find, known.operations.get(id)?.begun.mandate ?? '', mandate.id),
  );
  return {
    mandate: mandate.id,
    project: mandate.project,
    purpose: mandate.purpose,
    agent: mandate.actor,
    programs: [mandate.id, ...below.map((record) => record.mandate.id)].flatMap((id) => known.programs.get(id) ?? []),
    descendants: below.length,
    openOperations: operations.length,
  };
}
