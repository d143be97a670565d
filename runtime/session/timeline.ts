/** What happened in a session, in order, of every kind that somebody coming back asks for; and a filter by kind. It adds nothing to the log and leaves housekeeping out. */

import type { Envelope } from '@writ/journal';
import type { Ports } from '../ports.ts';
import type { SessionEvent } from './events.ts';
import type { Session } from './session.ts';
import { isInThread } from './workspace-events.ts';

export const timelineKinds = [
  'turns',
  'commands',
  'tests',
  'git',
  'services',
  'observations',
  'notes',
  'people',
  'checkpoints',
  'tools',
] as const;
export type TimelineKind = (typeof timelineKinds)[number];

export type TimelineEntry = {
  readonly event: Envelope;
  readonly kind: TimelineKind;
  /** False for what a rewind took out of the conversation. */
  readonly inThread: boolean;
};

/** Of which kind an event is; null for housekeeping. */
export function kindOf({ type, data }: Pick<Envelope, 'type' | 'data'>): TimelineKind | null {
  if (type === 'fact.seen') return kindOfFact(data);
  return Object.hasOwn(kinds, type) ? (kinds[type] ?? null) : null;
}

const kinds: Readonly<Record<string, TimelineKind>> = {
  'turn.started': 'turns',
  'turn.ended': 'turns',
  'agent.said': 'turns',
  'output.late': 'commands',
  'run.started': 'commands',
  'run.ended': 'commands',
  'tool.judged': 'tools',
  'tool.updated': 'tools',
  'place.changed': 'git',
  'checkpoint.recorded': 'git',
  'checkpoint.taken': 'checkpoints',
  'session.rewound': 'checkpoints',
  'observation.recorded': 'observations',
  'note.left': 'notes',
  'input.admitted': 'people',
  'input.set_aside': 'people',
  'session.opened': 'people',
  'session.paused': 'people',
  'session.resumed': 'people',
  'session.closed': 'people',
  'session.inert': 'people',
  'session.told': 'people',
} satisfies Partial<Record<SessionEvent['type'], TimelineKind>>;

function kindOfFact(data: Envelope['data']): TimelineKind {
  const kind = typeof data === 'object' && data !== null && 'kind' in data ? data.kind : null;
  switch (kind) {
    case 'git':
    case 'data_store':
      return 'git';
    case 'tests':
      return 'tests';
    case 'command':
    case 'terminal':
      return 'commands';
    case 'service':
      return 'services';
    case 'pin':
      return 'notes';
    default:
      return 'observations';
  }
}

const pageEvents = 1_000;

/** The newest `limit` entries before `before` (0: the end of the log) of the wanted kinds, oldest first. */
export async function timeline(
  { records }: Pick<Ports, 'records'>,
  session: Session,
  {
    kinds: wanted,
    before,
    limit,
  }: { readonly kinds: ReadonlySet<TimelineKind>; readonly before: number; readonly limit: number },
): Promise<readonly TimelineEntry[]> {
  const found: TimelineEntry[] = [];
  const stream = records.sessions.streamOf(session.id);
  for (
    let until = before === 0 ? session.version : before - 1;
    until > 0 && found.length < limit;
    until -= pageEvents
  ) {
    const after = Math.max(0, until - pageEvents);
    const events = await records.journal.read(stream, { after, limit: until - after });
    for (const event of events.toReversed()) {
      const kind = kindOf(event);
      if (kind === null || !wanted.has(kind)) continue;
      found.push({ event, kind, inThread: isInThread(session.remembered, event.version) });
      if (found.length >= limit) break;
    }
  }
  return found.reverse();
}
