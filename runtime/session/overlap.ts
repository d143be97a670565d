/**
 * Sessions that work on the same repository and paths: an observation for both. It is told once for each pair and what they share, while this process lives.
 *
 * It sees one folder that both work in, and paths that both have changed and not committed. It keeps nobody from anything.
 */

import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import type { Records } from '../records.ts';
import { lookAt } from '../workspace/worktree.ts';
import type { SessionEvent } from './events.ts';
import { gitPlaceOf } from './place.ts';
import type { Session } from './session.ts';
import { isOver } from './session.ts';

/** How many other sessions are looked at. */
const mostOthers = 32;
/** What was told already. */
const told = new WeakMap<Records, Set<string>>();

/** Looks for sessions that work where `id` does, and tells both. What cannot be looked at is not told. */
export async function noticeOverlaps(ports: Pick<Ports, 'records'>, id: string): Promise<void> {
  const { sessions } = ports.records;
  const own = sessions.get(id);
  if (own === undefined || own.workspace === null) return;
  const others = sessions.all().filter((other) => mayOverlap(own, other));
  if (others.length === 0) return;
  const place = await gitPlaceOf(own);
  if (place === null) return;
  const mine = await lookAt(place.place);
  for (const other of others.slice(-mostOthers)) {
    const theirs = await gitPlaceOf(other);
    if (theirs?.repository.gitDir !== place.repository.gitDir) continue;
    const isOneFolder = theirs.place.path === place.place.path;
    const changed = isOneFolder ? [] : (await lookAt(theirs.place)).dirty;
    const paths = changed.filter((path) => mine.dirty.includes(path)).toSorted();
    if (isOneFolder || paths.length > 0) await tell(ports, own, other, { isOneFolder, paths });
  }
}

/** A sub-agent works in its parent's place, and is known to. */
const mayOverlap = (own: Session, other: Session): boolean =>
  other.id !== own.id &&
  other.project === own.project &&
  other.workspace !== null &&
  !isOver(other) &&
  !other.isArchived &&
  other.parent !== own.id &&
  own.parent !== other.id &&
  (own.parent === null || own.parent !== other.parent);

type Shared = { readonly isOneFolder: boolean; readonly paths: readonly string[] };

async function tell(
  { records }: Pick<Ports, 'records'>,
  own: Session,
  other: Session,
  { isOneFolder, paths }: Shared,
): Promise<void> {
  const known = told.get(records) ?? new Set<string>();
  told.set(records, known);
  const key = JSON.stringify([[own.id, other.id].toSorted(), isOneFolder, paths]);
  if (known.has(key)) return;
  known.add(key);
  const seen = (session: string): SessionEvent => ({
    type: 'observation.recorded',
    data: {
      type: 'session.overlap',
      data: { session, same: isOneFolder ? 'folder' : 'paths', paths: paths.slice(0, 100) },
    },
  });
  await records.sessions.record(own.id, [seen(other.id)], itself);
  await records.sessions.record(other.id, [seen(own.id)], itself);
}
