/** What a mandate allows by itself today. What stands above it bounds it further; only the evaluator says what is permitted. */

import type { AuthoritySet } from '../set/authority-set.ts';
import { intersect } from '../set/intersect.ts';
import type { JudgedMandate } from './mandate.ts';

/** Its authority set with every narrowing written into it. INVARIANT: it permits what the set and all of them permit, and nothing else. */
export const effectiveAuthority = ({
  authority,
  overlays,
}: Pick<JudgedMandate, 'authority' | 'overlays'>): AuthoritySet =>
  overlays.reduce<AuthoritySet>((set, overlay) => intersect(set, overlay.authority), authority);
