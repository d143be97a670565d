/**
 * Evidence of an approval, from the journal alone: what was shown, who said yes, how they were known, and where it stands. It is signed with the key that
 * is for evidence and permits nothing, and verified by recomputing each part.
 *
 * It refuses to make up what was not kept: where nobody was shown anything, it says so.
 */

import type { Envelope } from '@writ/journal';
import type { ConsentWire, EvidenceCheck, EvidenceWire } from '@writ/protocol';
import { checkEvidence, consentDigest, consentType, controlIssuer } from '@writ/protocol';
import type { Caller } from '../caller.ts';
import { planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import { digestText } from '../digest.ts';
import { eventIn } from '../event.ts';
import { seesMandate, seesProject } from '../identity/rights.ts';
import type { MandateEvent } from '../mandate/events.ts';
import { mandateTextVersion } from '../mandate/approval-text.ts';
import { shownTerms } from '../mandate/shown.ts';
import type { Terms } from '../mandate/terms.ts';
import type { Outcome } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { baseVersion } from '../policy/policy.ts';
import { policyText, policyTextVersion } from '../policy/policy-text.ts';
import { approvalStream, mandateStream, policyStream } from '../streams.ts';
import type { Signers } from '../token/keys.ts';
import { actionTextOf } from './action-shown.ts';
import { actionTextVersion } from './action-text.ts';
import { signalsCheck, streamCheck } from './evidence-checks.ts';
import type { Consent } from './consent.ts';

export interface Evidences {
  /** The evidence of the approval of a mandate, a held action or a policy, signed. */
  evidence(id: string, by: Caller): Promise<Outcome<EvidenceWire>>;
  /** What of it holds, part by part, recomputed from the journal. */
  verifyEvidence(id: string, by: Caller): Promise<Outcome<readonly EvidenceCheck[]>>;
}

type Found = {
  readonly consent: ConsentWire;
  /** What the same renderer makes of what was approved, now; null where another version made it. */
  readonly again: string | null;
  readonly revision: EvidenceCheck;
};

/** The queries, over `core`. */
export function createEvidence(core: Core, signers: Signers): Evidences {
  const { journal, projection, find } = core;

  async function foundIn(id: string, by: Caller): Promise<Found | undefined> {
    if (id.startsWith(baseVersion))
      return seesProject(core, by, planeProject) ? ofPolicy(await journal.read(policyStream), id) : undefined;
    const approval = projection.approvals.get(id);
    const mandate = approval?.mandate ?? id;
    if (!seesMandate(core, by, mandate)) return undefined;
    const stream = approval === undefined ? mandateStream(id) : approvalStream(id);
    const events = await journal.read(stream);
    const purpose = find(mandate)?.mandate.purpose ?? '';
    return approval === undefined ? ofMandate(events) : ofAction(events, { id: mandate, purpose });
  }

  async function signed(consent: ConsentWire): Promise<EvidenceWire> {
    const at = Date.parse(consent.approved_at);
    const claims = { iss: controlIssuer, iat: Math.floor(at / 1_000), sub: consent.id, digest: consentDigest(consent) };
    const statement = await signers.sign('evidence', consentType, claims, at);
    const id = kidOf(statement);
    return { consent, statement, key: { id, x: projection.keys.keys.get(id)?.x ?? '' } };
  }

  const notFound = (id: string) => refuse({ code: 'not_found', what: 'approval', id });

  return {
    async evidence(id, by) {
      const found = await foundIn(id, by);
      return found === undefined ? notFound(id) : done(await signed(found.consent));
    },
    async verifyEvidence(id, by) {
      const found = await foundIn(id, by);
      if (found === undefined) return notFound(id);
      const { consent, again, revision } = found;
      return done([
        ...checkEvidence(await signed(consent), signers.verifier('evidence')),
        revision,
        rendererCheck(consent, again),
        await signalsCheck(journal, consent),
        await streamCheck(journal, consent),
      ]);
    },
  };
}

/** The key a statement of ours names. */
function kidOf(statement: string): string {
  const header: unknown = JSON.parse(Buffer.from(statement.split('.')[0] ?? '', 'base64url').toString());
  return typeof header === 'object' && header !== null && 'kid' in header ? String(header.kid) : '';
}

function rendererCheck({ text, renderer }: ConsentWire, again: string | null): EvidenceCheck {
  if (again === null)
    return { check: 'renderer', holds: null, said: `\`${renderer}\` is another version than the one here` };
  return again === text
    ? { check: 'renderer', holds: true, said: `\`${renderer}\` makes the same text of what was approved` }
    : {
        check: 'renderer',
        holds: false,
        said: `\`${renderer}\` makes another text of what the journal says was approved`,
      };
}

function ofMandate(events: readonly Envelope[]): Found | undefined {
  let proposed: Extract<MandateEvent, { type: 'mandate.proposed' }>['data'] | undefined;
  let terms: Terms | undefined;
  let revision = 0;
  for (const envelope of events) {
    const event = eventIn(envelope);
    if (event.type === 'mandate.proposed') proposed = event.data;
    if (event.type === 'mandate.proposed' || event.type === 'mandate.revised') {
      terms = event.data.terms;
      revision += 1;
    }
    if (event.type !== 'mandate.approved' || proposed === undefined || terms === undefined) continue;
    const { data } = event;
    const { text } = shownTerms(proposed.id, revision, proposed.parent, terms);
    const kept = data.consent;
    const consent: ConsentWire = {
      ...placed(envelope, { id: proposed.id, kind: 'mandate', at: data.at, by: data.by }),
      ...keptOf(kept, { text, renderer: mandateTextVersion, requestedBy: [proposed.by] }),
      text_digest: data.textDigest,
      revision: data.revision,
      how: data.how,
      rested_on: [...data.restedOn],
    };
    const again = consent.renderer === mandateTextVersion ? text : null;
    return { consent, again, revision: revisionCheck(data.revision, revision) };
  }
  return undefined;
}

function revisionCheck(approved: number, current: number): EvidenceCheck {
  return approved === current
    ? { check: 'revision', holds: true, said: `revision ${String(approved)} was approved, and it was the newest then` }
    : {
        check: 'revision',
        holds: false,
        said: `revision ${String(approved)} was approved, and ${String(current)} was the newest then`,
      };
}

function ofAction(
  events: readonly Envelope[],
  under: { readonly id: string; readonly purpose: string },
): Found | undefined {
  let again: string | null = null;
  for (const envelope of events) {
    const event = eventIn(envelope);
    if (event.type === 'approval.asked') {
      const { id, askedBy, actionClass } = event.data;
      again = actionTextOf(id, { ...under, project: envelope.project }, askedBy, actionClass, event.data);
    }
    if (event.type !== 'approval.given') continue;
    const { data } = event;
    const kept: Consent = data.consent;
    const consent: ConsentWire = {
      ...placed(envelope, { id: data.id, kind: 'action', at: data.at, by: data.by }),
      ...keptOf(kept, { text: '', renderer: actionTextVersion, requestedBy: [] }),
      text_digest: data.textDigest,
      revision: null,
      how: howGiven(data),
      rested_on: [],
    };
    const revision: EvidenceCheck = { check: 'revision', holds: null, said: 'a single action has no revisions' };
    return { consent, again: consent.renderer === actionTextVersion ? again : null, revision };
  }
  return undefined;
}

function ofPolicy(events: readonly Envelope[], version: string): Found | undefined {
  let before = '';
  let found: Found | undefined;
  for (const envelope of events) {
    const event = eventIn(envelope);
    if (event.type !== 'policy.adopted') continue;
    const { data } = event;
    const { consent: kept, rules } = data;
    if (data.version === version && kept !== undefined) {
      const consent: ConsentWire = {
        ...placed(envelope, { id: version, kind: 'policy', at: data.at, by: data.by }),
        ...keptOf(kept, kept),
        text_digest: digestText(kept.text),
        revision: null,
        how: howGiven(data),
        rested_on: [],
      };
      const again = policyText(rules, version, before);
      const revision: EvidenceCheck = { check: 'revision', holds: null, said: 'a policy has no revisions' };
      found = { consent, again: kept.renderer === policyTextVersion ? again : null, revision };
    }
    before = data.version;
  }
  return found;
}

const howGiven = ({ by }: { readonly by: string }): string => (by === 'owner' ? 'owner_token' : 'person_token');

/** Who, what and where: what the envelope says. */
function placed(
  { project, stream, version, position, hash }: Envelope,
  {
    id,
    kind,
    at,
    by,
  }: { readonly id: string; readonly kind: ConsentWire['kind']; readonly at: number; readonly by: string },
) {
  return {
    format: 'writ-consent-1',
    id,
    kind,
    project,
    approved_by: by,
    approved_at: new Date(at).toISOString(),
    journal: { stream, version, position, hash },
  } as const;
}

/** What was kept of the yes; where nothing was, what anybody would have been shown. */
function keptOf(kept: Consent | undefined, otherwise: Pick<Consent, 'text' | 'renderer' | 'requestedBy'>) {
  const { text, renderer, requestedBy } = kept ?? otherwise;
  const { credential, digest, stepUp } = kept?.authenticated ?? { credential: null, digest: null, stepUp: null };
  return {
    text,
    renderer,
    requested_by: [...requestedBy],
    credential: credential === null ? null : { id: credential, digest },
    step_up: stepUp === null ? null : { ...stepUp, at: new Date(stepUp.at).toISOString() },
    policy: kept?.policy ?? null,
  };
}
