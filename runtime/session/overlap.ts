/**
 * Sessions that work on the same repository and paths: an observation for both, and, where both have changed the same paths, an item for people. It is told once for each pair and what they share.
 *
 * It sees one folder that both work in, and paths that both have changed and not committed. It keeps nobody from anything, and tells in no log of a session that not everybody sees who sees that log.
 */

import { noticesIn } from '../attention/item.ts';
import type { Item } from '../attention/item.ts';
import { openItem } from '../attention/queue.ts';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import type { Records } from '../records.ts';
import type { Place } from '../workspace/worktree.ts';
import { lookAt } from '../workspace/worktree.ts';
import type { SessionEvent } from './events.ts';
import { gitPlaceOf } from './place.ts';
import type { Session } from './session.ts';
import { isOver } from './session.ts';
import { mayTellIn } from './visibility.ts';

/** How many other sessions are looked at. */
const mostOthers = 32;
/** What was told already. */
const told = new WeakMap<Records, Set<string>>();

/** Looks for sessions that work where `id` does, and tells both. What cannot be looked at is not told. */
export async function noticeOverlaps(ports: Ports, id: string): Promise<void> {
  const { sessions } = ports.records;
  const own = sessions.get(id);
  if (own === undefined || own.workspace === null) return;
  const others = sessions.all().filter((other) => mayOverlap(own, other));
  if (others.length === 0) return;
  const { placeOfSession, changedIn } = lookingOnce();
  const place = await placeOfSession(own);
  if (place === null) return;
  const mine = await lookAt(place.place);
  const asked = new Set<string>();
  const newestFirst = others.toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
  for (const other of newestFirst.slice(0, mostOthers)) {
    const theirs = await placeOfSession(other);
    if (theirs?.repository.gitDir !== place.repository.gitDir) continue;
    const isOneFolder = theirs.place.path === place.place.path;
    const changed = isOneFolder ? [] : await changedIn(theirs.place);
    const paths = changed.filter((path) => mine.dirty.includes(path)).toSorted();
    if (!isOneFolder && paths.length === 0) continue;
    await tell(ports, own, other, { isOneFolder, paths });
    // A mission brings its tasks together, and asks where they do not fit.
    const isOneMission = own.mission !== null && own.mission === other.mission;
    // Of several in one folder the newest is named: nobody knows which of them changed what.
    if (isOneFolder || isOneMission || asked.has(theirs.place.path) || !mayTellIn(sessions, own, other)) continue;
    asked.add(theirs.place.path);
    await ask(ports, own, other, paths);
  }
}

/** Each folder is looked at once, however many sessions work there. */
function lookingOnce() {
  const places = new Map<string, ReturnType<typeof gitPlaceOf>>();
  const changed = new Map<string, Promise<readonly string[]>>();
  return {
    placeOfSession: (session: Session) => {
      const { workspace, repository } = session;
      const key = JSON.stringify([workspace?.path, repository, repository === null ? null : workspace?.branch]);
      const place = places.get(key) ?? gitPlaceOf(session);
      places.set(key, place);
      return place;
    },
    changedIn: (place: Place) => {
      const paths = changed.get(place.path) ?? lookAt(place).then(({ dirty }) => dirty);
      changed.set(place.path, paths);
      return paths;
    },
  };
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

async function tell(ports: Ports, own: Session, other: Session, { isOneFolder, paths }: Shared): Promise<void> {
  const { records } = ports;
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
  const [inOwn, inOther] = [mayTellIn(records.sessions, own, other), mayTellIn(records.sessions, other, own)];
  if (inOwn) await records.sessions.record(own.id, [seen(other.id)], itself);
  if (inOther) await records.sessions.record(other.id, [seen(own.id)], itself);
}

const mostNamed = 8;

/** One item for the two folders; the same again, after a restart or by another session there, is the same item. */
async function ask(ports: Ports, own: Session, other: Session, paths: readonly string[]): Promise<void> {
  const named = paths.slice(0, mostNamed).map((path) => `\`${path}\``);
  const more = paths.length > mostNamed ? ` and ${String(paths.length - mostNamed)} more` : '';
  const [first, second] = [own, other].toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(nameOf);
  const text = `${first ?? ''} and ${second ?? ''} have both changed ${named.join(', ')}${more}, and committed neither`;
  const said = [placeOf(own), placeOf(other), `have both changed ${named.join(', ')}${more},`];
  const isSame = ({ ask: before }: Item): boolean => said.every((part) => before.includes(part));
  if (ports.records.items.under(noticesIn(own.project)).some(isSame)) return;
  await openItem(ports, {
    kind: 'notice',
    approval: null,
    ask: text.slice(0, 2_000).toWellFormed(),
    options: [{ key: 'seen', label: 'seen', consequence: 'both go on' }],
    recommendation: null,
    session: own,
  });
}

const nameOf = ({ id, title, agent, workspace }: Session): string =>
  `\`${id}\` (${title.slice(0, 120).toWellFormed()}, ${agent}, ${placeOf({ workspace })})`;
const placeOf = ({ workspace }: Pick<Session, 'workspace'>): string => `in ${workspace?.path ?? 'no folder'}`;
