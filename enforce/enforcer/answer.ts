/** What the enforcer answers instead of doing something: problem details, so that one table from refusal to wire suffices. */

import type { ProblemWire } from '@writ/protocol';

export type Answer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: ProblemWire };

export const done = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

/** A refusal with its code, HTTP status, sentence and way out. */
export const refuse = (
  code: string,
  status: number,
  detail: string,
  wayOut: string | null,
): { readonly ok: false; readonly problem: ProblemWire } => ({
  ok: false,
  problem: {
    type: `urn:writ:problem:${code}`,
    title: code.replaceAll('_', ' '),
    status,
    detail,
    way_out: wayOut,
    code,
  },
});

/** A problem in one line for a terminal or a model. */
export const inWords = ({ detail, way_out }: ProblemWire): string =>
  way_out === null ? detail : `${detail}; ${way_out}`;
