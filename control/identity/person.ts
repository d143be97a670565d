/**
 * People as the journal knows them: a name, roles by project, and whether a stronger proof was set. The owner of the installation is a person
 * nobody adds or removes, an admin everywhere.
 *
 * It holds no secret: tokens are kept as hashes (`credential.ts`), and of a passphrase only the digest of what `step-up.ts` keeps elsewhere.
 */

import type { Grants } from '@writ/authority';

export const ownerName = 'owner';

export type PersonRecord = {
  readonly name: string;
  readonly grants: Grants;
  readonly isRemoved: boolean;
  /** The digest of what a passphrase is verified against; null where none was set. */
  readonly stepUp: string | null;
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
  | Happened<'person.step_up_set', { readonly verifier: string | null }>
  /** Proved anew that it is them, good until `until`. */
  | Happened<'person.stepped_up', { readonly until: number }>;

export const theOwner: PersonRecord = { name: ownerName, grants: { '*': 'admin' }, isRemoved: false, stepUp: null };

/** The record after `event`. Throws on what cannot follow: the log is corrupt. */
export function evolve(record: PersonRecord | undefined, event: PersonEvent): PersonRecord {
  const { name } = event.data;
  const known = record ?? (name === ownerName ? theOwner : undefined);
  if (event.type === 'person.added') {
    if (known !== undefined && !known.isRemoved) throw impossible(event);
    return { name, grants: event.data.grants, isRemoved: false, stepUp: null };
  }
  if (known === undefined || known.isRemoved) throw impossible(event);
  switch (event.type) {
    case 'person.granted':
      return { ...known, grants: event.data.grants };
    case 'person.removed':
      if (name === ownerName) throw impossible(event);
      return { ...known, grants: {}, isRemoved: true, stepUp: null };
    case 'person.step_up_set':
      return { ...known, stepUp: event.data.verifier };
    case 'person.stepped_up':
      return known;
  }
}

const impossible = ({ type, data }: PersonEvent): Error =>
  new Error(`corrupt log: \`${type}\` cannot happen to \`${data.name}\``);
