/** What an approver is shown: the canonical text of a mandate, and the digest that stands for it. */

import { digestJson, digestText } from '../digest.ts';
import { approvalText } from './approval-text.ts';
import type { MandateRecord } from './mandate-record.ts';
import type { Terms } from './terms.ts';
import { termsOf } from './terms.ts';

export type Shown = { readonly text: string; readonly digest: string };

/** The text of a mandate as it is proposed, or as it was approved: what was tightened since does not change it. */
export const shown = ({ mandate, revision, amended }: MandateRecord): Shown =>
  shownTerms(mandate.id, revision, mandate.parent, { ...termsOf(mandate), ...amended });

/** The text of terms that would be the mandate `id`. */
export function shownTerms(id: string, revision: number, parent: string | null, terms: Terms): Shown {
  const text = approvalText({ id, revision, parent, terms }, digestJson(terms));
  return { text, digest: digestText(text) };
}
