/** Everything the runtime remembers, rebuilt from its journal: sessions, missions and attention items. It keeps nothing else. */

import type { Journal, Lineage } from '@writ/journal';
import type { ItemEvent } from './attention/events.ts';
import { evolve as evolveItem } from './attention/evolve.ts';
import type { Item } from './attention/item.ts';
import { Log } from './log.ts';
import type { MissionEvent } from './mission/events.ts';
import { evolve as evolveMission } from './mission/evolve.ts';
import type { Mission } from './mission/mission.ts';
import type { SessionEvent } from './session/events.ts';
import { evolve as evolveSession } from './session/evolve.ts';
import type { Session } from './session/session.ts';

export type Records = {
  readonly journal: Journal;
  readonly sessions: Log<Session, SessionEvent>;
  readonly missions: Log<Mission, MissionEvent>;
  readonly items: Log<Item, ItemEvent>;
  /** Called after each commit; disposing the result stops it. */
  readonly onChange: (listener: () => void) => Disposable;
};

/** Reads the journal from its beginning and follows it from then on. */
export async function openRecords(journal: Journal): Promise<Records> {
  const sessions = new Log<Session, SessionEvent>(journal, {
    prefix: 'session',
    evolve: evolveSession,
    projectOf: (session) => session.project,
    lineageOf: ({ id, agent, mandate, mission, task }) => lineage({ session: id, agent, mandate, mission, task }),
  });
  const missions = new Log<Mission, MissionEvent>(journal, {
    prefix: 'mission',
    evolve: evolveMission,
    projectOf: (mission) => mission.project,
    lineageOf: ({ id, mandate }) => lineage({ mission: id, mandate }),
  });
  const items = new Log<Item, ItemEvent>(journal, {
    prefix: 'item',
    evolve: evolveItem,
    projectOf: (item) => item.project,
    lineageOf: ({ mandate, mission, task, session }) => lineage({ mandate, mission, task, session }),
  });
  const logs = [sessions, missions, items];
  await journal.follow(0, (envelopes) => {
    for (const envelope of envelopes) for (const log of logs) log.follow(envelope);
  });
  return { journal, sessions, missions, items, onChange: (listener) => journal.project(listener) };
}

/** A lineage of what is known; the journal takes no empty names. */
function lineage(
  parts:
    | Readonly<Record<'session' | 'agent' | 'mandate' | 'mission' | 'task', string | null | undefined>>
    | Readonly<Record<string, string | null | undefined>>,
): Lineage {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => typeof value === 'string' && value !== ''));
}
