/** Everything the runtime remembers, rebuilt from its journal: sessions, missions, attention items and accepted agents. It keeps nothing else. */

import type { Folding, Journal, KeptFoldOptions, Lineage } from '@writ/journal';
import { KeptFold } from '@writ/journal';
import type { AcceptedAgent, AcceptedEvent } from './agent/accepted/accepted-agent.ts';
import { acceptedTypes, evolveAccepted } from './agent/accepted/accepted-agent.ts';
import { itemTypes } from './attention/events.ts';
import type { ItemEvent } from './attention/events.ts';
import { evolve as evolveItem } from './attention/evolve.ts';
import type { Item } from './attention/item.ts';
import { namesOfItem } from './attention/item.ts';
import { Log } from './log.ts';
import { missionTypes } from './mission/events.ts';
import type { MissionEvent } from './mission/events.ts';
import { evolve as evolveMission } from './mission/evolve.ts';
import { freezeMission, thawMission } from './mission/mission.ts';
import type { FrozenMission, Mission } from './mission/mission.ts';
import { sessionTypes } from './session/events.ts';
import type { SessionEvent } from './session/events.ts';
import { evolve as evolveSession } from './session/evolve.ts';
import { namesOfSession } from './session/session.ts';
import type { Session } from './session/session.ts';
import type { Noted } from './witness.ts';
import { foldWitness } from './witness.ts';

type Logs = {
  readonly sessions: Log<Session, SessionEvent>;
  readonly missions: Log<Mission, MissionEvent>;
  readonly items: Log<Item, ItemEvent>;
  /** Agents that people accepted, by project and name. */
  readonly agents: Log<AcceptedAgent, AcceptedEvent>;
  /** What was seen of control's journal. */
  readonly noted: Noted;
};

export type Records = Logs & {
  readonly journal: Journal;
  /** Called after each commit; disposing the result stops it. */
  readonly onChange: (listener: () => void) => Disposable;
  /** Stores a snapshot of all of it, when one is due. */
  readonly keepDue: () => Promise<void>;
} & AsyncDisposable;

/** Reads the journal from its snapshot on, or from its beginning, and follows it from then on. */
export async function openRecords(journal: Journal, options: KeptFoldOptions): Promise<Records> {
  const kept = await KeptFold.open(journal, keptRecords(journal), options);
  return {
    ...kept.state,
    journal,
    onChange: (listener) => journal.project(listener),
    keepDue: () => kept.keepDue(),
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

/**
 * Another one whenever a session, mission or item has another shape, or an event another meaning: a snapshot of before is not used then. A test tells, by the state that the
 * journals of the released versions fold to.
 */
const version = '14';

type Frozen = {
  readonly sessions: ReadonlyMap<string, Session>;
  readonly missions: ReadonlyMap<string, FrozenMission>;
  readonly items: ReadonlyMap<string, Item>;
  readonly agents: ReadonlyMap<string, AcceptedAgent>;
  readonly noted: Noted;
};

/** The fold of the runtime's journal as a snapshot keeps it. */
export function keptRecords(journal: Journal): Folding<Logs> {
  return {
    name: 'runtime',
    version,
    fresh: () =>
      logsOf(journal, {
        ...{ sessions: new Map(), missions: new Map(), items: new Map(), agents: new Map() },
        noted: { seen: null, version: 0 },
      }),
    fold: ({ sessions, missions, items, agents, noted }, envelope) => {
      for (const log of [sessions, missions, items, agents]) log.follow(envelope);
      foldWitness(noted, envelope);
    },
    freeze: ({ sessions, missions, items, agents, noted }): Frozen => ({
      noted,
      sessions: sessions.freeze(),
      missions: mapped(missions.freeze(), freezeMission),
      items: items.freeze(),
      agents: agents.freeze(),
    }),
    // What `freeze` of this very version wrote and this plane's key signed.
    thaw: (frozen) => logsOf(journal, frozen as Frozen),
    sizeOf: ({ sessions, missions, items, agents }) =>
      [sessions, missions, items, agents].reduce((sum, log) => sum + log.freeze().size, 0),
  };
}

const logsOf = (journal: Journal, frozen: Frozen): Logs => ({
  noted: frozen.noted,
  sessions: new Log<Session, SessionEvent>(
    journal,
    {
      prefix: 'session',
      types: sessionTypes,
      evolve: evolveSession,
      projectOf: (session) => session.project,
      lineageOf: ({ id, agent, mandate, mission, task }) => lineage({ session: id, agent, mandate, mission, task }),
      namesOf: namesOfSession,
    },
    frozen.sessions,
  ),
  missions: new Log<Mission, MissionEvent>(
    journal,
    {
      prefix: 'mission',
      types: missionTypes,
      evolve: evolveMission,
      projectOf: (mission) => mission.project,
      lineageOf: ({ id, mandate }) => lineage({ mission: id, mandate }),
    },
    mapped(frozen.missions, thawMission),
  ),
  items: new Log<Item, ItemEvent>(
    journal,
    {
      prefix: 'item',
      types: itemTypes,
      evolve: evolveItem,
      projectOf: (item) => item.project,
      lineageOf: ({ mandate, mission, task, session }) => lineage({ mandate, mission, task, session }),
      namesOf: namesOfItem,
    },
    frozen.items,
  ),
  agents: new Log<AcceptedAgent, AcceptedEvent>(
    journal,
    {
      prefix: 'agent',
      types: acceptedTypes,
      evolve: evolveAccepted,
      projectOf: (agent) => agent.project,
      lineageOf: ({ name }) => lineage({ agent: name }),
    },
    frozen.agents,
  ),
});

const mapped = <A, B>(from: ReadonlyMap<string, A>, to: (one: A) => B): ReadonlyMap<string, B> =>
  new Map([...from].map(([id, one]) => [id, to(one)]));

/** A lineage of what is known; the journal takes no empty names. */
function lineage(
  parts:
    | Readonly<Record<'session' | 'agent' | 'mandate' | 'mission' | 'task', string | null | undefined>>
    | Readonly<Record<string, string | null | undefined>>,
): Lineage {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => typeof value === 'string' && value !== ''));
}
