/** What is known of a subject: its latest reading, and how far each source has counted. */

import type { Reported } from '../mandate/decide.ts';
import type { SignalEvent } from './events.ts';

export type SubjectRecord = { readonly reading: Reported; readonly sequences: ReadonlyMap<string, number> };

type Said = Extract<SignalEvent, { type: 'signal.reported' }>['data'];

/** The reading that a report leaves. Its age counts from when it was seen, not from when it was told. */
export const readingOf = ({ value, at, observedAt, sequence, source }: Said): Reported => ({
  value,
  at: observedAt ?? at,
  sequence,
  source,
});

/** The record after a report. */
export const reported = (record: SubjectRecord | undefined, said: Said): SubjectRecord => ({
  reading: readingOf(said),
  sequences: new Map([...(record?.sequences ?? []), [said.source, said.sequence]]),
});

/** Whether a report of `source` numbered `sequence` says nothing new: each source is ordered by its own count. */
export const isOld = (record: SubjectRecord | undefined, source: string, sequence: number): boolean =>
  sequence <= (record?.sequences.get(source) ?? -1);
