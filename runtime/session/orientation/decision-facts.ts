/** What was decided in a session, and otherwise since: by whom, and where. Which of the two holds is for people to say. */

import { contradicted, decisionsFor } from '../../attention/decisions.ts';
import type { Ports } from '../../ports.ts';
import type { Fact, Visit } from './fact.ts';
import { firstLine } from './events-at.ts';

const mostFacts = 5;

/** Each of its decisions that a later one contradicts. */
export async function decisionFacts(ports: Pick<Ports, 'records'>, { session }: Visit): Promise<readonly Fact[]> {
  const found = contradicted(session, await decisionsFor(ports, session));
  return found.slice(0, mostFacts).map(({ was, now }) => ({
    about: 'seen' as const,
    what: 'decision',
    value: firstLine(
      `${was.ask.slice(0, 120).toWellFormed()}: \`${was.answer}\` by ${was.by} (${was.item}), and since \`${now.answer}\` by ${now.by} in ${now.session} (${now.item})`,
    ),
    standing: 'changed' as const,
    observedAt: now.at,
    method: 'the inbox',
    event: null,
    by: now.by,
  }));
}
