/**
 * An answer that is remembered: a yes to one held action that stands for its target, in its repository, until it is withdrawn or its time is over.
 *
 * It refuses to have anything remembered that nobody may say yes to beforehand.
 */

import { broughtBy, targetOf } from '@writ/authority';
import type { AskedAction } from '../approval/events.ts';
import type { Consent } from '../approval/consent.ts';
import type { PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import type { Outcome } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { advanceStream } from '../streams.ts';
import { rememberedMs, whyNotRemembered } from './advance-text.ts';
import type { GivenAdvance } from './events.ts';

/** The yes in advance that comes with a yes. */
export function advanceWith(
  { now }: Pick<Core, 'now'>,
  question: AskedAction,
  project: string,
  by: string,
): Outcome<GivenAdvance & { readonly at: number }> {
  const { id, action, resource, textDigest } = question;
  const why = whyNotRemembered(question, project);
  if (why !== undefined)
    return refuse({
      code: 'out_of_bounds',
      sentence: `the answer cannot be remembered: ${why}`,
      wayOut: 'answer `yes`',
    });
  const at = now();
  return done({
    at,
    id: `y-${id.replace(/^a-/, '')}`,
    by,
    kind: 'remembered',
    project,
    actions: broughtBy(action),
    ...targetOf(action, resource),
    uses: null,
    expiresAt: at + rememberedMs,
    answer: id,
    textDigest,
  });
}

/** What keeps it, in the append of the answer. */
export const advanceWrites = (
  advance: (GivenAdvance & { readonly at: number }) | undefined,
  consent: Consent,
  project: string,
): readonly PlannedWrite[] =>
  advance === undefined
    ? []
    : [
        {
          stream: advanceStream(advance.id),
          events: [{ type: 'advance.given', data: { ...advance, consent } }],
          project,
          lineage: {},
        },
      ];
