/**
 * Receives security events by push (RFC 8935): verifies one, takes it once, and answers in the words of that specification. Each leaves the readings
 * the table of events says.
 *
 * It acknowledges again what it took before, since the transmitter that sends it again has not heard that, and never applies it twice.
 */

import type { Core } from '../../core.ts';
import { done, refuse } from '../../refusal.ts';
import { sourcesStream } from '../../streams.ts';
import { deliveryWrite } from '../delivery-write.ts';
import { noDeliveries, takenAt } from '../delivery.ts';
import type { Hearing } from '../hearing.ts';
import { sequenceAt } from '../order.ts';
import type { Attributed } from '../signals.ts';
import type { Source } from '../source.ts';
import { speaksFor } from '../source.ts';
import { saidByEvent, shortName } from './event-table.ts';
import type { KeysOf } from './transmitter-keys.ts';
import type { SetError, VerifiedSet } from './verify-set.ts';
import { maxSetAgeMs, maxSkewMs, verifySet } from './verify-set.ts';

export type SetAnswer =
  /** `subjects`: what it says something about; none of a token that was taken before. */
  | { readonly kind: 'accepted'; readonly subjects: readonly string[] }
  | { readonly kind: 'refused'; readonly err: SetError; readonly description: string }
  /** To be sent again: nothing was decided. */
  | { readonly kind: 'unavailable'; readonly why: string };

/** Takes the token `text`, pushed for the source with this id. */
export type HearSet = (source: string, text: string) => Promise<SetAnswer>;

type Verified = Extract<VerifiedSet, { kind: 'verified' }>;

/** Receiving, over `core`. */
export function createReceiver(core: Core, { reportAll, noteRefused }: Hearing, keysOf: KeysOf): HearSet {
  const { projection } = core;

  async function verified(source: Source | undefined, text: string): Promise<VerifiedSet> {
    const settings = source?.settings;
    // A stranger learns no more than that nobody knows them.
    if (source === undefined || settings?.kind !== 'ssf')
      return {
        kind: 'refused',
        err: 'authentication_failed',
        description: 'no transmitter is known here by that path',
      };
    const { issuer, audience, keys } = settings;
    return verifySet(text, { issuer, audience, keyOf: keysOf(source, keys), now: core.now() });
  }

  /** The reports of what the event says, as far as the source speaks for it. */
  function attributed(source: Source, { event, body, subject, happenedAt }: Verified) {
    const said = saidByEvent(event, body, subject, source.id);
    if (said.kind === 'nothing') return { reports: [], note: said.why };
    const own = said.facts.filter((fact) => fact.subject === `stream:${source.id}` || speaksFor(source, fact.subject));
    const foreign = said.facts.filter((fact) => !own.includes(fact));
    const reports = own.map((fact): Attributed => {
      const last = projection.subjects.get(fact.subject)?.sequences.get(source.id) ?? -1;
      return { ...fact, source: source.id, sequence: sequenceAt(happenedAt, last), observedAt: happenedAt };
    });
    return { reports, note: foreign.map(({ subject: name }) => `\`${name}\` is not for it to report`).join('; ') };
  }

  return async (id, text) => {
    const token = await verified(projection.sources.get(id), text);
    if (token.kind === 'refused') await noteRefused(id, token.err);
    if (token.kind !== 'verified') return token;
    const mark = `jti ${token.jti}`;
    let subjects: readonly string[] = [];
    const outcome = await reportAll(id, { kind: 'source', id }, () => {
      const source = projection.sources.get(id);
      if (source === undefined) return refuse({ code: 'not_authentic' });
      subjects = [];
      if (takenAt(projection.deliveries.get(id) ?? noDeliveries, mark) !== undefined)
        return done({ reports: [], writes: [], reliedOn: [] });
      const { reports, note } = attributed(source, token);
      subjects = reports.map(({ subject }) => subject);
      const write = deliveryWrite({
        at: core.now(),
        source: id,
        marks: [mark],
        keepUntil: token.issuedAt + maxSetAgeMs + maxSkewMs,
        kind: shortName(token.event),
        outcome: reports.length === 0 ? 'unused' : 'applied',
        note,
      });
      return done({ reports, writes: [write], reliedOn: [sourcesStream] });
    });
    if (outcome.ok) return { kind: 'accepted', subjects };
    return outcome.refusal.code === 'not_authentic'
      ? { kind: 'refused', err: 'authentication_failed', description: 'no transmitter is known here by that path' }
      : { kind: 'unavailable', why: 'it could not be written down just now' };
  };
}
