/**
 * The commands on sources of signals: add, remove. What a source shows that it is itself is told or kept here once: a bearer token of which only
 * the hash is kept, or the secret of a webhook in a file only control's user can read.
 *
 * It refuses to change a source: one that may speak about something else is another source, and people see that in the record.
 */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { everyProject, whyMalformedSubject } from '@writ/authority';
import { readPrivate, writePrivate } from '@writ/journal';
import type { Caller } from '../caller.ts';
import { nameOf } from '../caller.ts';
import type { Asked, PlannedWrite } from '../commit.ts';
import { planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import { hashOf, tokenOf } from '../identity/credential.ts';
import { mayNotIn, rightsOf } from '../identity/rights.ts';
import type { Outcome } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { credentialStream, sourcesStream } from '../streams.ts';
import type { Source, SourceSettings } from './source.ts';
import { whyUnusableTransmitter } from './ssf/transmitter.ts';

export type SourceAsked = {
  readonly id: string;
  readonly subjects: readonly string[];
  readonly settings: SourceSettings;
};

/** `credential`: told this once: the bearer token of an `api` source, the webhook secret of a `github` one; null for the others. */
export type AddedSource = { readonly source: Source; readonly credential: string | null };

export interface Sources {
  addSource(asked: SourceAsked, by: Asked): Promise<Outcome<AddedSource>>;
  /** It is heard no more from here on; what it said stays as it is until somebody else says otherwise. */
  removeSource(id: string, by: Asked): Promise<Outcome<Source>>;
}

/** The secret a source's messages are signed with; undefined where it has none. */
export type SecretOf = (id: string) => Promise<string | undefined>;

const idForm = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const maxSubjects = 64;

/** Names that mean somebody else in a reading. */
const reserved: ReadonlySet<string> = new Set(['person', 'control', 'source']);

/** The commands, over `core`; secrets are in `folder`. */
export function createSources(
  core: Core,
  { folder, random }: { readonly folder: string; readonly random: (bytes: number) => Uint8Array },
): Sources & { readonly secretOf: SecretOf } {
  const { projection, commit } = core;
  const secretPath = (id: string): string => join(folder, `${id}.secret`);

  function whyNot({ id, subjects, settings }: SourceAsked): string | undefined {
    if (!idForm.test(id) || reserved.has(id.toLowerCase()))
      return `\`${id}\` cannot be a source's name; use letters, digits and \`._-\`, such as \`github\``;
    if (projection.sources.has(id)) return `there is a source \`${id}\` already; remove it first, or use another name`;
    if (subjects.length === 0 || subjects.length > maxSubjects)
      return `a source speaks for one to ${String(maxSubjects)} subjects, such as \`branch:\``;
    const strange = subjects.find((prefix) => whyMalformedSubject(prefix) !== undefined);
    if (strange !== undefined) return `\`${strange}\` is no subject: ${whyMalformedSubject(strange) ?? ''}`;
    const starred = subjects.find((prefix) => prefix.endsWith('*'));
    if (starred !== undefined)
      return `\`${starred}\` covers no other name; a subject covers what goes on after it, such as \`${starred.slice(0, -1)}\``;
    return settings.kind === 'ssf' ? whyUnusableTransmitter(settings) : undefined;
  }

  const write = (events: PlannedWrite['events']): PlannedWrite => ({
    stream: sourcesStream,
    events,
    project: planeProject,
    lineage: {},
  });

  const mayNot = ({ by }: Asked) =>
    by.kind === 'person'
      ? mayNotIn(core, by, 'administer_sources', everyProject)
      : refuse({ code: 'not_an_approver', attempted: 'administer sources of signals' });

  return {
    secretOf: (id) => readPrivate(secretPath(id)),

    async addSource(asked, { by }) {
      const { id, subjects, settings } = asked;
      const credential = credentialOf(settings.kind, random);
      const caller: Caller = { kind: 'source', id };
      const outcome = await commit(by, () => {
        const refused = mayNot({ by });
        if (refused !== undefined) return refused;
        const why = whyNot(asked);
        if (why !== undefined) return refuse({ code: 'malformed_request', sentence: why, wayOut: null });
        const at = core.now();
        const added = write([{ type: 'source.added', data: { at, by: nameOf(by), id, subjects, settings } }]);
        const name = `source-${id}`;
        const issued: PlannedWrite = {
          ...write([{ type: 'credential.issued', data: { at, id: name, hash: hashOf(credential ?? ''), caller } }]),
          stream: credentialStream(name),
        };
        return done({
          writes: settings.kind === 'api' ? [added, issued] : [added],
          reliedOn: rightsOf(by),
          value: undefined,
        });
      });
      if (!outcome.ok) return outcome;
      // After the append: of two who add one name at once, only the one who did writes its secret.
      if (settings.kind === 'github') await writePrivate(secretPath(id), credential ?? '');
      const source = projection.sources.get(id);
      return source === undefined ? refuse({ code: 'not_found', what: 'source', id }) : done({ source, credential });
    },

    async removeSource(id, { by }) {
      const outcome = await commit(by, () => {
        const refused = mayNot({ by });
        if (refused !== undefined) return refused;
        const source = projection.sources.get(id);
        if (source === undefined) return refuse({ code: 'not_found', what: 'source', id });
        const removed = write([{ type: 'source.removed', data: { at: core.now(), by: nameOf(by), id } }]);
        return done({ writes: [removed], reliedOn: rightsOf(by), value: source });
      });
      if (outcome.ok) await rm(secretPath(id), { force: true });
      return outcome;
    },
  };
}

function credentialOf(kind: SourceSettings['kind'], random: (bytes: number) => Uint8Array): string | null {
  if (kind === 'api') return tokenOf('source', random(32));
  return kind === 'github' ? Buffer.from(random(32)).toString('base64url') : null;
}
