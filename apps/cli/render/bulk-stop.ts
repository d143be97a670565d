/** What a stop of many hits, or would: a line for each mandate, and what could not be told. */

import { count } from './block.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { cut, table } from './width.ts';

type Program = { readonly harness: string | null; readonly model: string | null };
export type BulkStop = {
  readonly hits: readonly {
    readonly mandate: string;
    readonly project: string;
    readonly purpose: string;
    readonly agent: string;
    readonly programs: readonly Program[];
    readonly descendants: number;
    readonly open_operations: number;
  }[];
  readonly unknown: readonly string[];
};

/** The page: what is hit, what ends with it, and the mandates a filter cannot speak for. */
export function bulkStop(
  { hits, unknown }: BulkStop,
  { dryRun, held }: { readonly dryRun: boolean; readonly held: boolean },
  style: Style,
): readonly string[] {
  const verb = `${dryRun ? 'would be ' : ''}${held ? 'held' : 'stopped'}`;
  const title =
    hits.length === 0 ? 'nothing live fits: there is nothing to stop' : `${count(hits.length, 'mandate')} ${verb}`;
  const rows = hits.map((hit) => [
    safeText(hit.mandate),
    safeText(hit.project),
    safeText(hit.agent),
    programsOf(hit.programs),
    withIt(hit.descendants, hit.open_operations),
    cut(safeText(hit.purpose), 40),
  ]);
  const doubt =
    unknown.length === 0
      ? []
      : [
          `${style.tone('held', style.mark('held'))} not told apart: nobody said what works under ${unknown.map(safeText).join(', ')}`,
          style.dim('  stop one with `writ stop ID`'),
        ];
  return [style.bold(title), ...table(rows), ...doubt];
}

const programsOf = (programs: readonly Program[]): string => {
  const names = programs
    .filter(({ harness }) => harness !== 'writ')
    .map(({ harness, model }) => [harness ?? 'unknown', ...(model === null ? [] : [model])].join(' '));
  return names.length === 0 ? 'nothing yet' : [...new Set(names)].map(safeText).join(', ');
};

const withIt = (descendants: number, operations: number): string =>
  [
    ...(descendants === 0 ? [] : [`+${count(descendants, 'child', 'children')}`]),
    ...(operations === 0 ? [] : [count(operations, 'open operation')]),
  ].join(', ');
