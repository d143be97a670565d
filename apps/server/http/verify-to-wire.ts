/** A journal's verification in wire spelling. */

import type { Checkpoint, Seal, VerifyReport } from '@writ/journal';
import type { verifyWire } from '@writ/protocol';
import type { z } from 'zod';

export function verifyToWire(report: VerifyReport): z.output<typeof verifyWire> {
  const { ok, events, streams, head, findings, erased, checkpoints, sealed, witnessed } = report;
  return {
    ...{ ok, events, streams, head, checkpoints },
    findings: findings.map(({ position, stream, version, problem }) => ({ position, stream, version, problem })),
    erased: erased.map(({ erasedAt, ...one }) => ({ ...one, erased_at: erasedAt })),
    sealed: sealed && { ...sealed },
    witnessed: witnessed && { ...witnessed },
  };
}

/** The checkpoint a question says the log has to hold, by `to`, `root` and `key`. */
export function sealIn(query: URLSearchParams): Seal | undefined {
  const [to, root, key] = [Number(query.get('to')), query.get('root'), query.get('key')];
  return Number.isSafeInteger(to) && to > 0 && root !== null && key !== null ? { to, root, key } : undefined;
}

/** The checkpoint of `plane`, as it is told to the other. */
export function checkpointToWire<Plane extends string>(
  checkpoint: Checkpoint | null,
  plane: Plane,
): (Checkpoint & { readonly plane: Plane }) | null {
  return checkpoint && { ...checkpoint, plane };
}
