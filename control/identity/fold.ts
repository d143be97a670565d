/** Credentials, the programs and people behind them, and the people that were added: a part of the fold. It decides nothing. */

import { addTo } from '../indexes.ts';
import type { IssuedCredential, Program } from './credential.ts';
import type { PersonEvent, PersonRecord } from './person.ts';
import { evolve } from './person.ts';

export type IdentityFold = {
  /** By the hash of the secret. */
  readonly credentials: Map<string, IssuedCredential>;
  readonly credentialHashes: Map<string, string>;
  /** What has worked under a mandate, each kind of it once; a successor inherits. */
  readonly programs: Map<string, readonly Program[]>;
  /** The people who started agents under a mandate. */
  readonly startedBy: Map<string, string[]>;
  /** Everybody who was ever added; the owner only once something was said of them. */
  readonly people: Map<string, PersonRecord>;
};

export const nobody = (): IdentityFold => ({
  credentials: new Map(),
  credentialHashes: new Map(),
  programs: new Map(),
  startedBy: new Map(),
  people: new Map(),
});

/** Folds in that a credential was issued; one with the same id is void from then on. */
export function foldCredential(p: IdentityFold, credential: IssuedCredential): void {
  const replaced = p.credentialHashes.get(credential.id);
  if (replaced !== undefined) p.credentials.delete(replaced);
  p.credentialHashes.set(credential.id, credential.hash);
  p.credentials.set(credential.hash, credential);
  const { caller, program, startedBy } = credential;
  if (caller.kind !== 'actor') return;
  if (startedBy !== undefined && p.startedBy.get(caller.mandate)?.includes(startedBy) !== true)
    addTo(p.startedBy, caller.mandate, startedBy);
  if (program !== undefined) addPrograms(p, caller.mandate, [program]);
}

/** Folds in that a credential is void. */
export function forgetCredential(p: IdentityFold, id: string): void {
  const hash = p.credentialHashes.get(id);
  if (hash !== undefined) p.credentials.delete(hash);
  p.credentialHashes.delete(id);
}

/** Folds what happened to a person in. */
export const foldPerson = (p: IdentityFold, event: PersonEvent): void =>
  void p.people.set(event.data.name, evolve(p.people.get(event.data.name), event));

/** What worked under a mandate has worked under its successor. */
export const inheritPrograms = (p: IdentityFold, mandate: string, successor: string): void =>
  addPrograms(p, successor, p.programs.get(mandate) ?? []);

function addPrograms(p: IdentityFold, mandate: string, programs: readonly Program[]): void {
  const known = p.programs.get(mandate) ?? [];
  const isKnown = (one: Program): boolean =>
    known.some(({ harness, model }) => harness === one.harness && model === one.model);
  const more = programs.filter((one) => !isKnown(one));
  if (more.length > 0) p.programs.set(mandate, [...known, ...more]);
}
