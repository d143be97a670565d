/**
 * Credentials: random 256-bit bearer tokens, of which only the SHA-256 is kept. A lookup by hash is the comparison, so that its time tells
 * nothing about the token. The kind in the token's name is for people and leak scanners; what counts is the hash.
 */

import type { Caller, SourceCaller } from '../caller.ts';
import { pointKinds } from '../caller.ts';
import { digestText } from '../digest.ts';

export type CredentialKind = Caller['kind'];

/** What works with a credential, as far as whoever asked for it said: null where it did not. */
export type Program = {
  /** The program that acts, such as `claude` or `codex`. */
  readonly harness: string | null;
  readonly model: string | null;
};

export type IssuedCredential = {
  readonly at: number;
  /** Names what it replaces: an owner or a point has one token at a time. */
  readonly id: string;
  readonly hash: string;
  readonly caller: Caller;
  /** Of an agent's credential. */
  readonly program?: Program;
  /** The person who asked for an agent's credential: it is their agent. Absent where a point did. */
  readonly startedBy?: string;
};

export type CredentialEvent =
  | { readonly type: 'credential.issued'; readonly data: IssuedCredential }
  /** Whatever token this id stands for is worth nothing from here on. */
  | {
      readonly type: 'credential.revoked';
      readonly data: { readonly at: number; readonly by: string; readonly id: string };
    };

const prefixes = {
  person: 'writ_owner_',
  actor: 'writ_actor_',
  point: 'writ_point_',
  visitor: 'writ_visitor_',
  source: 'writ_source_',
} as const satisfies Record<CredentialKind, string>;

/** The token of 32 bytes. */
export const tokenOf = (kind: CredentialKind | 'added', bytes: Uint8Array): string =>
  (kind === 'added' ? 'writ_person_' : prefixes[kind]) + Buffer.from(bytes).toString('base64url');

/** What is kept of a token. */
export const hashOf = (token: string): string => digestText(token);

/** Whether a text has a token's form. */
export const isToken = (text: string): boolean =>
  /^writ_(owner|person|actor|point|visitor|source)_[A-Za-z0-9_-]{43}$/.test(text);

/** The callers that have one token each in a file, and the file of each. */
export const tokenFiles: readonly { readonly caller: Exclude<Caller, SourceCaller>; readonly path: string }[] = [
  { caller: { kind: 'person', name: 'owner' }, path: 'owner.token' },
  { caller: { kind: 'visitor', name: 'owner' }, path: 'visitor.token' },
  ...pointKinds.map((name) => ({ caller: { kind: 'point', name } as const, path: `points/${name}.token` })),
];
