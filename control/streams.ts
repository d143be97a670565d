/** Names of control's streams. Nobody else spells one. */

import { digestText } from './digest.ts';

export const mandateStream = (id: string): string => `mandate-${id}`;
/** The mandate whose stream has this name; undefined for another stream. */
export const mandateIn = (stream: string): string | undefined =>
  stream.startsWith('mandate-') ? stream.slice('mandate-'.length) : undefined;
/** What follows the kind in a stream's name. */
export const idIn = (stream: string): string => stream.slice(stream.indexOf('-') + 1);
export const operationStream = (id: string): string => `operation-${id}`;
export const receiptStream = (id: string): string => `receipt-${id}`;
export const pointStream = (id: string): string => `point-${id}`;
export const credentialStream = (id: string): string => `credential-${id}`;
/** One approval of one action; a begin that uses it relies on it, so that it is used once. */
export const approvalStream = (id: string): string => `approval-${id}`;
/** One yes in advance; a begin that uses it writes there, so that it is used as often as it is for. */
export const advanceStream = (id: string): string => `advance-${id}`;
export const personStream = (name: string): string => `person-${name}`;
export const projectStream = (id: string): string => `project-${id}`;
export const requestStream = (claim: string): string => `request-${claim}`;
/** What is remembered for the history rules of a mandate, the first of its line. */
export const historyStream = (origin: string): string => `history-${origin}`;
/** The account of a mandate: what draws on it takes turns here. */
export const spendStream = (mandate: string): string => `spend-${mandate}`;
export const isSpendStream = (stream: string): boolean => stream.startsWith('spend-');
/** Refused verdicts; apart from the mandate's own stream, so that asking in vain never gets in the way of a revocation. */
export const verdictStream = (mandate: string): string => `verdicts-${mandate}`;
/** What a caller tried and may not do. */
export const attemptStream = (caller: string): string => `attempts-${caller}`;
/** Reports that were no news; apart from the subject's own stream, so that they never get in the way of what rests on it. */
export const ignoredStream = (source: string): string => `ignored-${digestText(source).slice(0, 22)}`;
/** Which sources there are, and what each may speak about. */
export const sourcesStream = 'sources';
/** What a source delivered. */
export const sourceStream = (id: string): string => `source-${id}`;
/** `~` is in no name, so that no two sinks share one. */
export const sinkStream = (project: string, name: string): string => `sink-${project}~${name}`;
export const policyStream = 'policy';
/** What happened to the journal itself. */
export const journalStream = 'journal';
/** Calls set aside for one run at one enforcement point. */
export const sliceStream = (id: string): string => `slice-${id}`;
/** What happened to the keys control signs with. */
export const keysStream = 'keys';

/** Subjects are free text: escaped into the stream's name, and hashed when that gets too long for a name. */
export function signalStream(subject: string): string {
  const escaped = encodeURIComponent(subject.toWellFormed());
  return `signal-${escaped.length <= 400 ? escaped : digestText(subject)}`;
}
