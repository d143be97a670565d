/** What is known of a subject: its latest reading, and how far each source has counted. */

import type { Reported } from '../mandate/decide.ts';
import type { SignalEvent } from './events.ts';

export type SubjectRecord = { readonly reading: Reported; readonly sequences: ReadonlyMap<string, number> };

/** The record after a report. */
export function reported(record: SubjectRecord | undefined, { data }: SignalEvent): SubjectRecord {
  const { value, at, sequence, source } = data;
  return {
    reading: { value, at, sequence, source },
    sequences: new Map([...(record?.sequences ?? []), [source, sequence]]),
  };
}

/** Whether a report of `source` numbered `sequence` says nothing new: each source is ordered by its own count. */
export const isOld = (record: SubjectRecord | undefined, source: string, sequence: number): boolean =>
  sequence <= (record?.sequences.get(source) ?? -1);
