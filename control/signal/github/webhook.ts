/**
 * Webhooks of GitHub: a message is believed for its signature over the very bytes that came, taken once, and recorded with what became of it. One that is delivered again is answered as
 * it was, since whoever delivers it again has not heard that. Follows GitHub's "Validating webhook deliveries" and "Redelivering webhooks".
 *
 * It refuses a message before reading it, and tells a stranger nothing about which sources there are.
 */

import { verify } from '@octokit/webhooks-methods';
import { parseStrictJson } from '@writ/protocol';
import type { Core } from '../../core.ts';
import { digestText } from '../../digest.ts';
import { eventIn } from '../../event.ts';
import type { Outcome } from '../../refusal.ts';
import { done, refuse } from '../../refusal.ts';
import { sourcesStream } from '../../streams.ts';

import { deliveryWrite } from '../delivery-write.ts';
import { noDeliveries, takenAt } from '../delivery.ts';
import { sequenceAt } from '../order.ts';
import type { Attributed } from '../signals.ts';
import { speaksFor } from '../source.ts';
import type { Source } from '../source.ts';
import type { Hearing } from '../hearing.ts';
import { saidByGithub } from './event-table.ts';
import type { GithubReadings } from './readings.ts';
import { githubReadings } from './readings.ts';

/** A request as it came: three headers, and the body's bytes as text. */
export type Webhook = {
  /** `X-GitHub-Delivery`. */
  readonly delivery: string | undefined;
  /** `X-GitHub-Event`. */
  readonly event: string | undefined;
  /** `X-Hub-Signature-256`. */
  readonly signature: string | undefined;
  readonly body: string;
};

export type HeardDelivery = {
  readonly outcome: 'applied' | 'unused';
  readonly note: string;
  readonly subjects: readonly string[];
};

export type HearGithub = (source: string, webhook: Webhook) => Promise<Outcome<HeardDelivery>>;

/** What a signature is compared with where there is no secret, so that the time it takes says nothing. */
const decoy = 'there is no such source';

/** Hearing, over `core`. */
export function createGithub(core: Core, { reportAll, secretOf, noteRefused }: Hearing): HearGithub {
  const { projection } = core;

  async function isAuthentic(source: Source | undefined, { signature, body }: Webhook): Promise<boolean> {
    const secret = source?.settings.kind === 'github' ? await secretOf(source.id) : undefined;
    if (signature === undefined || !/^sha256=[0-9a-f]{64}$/.test(signature) || body === '') return false;
    const isSigned = await verify(secret === undefined || secret === '' ? decoy : secret, body, signature);
    return isSigned && secret !== undefined && secret !== '';
  }

  /** What the message leaves, by the state of things now. */
  function read(source: Source, event: string, json: Parameters<typeof saidByGithub>[1]): GithubReadings {
    const names = source.settings.kind === 'github' ? source.settings.names : {};
    const said = saidByGithub(event, json, names);
    if (said.kind === 'nothing') return { readings: [], changes: [], notes: [said.why] };
    const { memory } = { memory: (projection.deliveries.get(source.id) ?? noDeliveries).github };
    const found = githubReadings(said, {
      memory,
      nameOf: (repository) => (Object.hasOwn(names, repository) ? (names[repository] ?? repository) : repository),
      knownSubjects: (prefix) =>
        [...new Set([...projection.dependents.keys(), ...projection.subjects.keys()])].filter((subject) =>
          subject.startsWith(prefix),
        ),
    });
    const foreign = found.readings.filter(({ subject }) => !speaksFor(source, subject)).map(({ subject }) => subject);
    return {
      changes: found.changes,
      readings: found.readings.filter(({ subject }) => speaksFor(source, subject)),
      notes: [...found.notes, ...foreign.map((subject) => `\`${subject}\` is not for it to report`)],
    };
  }

  function attributed(source: Source, { readings }: GithubReadings): readonly Attributed[] {
    return readings.map(({ subject, value, observedAt, order }) => {
      const last = projection.subjects.get(subject)?.sequences.get(source.id) ?? -1;
      return {
        subject,
        value,
        source: source.id,
        sequence: order === undefined ? undefined : sequenceAt(order, last),
        observedAt,
      };
    });
  }

  /** What became of the delivery that stands there. */
  async function heardAt(position: number): Promise<HeardDelivery> {
    const [envelope] = await core.journal.readAll({ after: position - 1, limit: 1 });
    const event = envelope && eventIn(envelope);
    if (event?.type !== 'delivery.received') throw new Error(`no delivery stands at \`${String(position)}\``);
    const { outcome, note, subjects = [] } = event.data;
    return { outcome, note, subjects };
  }

  return async (id, webhook) => {
    const known = projection.sources.get(id);
    if (!(await isAuthentic(known, webhook))) {
      await noteRefused(id, 'not_authentic');
      return refuse({ code: 'not_authentic' });
    }
    const { delivery = '', event = '', signature = '', body } = webhook;
    if (!/^[A-Za-z0-9-]{1,64}$/.test(delivery) || !/^[a-z_]{1,64}$/.test(event))
      return refuse({
        code: 'malformed_request',
        sentence: '`X-GitHub-Delivery` and `X-GitHub-Event` do not name a delivery of an event',
        wayOut: null,
      });
    const json = parseStrictJson(body);
    if (!json.ok)
      return refuse({ code: 'malformed_request', sentence: `the body cannot be read: ${json.why}`, wayOut: null });
    // The delivery's number is not signed, so it is by the signed bytes that a message is known again.
    const [number, bytes] = [`number ${delivery}`, `body ${digestText(signature)}`];
    let heard: HeardDelivery | undefined;
    let before: number | undefined;
    const outcome = await reportAll(id, { kind: 'source', id }, () => {
      const source = projection.sources.get(id);
      if (source === undefined) return refuse({ code: 'not_authentic' });
      const record = projection.deliveries.get(id) ?? noDeliveries;
      before = takenAt(record, bytes);
      if (before !== undefined) return done({ reports: [], writes: [], reliedOn: [] });
      if (takenAt(record, number) !== undefined) return refuse({ code: 'already_delivered', delivery });
      const found = read(source, event, json.value);
      heard = {
        outcome: found.readings.length === 0 && found.changes.length === 0 ? 'unused' : 'applied',
        note: found.notes.join('; '),
        subjects: found.readings.map(({ subject }) => subject),
      };
      const write = deliveryWrite({
        at: core.now(),
        source: id,
        marks: [number, bytes],
        keepUntil: null,
        kind: event,
        outcome: heard.outcome,
        note: heard.note,
        subjects: heard.subjects,
        ...(found.changes.length > 0 && { github: found.changes }),
      });
      return done({ reports: attributed(source, found), writes: [write], reliedOn: [sourcesStream] });
    });
    if (!outcome.ok) return outcome;
    if (before !== undefined) return done(await heardAt(before));
    if (heard === undefined) throw new Error('a delivery was taken and nothing was heard');
    return done(heard);
  };
}
