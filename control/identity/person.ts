/**
 * People as the journal knows them: a name, roles by project, and whether a stronger proof was set. The owner of the installation is a person
 * nobody adds or removes, an admin everywhere.
 *
 * It holds no secret: tokens are kept as hashes (`credential.ts`), and of a person's own key only the public half. The private one never comes here.
 */

import type { Grants } from '@writ/authority';

export const ownerName = 'owner';

export type PersonRecord = {
  readonly name: string;
  readonly grants: Grants;
  readonly isRemoved: boolean;
  /** The public half of a key of their own (RFC 8037), base64url; null where none was set. */
  readonly stepUp: string | null;
  /** The digest of the code that stands in for a lost key, once; null where none was shown. */
  readonly recovery: string | null;
  /** When such a code was last used; null for never. */
  readonly recoveredAt: number | null;
  /** Challenges they have answered, each with when it would have ended: none is taken twice. */
  readonly answered: ReadonlyMap<string, number>;
};

type Happened<Type extends string, Data> = {
  readonly type: Type;
  readonly data: { readonly at: number; readonly by: string; readonly name: string } & Data;
};

export type PersonEvent =
  /** Also somebody who was removed and is back. */
  | Happened<'person.added', { readonly grants: Grants }>
  /** All of the roles from here on. */
  | Happened<'person.granted', { readonly grants: Grants }>
  /** Every token of theirs is worth nothing from here on. */
  | Happened<'person.removed', object>
  /** Their key from here on; null: none. */
  | Happened<'person.step_up_set', { readonly key: string | null; readonly recovery?: string }>
  /** The key that follows was set with the code in the place of the one there was. */
  | Happened<'person.recovered', object>
  /** Proved anew that it is them, for one act: the challenge, which would have ended at `until`, is used up. */
  | Happened<'person.stepped_up', { readonly challenge: string; readonly until: number }>;

const nothing: ReadonlyMap<string, number> = new Map();

export const theOwner: PersonRecord = {
  name: ownerName,
  grants: { '*': 'admin' },
  isRemoved: false,
  stepUp: null,
  recovery: null,
  recoveredAt: null,
  answered: nothing,
};

/** The record after `event`. Throws on what cannot follow: the log is corrupt. */
export function evolve(record: PersonRecord | undefined, event: PersonEvent): PersonRecord {
  const { name } = event.data;
  const known = record ?? (name === ownerName ? theOwner : undefined);
  if (event.type === 'person.added') {
    if (known !== undefined && !known.isRemoved) throw impossible(event);
    // Challenges that were answered under this name stay answered.
    const answered = known?.answered ?? nothing;
    return { ...theOwner, name, grants: event.data.grants, answered };
  }
  if (known === undefined || known.isRemoved) throw impossible(event);
  switch (event.type) {
    case 'person.granted':
      return { ...known, grants: event.data.grants };
    case 'person.removed':
      if (name === ownerName) throw impossible(event);
      return { ...known, grants: {}, isRemoved: true, stepUp: null, recovery: null };
    case 'person.step_up_set':
      return { ...known, stepUp: event.data.key, recovery: event.data.recovery ?? null };
    case 'person.recovered':
      // INVARIANT: a code is good for once.
      return { ...known, recovery: null, recoveredAt: event.data.at };
    case 'person.stepped_up': {
      const { at, challenge, until } = event.data;
      const open = [...known.answered].filter(([, end]) => end > at);
      return { ...known, answered: new Map([...open, [challenge, until]]) };
    }
  }
}

const impossible = ({ type, data }: PersonEvent): Error =>
  new Error(`corrupt log: \`${type}\` cannot happen to \`${data.name}\``);
