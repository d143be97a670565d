/**
 * Takes in what a harness wrote down of a session of its own: each call of a tool with its input and what came of it, what was typed and said, when it was. A harness's word, signed by nobody: it can be
 * read, searched and erased like other words, and nothing is done because of it.
 */

import type { JsonValue } from '@writ/journal';
import type { By } from '../../log.ts';
import type { Ports } from '../../ports.ts';
import type { Result } from '../../refusal.ts';
import { accept, refuse, reject } from '../../refusal.ts';
import type { ReceivedMark, SessionEvent } from '../events.ts';
import type { Session } from '../session.ts';
import { textPieces } from '../text-pieces.ts';
import { mayView } from '../visibility.ts';

/** `at`: RFC 3339. */
export type HistoryEntry =
  | { readonly at: string; readonly kind: 'call' | 'interrupted'; readonly data: JsonValue }
  | { readonly at: string; readonly kind: 'typed'; readonly text: string }
  /** `by`: the helper that said it, as the harness calls it; null: the agent of the session. */
  | { readonly at: string; readonly kind: 'said' | 'thought'; readonly text: string; readonly by: string | null }
  /** `exitCode`: null where the harness does not say it. */
  | {
      readonly at: string;
      readonly kind: 'answered';
      readonly call: string;
      readonly text: string;
      readonly exitCode: number | null;
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
/** Words longer than this stand in several events; whatever JSON makes of each character, an event can carry as many. */
const pieceChars = 30_000;

/** Writes the history as a session that may do nothing. Refuses one that is here already. */
export async function takeInHistory(
  { records, newId }: Pick<Ports, 'records' | 'newId'>,
  { project, harness, session, entries }: HarnessHistory,
  by: By,
): Promise<Result<Session>> {
  const source = `${harness} ${session}`;
  // INVARIANT: one that somebody else took in, and nobody else sees, is answered as one that is not here.
  const known = records.sessions
    .all()
    .find(
      (one) => one.received?.source === source && one.project === project && mayView(records.sessions, one, by.actor),
    );
  if (known !== undefined)
    return reject(refuse('conflict', `that session of ${harness} is here already, as \`${known.id}\``));
  if (entries.length === 0) return reject(refuse('invalid', `there is nothing of \`${session}\` in that history`));
  const told = entries.flatMap((entry, index) =>
    eventsOf(entry, { harness, turn: session, input: `history-${String(index)}` }).map((event) => ({
      at: entry.at,
      event,
    })),
  );
  const marks = told.map(({ at }, index): ReceivedMark => ({ version: index + 3, at, actor: harness, hash: '' }));
  const events: readonly SessionEvent[] = [
    {
      type: 'session.opened',
      data: {
        ...{
          title: `${harness} ${session}`.slice(0, 256).toWellFormed(),
          project,
          agent: harness,
          driver: 'person',
          argv: [],
        },
        ...{ mandate: null, mission: null, task: null, parent: null, workspace: null, repository: null },
        sandbox: { kind: 'contain', writable: [], hidden: [], network: 'none' },
      },
    },
    // INVARIANT: what somebody said to a harness of their own is theirs to show.
    { type: 'visibility.changed', data: { visibility: { to: 'private', members: [by.actor] } } },
    ...told.map(({ event }) => event),
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

/** What one entry is here. Nothing that somebody typed there drives anything here. */
function eventsOf(
  entry: HistoryEntry,
  { harness, turn, input }: { readonly harness: string; readonly turn: string; readonly input: string },
): readonly SessionEvent[] {
  const { at } = entry;
  const seen = (kind: string, said: JsonValue): SessionEvent => ({
    type: 'observation.recorded',
    data: { type: `history.${kind}`, data: { at, said } },
  });
  switch (entry.kind) {
    case 'call':
    case 'interrupted': {
      const text = JSON.stringify(entry.data);
      const isLong = text.length > mostData;
      return [seen(entry.kind, isLong ? { beginning: text.slice(0, mostData).toWellFormed() } : entry.data)];
    }
    case 'typed': {
      const how = { delivery: 'queue', wake: 'person', by: harness, drives: false } as const;
      return pieces(entry.text).map(({ text }) => ({ type: 'input.admitted', data: { input, text, ...how } }));
    }
    case 'said':
    case 'thought': {
      const kind = entry.kind === 'said' ? 'message' : 'thought';
      const by = entry.by === null ? {} : { by: entry.by };
      return pieces(entry.text).map(({ text }) => ({ type: 'agent.said', data: { turn, kind, text, ...by } }));
    }
    case 'answered': {
      const { call: run, exitCode } = entry;
      const ended = exitCode === null ? [] : [seen('ended', { call: run, exitCode })];
      return [
        ...pieces(entry.text).map((piece): SessionEvent => ({
          type: 'output.recorded',
          data: { run, ...piece, dropped: 0 },
        })),
        ...ended,
      ];
    }
  }
}

/** The text in pieces, each with the bytes it begins and ends at. */
function pieces(whole: string): readonly { readonly from: number; readonly next: number; readonly text: string }[] {
  let next = 0;
  return textPieces(whole.toWellFormed(), pieceChars).map((text) => {
    const from = next;
    next += Buffer.byteLength(text);
    return { from, next, text };
  });
}
