/**
 * The way back for who lost the passphrase of their own key and has no other admin to drop it: a code that was shown once, when the key was set. It stands for the
 * old key's proof, once, in setting a new one; for nothing else.
 *
 * It keeps only the code's digest: a code is 160 random bits, so that nothing is won by guessing. That it was used is an event of its own, and for a week
 * nobody who may see it can put it away.
 */

import { timingSafeEqual } from 'node:crypto';
import type { Person, Point } from '../caller.ts';
import { planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import { digestText } from '../digest.ts';
import type { PersonRecord } from './person.ts';
import { ownerName } from './person.ts';
import { mayNotIn, personNamed } from './rights.ts';

/** As a person may have written it down: case, spaces and dashes say nothing. */
export const recoveryDigest = (code: string): string => digestText(code.toUpperCase().replace(/[^A-Z0-9]/g, ''));

/** Whether `code` is the one that was shown with the key of `record`. */
export function isRecoveryCode({ recovery }: PersonRecord, code: string): boolean {
  if (recovery === null) return false;
  const [given, kept] = [Buffer.from(recoveryDigest(code)), Buffer.from(recovery)];
  return given.length === kept.length && timingSafeEqual(given, kept);
}

/** How long a recovery is shown to whoever administers people and to whose key it is, in milliseconds. */
export const shownForMs = 7 * 24 * 3_600_000;

export type Recovered = { readonly name: string; readonly at: number };

/** The recoveries of the last week that `by` is shown, the newest first. */
export function recoveriesFor(
  { projection, now }: Pick<Core, 'projection' | 'now'>,
  by: Person | Point,
): readonly Recovered[] {
  if (by.kind !== 'person') return [];
  const isAdmin = mayNotIn({ projection }, by, 'administer_people', planeProject) === undefined;
  return [...new Set([ownerName, ...projection.people.keys()])]
    .flatMap((name): readonly Recovered[] => {
      const at = personNamed({ projection }, name)?.recoveredAt ?? null;
      const isShown = at !== null && now() - at < shownForMs && (isAdmin || name === by.name);
      return isShown ? [{ name, at }] : [];
    })
    .toSorted((a, b) => b.at - a.at);
}
