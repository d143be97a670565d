/** A journal's verification in wire spelling. */

import type { VerifyReport } from '@writ/journal';
import type { verifyWire } from '@writ/protocol';
import type { z } from 'zod';

export function verifyToWire({
  ok,
  events,
  streams,
  head,
  findings,
  erased,
}: VerifyReport): z.output<typeof verifyWire> {
  return {
    ...{ ok, events, streams, head },
    findings: findings.map(({ position, stream, version, problem }) => ({ position, stream, version, problem })),
    erased: erased.map(({ erasedAt, ...one }) => ({ ...one, erased_at: erasedAt })),
  };
}
