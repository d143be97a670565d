/**
 * What people decided: the questions of agents that they answered, each with who, when and where. An answer is a decision for its session alone; what else asks the same is shown it, and decides for itself.
 */

import type { Ports } from '../ports.ts';
import type { Session } from '../session/session.ts';
import { mayTellIn } from '../session/visibility.ts';
import { answeredIn } from './item.ts';
import type { Item } from './item.ts';

export type Decision = {
  readonly item: string;
  readonly ask: string;
  /** As the person read it, where it was one of the options. */
  readonly answer: string;
  readonly by: string;
  /** When it was answered, RFC 3339. */
  readonly at: string;
  readonly session: string;
  readonly mission: string | null;
};

/** How many are looked at. */
const mostDecisions = 200;

/** The newest of the project that may be told in `session`, newest first. */
export async function decisionsFor(
  { records }: Pick<Ports, 'records'>,
  session: Session,
): Promise<readonly Decision[]> {
  const { items, journal } = records;
  const answered = items
    .under(answeredIn(session.project))
    .filter((item) => isDecided(records, session, item))
    .toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
    .slice(0, mostDecisions);
  const decided = await Promise.all(
    answered.map(async (item): Promise<readonly Decision[]> => {
      const { id, state, version, ask, options, mission, session: from } = item;
      if (state.name !== 'answered' || from === null) return [];
      const [event] = await journal.read(items.streamOf(id), { after: version - 1, limit: 1 });
      const label = options.find(({ key }) => key === state.answer)?.label;
      const answer = label ?? state.answer;
      return [{ item: id, ask, answer, by: state.by, at: event?.at ?? item.createdAt, session: from, mission }];
    }),
  );
  return decided.flat().toSorted((a, b) => (a.at < b.at ? 1 : -1));
}

/** What a person was given to do is no question, though it is answered as one. */
function isDecided({ sessions }: Ports['records'], own: Session, { session }: Item): boolean {
  const from = session === null ? undefined : sessions.get(session);
  return from !== undefined && from.driver !== 'person' && mayTellIn(sessions, own, from);
}

const sameWords = (ask: string): string => ask.trim().replaceAll(/\s+/g, ' ').toLowerCase();

export type Contradiction = { readonly was: Decision; readonly now: Decision };

/** What was decided in `session` and its mission, and since then otherwise: the very same question, with another answer. Pure. */
export function contradicted(
  { id, mission }: Pick<Session, 'id' | 'mission'>,
  decisions: readonly Decision[],
): readonly Contradiction[] {
  const newest = new Map<string, Decision>();
  // Newest first.
  for (const one of decisions) if (!newest.has(sameWords(one.ask))) newest.set(sameWords(one.ask), one);
  return decisions.flatMap((was) => {
    const isOwn = was.session === id || (mission !== null && was.mission === mission);
    const now = newest.get(sameWords(was.ask));
    return isOwn && now !== undefined && now.at > was.at && now.answer !== was.answer ? [{ was, now }] : [];
  });
}
