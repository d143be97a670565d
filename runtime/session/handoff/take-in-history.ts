/**
 * Takes in what a harness wrote down of a session of its own: each call of a tool with its input, each time somebody typed or interrupted, when it was. A harness's word, signed by nobody: it can be read
 * and searched, and nothing is done because of it.
 */

import type { JsonValue } from '@writ/journal';
import type { By } from '../../log.ts';
import type { Ports } from '../../ports.ts';
import type { Result } from '../../refusal.ts';
import { accept, refuse, reject } from '../../refusal.ts';
import type { ReceivedMark, SessionEvent } from '../events.ts';
import type { Session } from '../session.ts';

export type HistoryEntry = {
  /** RFC 3339. */
  readonly at: string;
  readonly kind: 'call' | 'typed' | 'interrupted';
  readonly data: JsonValue;
};

export type HarnessHistory = {
  readonly project: string;
  readonly harness: string;
  /** The harness's own name of its session. */
  readonly session: string;
  readonly entries: readonly HistoryEntry[];
};

const marksEach = 1_000;
/** An input longer than this is kept as its beginning. */
const mostData = 60_000;

/** Writes the history as a session that may do nothing. Refuses one that is here already. */
export async function takeInHistory(
  { records, newId }: Pick<Ports, 'records' | 'newId'>,
  { project, harness, session, entries }: HarnessHistory,
  by: By,
): Promise<Result<Session>> {
  const source = `${harness} ${session}`;
  const known = records.sessions.all().find(({ received }) => received?.source === source);
  if (known !== undefined)
    return reject(refuse('conflict', `that session of ${harness} is here already, as \`${known.id}\``));
  if (entries.length === 0) return reject(refuse('invalid', `there is nothing of \`${session}\` in that history`));
  const marks = entries.map(({ at }, index): ReceivedMark => ({ version: index + 2, at, actor: harness, hash: '' }));
  const events: readonly SessionEvent[] = [
    {
      type: 'session.opened',
      data: {
        ...{ title: `${harness} ${session}`.slice(0, 256), project, agent: harness, driver: 'person', argv: [] },
        ...{ mandate: null, mission: null, task: null, parent: null, workspace: null, repository: null },
        sandbox: { kind: 'contain', writable: [], hidden: [], network: 'none' },
      },
    },
    ...entries.map(({ at, kind, data }): SessionEvent => {
      const text = JSON.stringify(data);
      const kept = text.length > mostData ? { beginning: text.slice(0, mostData).toWellFormed() } : data;
      return { type: 'observation.recorded', data: { type: `history.${kind}`, data: { at, said: kept } } };
    }),
    ...Array.from({ length: Math.ceil(marks.length / marksEach) }, (_, index): SessionEvent => ({
      type: 'history.received',
      data: { source, marks: marks.slice(index * marksEach, (index + 1) * marksEach) },
    })),
    {
      type: 'session.received',
      data: {
        source,
        key: null,
        workspace: null,
        repository: null,
        reason: `it is a history of ${harness}, and has no mandate`,
      },
    },
  ];
  return accept(await records.sessions.create(newId('s'), events, project, by));
}
