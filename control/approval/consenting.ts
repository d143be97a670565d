/** Gathers what is kept of a yes from what is known now. */

import type { Caller } from '../caller.ts';
import type { Asked } from '../commit.ts';
import type { Core } from '../core.ts';
import type { StepUpProof } from '../identity/authenticated.ts';
import { authenticatedAs } from '../identity/authenticated.ts';
import { mandateTextVersion } from '../mandate/approval-text.ts';
import type { MandateRecord } from '../mandate/mandate-record.ts';
import { shown } from '../mandate/shown.ts';
import type { Consent } from './consent.ts';

/** The yes of `by` to `text`, made by `renderer`, that `requestedBy` asked for. */
export const consentOf = (
  { projection, policy }: Pick<Core, 'projection' | 'policy'>,
  text: string,
  renderer: string,
  requestedBy: readonly string[],
  by: Caller,
  stepUp: StepUpProof | null = null,
): Consent => ({
  text,
  renderer,
  requestedBy,
  authenticated: authenticatedAs(projection, by, stepUp),
  policy: policy.version,
});

/** A yes to a proposal as it is now. */
export const consentTo = (
  core: Core,
  record: MandateRecord,
  { by }: Asked,
  stepUp: StepUpProof | null = null,
): Consent => consentOf(core, shown(record).text, mandateTextVersion, [record.proposedBy], by, stepUp);
