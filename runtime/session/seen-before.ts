/**
 * Where something was met before, in the sessions of one project: a failing test, an error, a path. It says where, when and what followed, and judges nothing: what helped then may not now.
 *
 * It reads the logs from their ends, and no further than a bound; what it did not look at, it says.
 */

import type { Envelope, JsonValue } from '@writ/journal';
import type { Ports } from '../ports.ts';
import { fingerprint } from './core/fingerprint.ts';
import type { Session } from './session.ts';

export type Sought =
  | { readonly by: 'session'; readonly session: string }
  | { readonly by: 'text'; readonly text: string; readonly project: string | null };

export type Sighting = {
  readonly session: string;
  readonly title: string;
  readonly version: number;
  readonly at: string;
  /** What was met: the name of a test, the error, the path. */
  readonly what: string;
  readonly by: 'test' | 'error' | 'path';
  /** What came after it in that session, in its own words: how the test went next, what the turn ended with, what was noted. */
  readonly followed: readonly string[];
};

export type SeenBefore = {
  readonly sightings: readonly Sighting[];
  readonly eventsRead: number;
  readonly isAll: boolean;
};

type Marks = {
  readonly tests: ReadonlySet<string>;
  readonly errors: ReadonlySet<string>;
  readonly text: string | null;
};

const mostEvents = 50_000;
const pageEvents = 1_000;
const mostSightings = 20;
const mostFollowed = 3;

/** Looks through the sessions that `sees` shows, newest first. */
export async function seenBefore(
  ports: Pick<Ports, 'records'>,
  sought: Sought,
  sees: (session: Session) => boolean,
): Promise<SeenBefore> {
  const { sessions } = ports.records;
  const own = sought.by === 'session' ? sessions.get(sought.session) : undefined;
  const project = sought.by === 'session' ? own?.project : sought.project;
  const marks = sought.by === 'session' ? await marksOf(ports, own) : marksIn(sought.text);
  const all = sessions
    .all()
    .filter(
      (session) =>
        session.id !== own?.id &&
        sees(session) &&
        (project === null || project === undefined || session.project === project),
    )
    .toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
  const sightings: Sighting[] = [];
  let eventsRead = 0;
  for (const session of all) {
    if (sightings.length >= mostSightings || eventsRead >= mostEvents) return { sightings, eventsRead, isAll: false };
    const events = await readAll(ports, session, mostEvents - eventsRead);
    eventsRead += events.length;
    sightings.push(...sightingsIn(session, events, marks).slice(0, mostSightings - sightings.length));
  }
  return { sightings, eventsRead, isAll: true };
}

async function readAll(
  { records }: Pick<Ports, 'records'>,
  { id, version }: Session,
  most: number,
): Promise<readonly Envelope[]> {
  const events: Envelope[] = [];
  for (let after = Math.max(0, version - most); after < version;) {
    const page = await records.journal.read(records.sessions.streamOf(id), { after, limit: pageEvents });
    const last = page.at(-1);
    if (last === undefined) break;
    events.push(...page);
    after = last.version;
  }
  return events;
}

/** What fails in a session now: its failing tests and the errors it met last. */
async function marksOf({ records }: Pick<Ports, 'records'>, session: Session | undefined): Promise<Marks> {
  if (session === undefined) return { tests: new Set(), errors: new Set(), text: null };
  const after = Math.max(0, session.version - pageEvents);
  const events = await records.journal.read(records.sessions.streamOf(session.id), { after });
  const met = events.flatMap(metIn);
  return {
    tests: new Set(met.flatMap(({ by, mark }) => (by === 'test' ? [mark] : []))),
    errors: new Set(met.flatMap(({ by, mark }) => (by === 'error' ? [mark] : []))),
    text: null,
  };
}

const marksIn = (text: string): Marks => ({
  tests: new Set([text]),
  errors: new Set([fingerprint(text)]),
  text: text.toLowerCase(),
});

type Met = { readonly by: Sighting['by']; readonly mark: string; readonly what: string };

/** Tests and errors that an event met. */
function metIn({ type, data }: Envelope): readonly Met[] {
  const field = (name: string): JsonValue | undefined => recordOf(data)?.[name];
  if (type === 'fact.seen' && field('kind') === 'tests') {
    const failing = field('failing');
    return Array.isArray(failing) ? failing.flatMap(metByTest) : [];
  }
  if (type === 'fact.seen' && field('kind') === 'command' && field('exitCode') !== 0) return error(field('output'));
  if (type === 'turn.ended' && field('outcome') === 'failed') return error(field('summary'));
  return [];
}

function recordOf(data: JsonValue): { readonly [key: string]: JsonValue } | null {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return null;
  return data as { readonly [key: string]: JsonValue }; // a plain object by the line above
}

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);
const textIn = (value: JsonValue | undefined): string =>
  typeof value === 'string' ? value.slice(0, 200).toWellFormed() : '';

function metByTest(one: JsonValue): readonly Met[] {
  if (typeof one !== 'object' || one === null || !('name' in one) || typeof one.name !== 'string') return [];
  return [{ by: 'test', mark: one.name, what: one.name }, ...error('message' in one ? one.message : undefined)];
}

function error(said: JsonValue | undefined): readonly Met[] {
  const mark = typeof said === 'string' ? fingerprint(said) : '';
  return mark.length < 12 ? [] : [{ by: 'error', mark, what: mark }];
}

function sightingsIn(session: Session, events: readonly Envelope[], marks: Marks): readonly Sighting[] {
  const found = new Map<string, Sighting>();
  events.forEach((event, index) => {
    for (const met of [...metIn(event), ...pathsIn(event, marks.text)]) {
      const isSought =
        met.by === 'test'
          ? marks.tests.has(met.mark) || (marks.text !== null && met.mark.toLowerCase().includes(marks.text))
          : met.by === 'path' || marks.errors.has(met.mark);
      if (!isSought) continue;
      const { id, title } = session;
      // The newest time it was met in the session is what something followed.
      found.set(`${met.by}:${met.mark}`, {
        ...{ session: id, title, version: event.version, at: event.at, what: met.what, by: met.by },
        followed: followedBy(events.slice(index + 1), met),
      });
    }
  });
  return [...found.values()].toSorted((a, b) => b.version - a.version);
}

/** Paths that were touched or named, where a text is sought. */
function pathsIn({ type, data }: Envelope, text: string | null): readonly Met[] {
  if (text === null || !text.includes('/') || typeof data !== 'object' || data === null) return [];
  if (type !== 'tool.judged' && type !== 'fact.seen') return [];
  const record = recordOf(data);
  const paths: JsonValue = record?.['paths'] ?? null;
  const named: readonly JsonValue[] = isList(paths) ? paths : [];
  const said = [record?.['resource'] ?? null, ...named];
  return said.flatMap((one) =>
    typeof one === 'string' && one.toLowerCase().includes(text) ? [{ by: 'path' as const, mark: one, what: one }] : [],
  );
}

function followedBy(after: readonly Envelope[], { by, mark }: Met): readonly string[] {
  const said = after.flatMap(({ type, data }): readonly string[] => {
    const record = recordOf(data);
    if (record === null) return [];
    if (type === 'fact.seen' && record['kind'] === 'tests' && by === 'test') {
      const failing = Array.isArray(record['failing']) ? record['failing'].flatMap(metByTest) : [];
      return failing.some((met) => met.mark === mark) ? [] : ['it was not among what failed the next time'];
    }
    if (type === 'turn.ended') return [`a turn ended ${textIn(record['outcome'])}: ${textIn(record['summary'])}`];
    if (type === 'note.left') return [`noted: ${textIn(record['text'])}`];
    if (type === 'session.rewound') return ['it was rewound'];
    return [];
  });
  return [...new Set(said)].slice(0, mostFollowed);
}
