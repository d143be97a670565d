/** What a plane keeps and for how long, as the wire spells it. */

import type { RetentionRule } from '@writ/journal';
import type { retentionWire } from '@writ/protocol';

type RetentionWire = (typeof retentionWire)['_zod']['output'];

/** The rules in force and what they may be about. */
export const retentionToWire = ({
  rules,
  types,
}: {
  readonly rules: readonly RetentionRule[];
  readonly types: readonly string[];
}): RetentionWire => ({
  rules: rules.map(({ setBy, setAt, ...rule }) => ({ ...rule, set_by: setBy, set_at: setAt })),
  types: [...types],
});
