/** A journal's verification in wire spelling. */

import type { Checkpoint, Seal, VerifyReport } from '@writ/journal';
import type { verifyWire } from '@writ/protocol';
import type { z } from 'zod';

export function verifyToWire(report: VerifyReport): z.output<typeof verifyWire> {
  const { ok, events, streams, head, findings, erased, withheld, checkpoints, sealed, witnessed } = report;
  return {
    ...{ ok, events, streams, head, checkpoints },
    findings: findings.map(({ position, stream, version, problem }) => ({ position, stream, version, problem })),
    withheld: withheld.map(({ position, stream, version }) => ({ position, stream, version })),
    erased: erased.map(({ erasedAt, ...one }) => ({ ...one, erased_at: erasedAt })),
    sealed: sealed && { ...sealed },
    witnessed: witnessed && { ...witnessed },
  };
}

/** The checkpoints a question says the log has to hold: `seals=FROM.TO.ROOT.KEY,…`, FROM empty where it is not known. What has not that form is left aside. */
export function sealsIn(query: URLSearchParams): readonly Seal[] {
  return (query.get('seals') ?? '').split(',').flatMap((text): readonly Seal[] => {
    const [from = '', to = '', root = '', key = ''] = text.split('.');
    if (!/^[1-9]\d*$/.test(to) || root === '' || key === '') return [];
    return [{ ...(from === '' ? {} : { from: Number(from) }), to: Number(to), root, key }];
  });
}

/** The checkpoint of `plane`, as it is told to the other. */
export function checkpointToWire<Plane extends string>(
  checkpoint: Checkpoint | null,
  plane: Plane,
): (Checkpoint & { readonly plane: Plane }) | null {
  return checkpoint && { ...checkpoint, plane };
}
