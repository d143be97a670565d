/** What an approver is shown: the canonical text of a mandate, and the digest that stands for it. */

import { digestJson, digestText } from '../digest.ts';
import { approvalText } from './approval-text.ts';
import type { MandateRecord } from './mandate-record.ts';
import type { Terms } from './terms.ts';
import { termsOf } from './terms.ts';

export type Shown = { readonly text: string; readonly digest: string };

/** A record never changes, and whoever follows a mandate asks for its text with each change of anything: the last ones asked for are kept. */
const kept = new Map<MandateRecord, Shown>();
const mostKept = 1_000;

/** The text of a mandate as it is proposed, or as it was approved: what was tightened since does not change it. */
export function shown(record: MandateRecord): Shown {
  const known = kept.get(record);
  if (known !== undefined) return known;
  const { mandate, revision, amended, narrowings } = record;
  const made = shownTerms(mandate.id, revision, mandate.parent, {
    ...termsOf(mandate),
    ...(narrowings !== null && { narrowings }),
    ...amended,
  });
  kept.set(record, made);
  for (const oldest of kept.keys()) {
    if (kept.size <= mostKept) break;
    kept.delete(oldest);
  }
  return made;
}

/** The text of terms that would be the mandate `id`. */
export function shownTerms(id: string, revision: number, parent: string | null, terms: Terms): Shown {
  const text = approvalText({ id, revision, parent, terms }, digestJson(terms));
  return { text, digest: digestText(text) };
}
