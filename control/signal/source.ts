/**
 * Who may speak about which subjects: a source has an id, a kind, its own credential, and the subjects it speaks for. A subject nobody was
 * registered for is open to people. Pure.
 *
 * It refuses to let one source speak for another, and a person to speak where a machine was registered: what a person wants stopped, they stop.
 */

import { coversSubject } from '@writ/authority';

/** Where the keys of a transmitter of Shared Signals come from. */
export type TransmitterKeys =
  /** A JWK set (RFC 7517) as it was when the source was added. */
  | { readonly kind: 'given'; readonly jwks: { readonly keys: readonly Readonly<Record<string, unknown>>[] } }
  /** Fetched. `addresses`: the addresses it may be fetched from although they are not public. */
  | { readonly kind: 'fetched'; readonly url: string; readonly addresses: readonly string[] };

export type SourceSettings =
  /** A program, by a bearer token of its own. */
  | { readonly kind: 'api' }
  /** People, by their own credentials. */
  | { readonly kind: 'cli' }
  /** Webhooks of GitHub. `names`: what a repository is called in subjects, where it is not `OWNER/REPO`. */
  | { readonly kind: 'github'; readonly names: Readonly<Record<string, string>> }
  /** A transmitter of Shared Signals. */
  | { readonly kind: 'ssf'; readonly issuer: string; readonly audience: string; readonly keys: TransmitterKeys };

export type Source = {
  readonly id: string;
  /** Subjects it may speak about, and what begins with them at the end of a name. */
  readonly subjects: readonly string[];
  readonly settings: SourceSettings;
  readonly addedBy: string;
  readonly addedAt: number;
};

type Happened<Type extends string, Data> = { readonly type: Type; readonly data: { readonly at: number } & Data };

export type SourceEvent =
  | Happened<
      'source.added',
      {
        readonly by: string;
        readonly id: string;
        readonly subjects: readonly string[];
        readonly settings: SourceSettings;
      }
    >
  | Happened<'source.removed', { readonly by: string; readonly id: string }>;

/** Whether the source may speak about the subject. */
export const speaksFor = ({ subjects }: Source, subject: string): boolean =>
  subjects.some((prefix) => coversSubject(prefix, subject));

export type Speaking =
  | { readonly ok: true; readonly source: string }
  | { readonly ok: false; readonly sentence: string; readonly wayOut: string | null };

/** Under which source a person's report counts. `named`: the source they name, or any word of theirs to keep their counts apart. */
export function speakingPerson(
  sources: Iterable<Source>,
  person: string,
  { subject, named }: { readonly subject: string; readonly named: string | undefined },
): Speaking {
  const all = [...sources];
  const chosen = all.find(({ id }) => id === named);
  if (chosen !== undefined) return chosen.settings.kind === 'cli' ? speakingSource(chosen, subject) : forItself(chosen);
  const covering = all.filter((source) => speaksFor(source, subject));
  const open = covering.find(({ settings }) => settings.kind === 'cli');
  if (open !== undefined && named === undefined) return { ok: true, source: open.id };
  if (covering.length === 0)
    return { ok: true, source: named === undefined ? `person:${person}` : `person:${person}/${named}` };
  const who = covering.map(({ id }) => `\`${id}\``).join(' and ');
  return {
    ok: false,
    sentence: `\`${subject}\` is for ${who} to report`,
    wayOut:
      open === undefined
        ? `to hold work now use \`writ pause\`; to let people report it, an admin adds a source: \`writ signal source add NAME --kind cli --subject ${subject}\``
        : `leave out the source, or name \`${open.id}\``,
  };
}

/** Whether a source that has shown its own credential may report on the subject. */
export function speakingSource(source: Source, subject: string): Speaking {
  if (speaksFor(source, subject)) return { ok: true, source: source.id };
  return {
    ok: false,
    sentence: `the source \`${source.id}\` may not speak about \`${subject}\``,
    wayOut: `it speaks for ${source.subjects.map((prefix) => `\`${prefix}\``).join(', ')}`,
  };
}

const forItself = ({ id }: Source): Speaking => ({
  ok: false,
  sentence: `the source \`${id}\` reports for itself, with its own credential`,
  wayOut: 'leave out the source',
});
