/** What people do with whole sessions: fork them, grant a mandate to one that has none, take them out of the lists. No route of these is an agent's. */

import { controlApi } from '@writ/protocol';
import { askMandate } from '../control/ask.ts';
import type { Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import { decide } from '../session/decide.ts';
import type { ForkAsk } from '../session/fork.ts';
import { forkSession, historyLength, historyOf } from '../session/fork.ts';
import type { Session } from '../session/session.ts';
import type { EventView, SessionView } from '../views.ts';
import { eventView, sessionView } from '../views.ts';
import type { House, Who } from './house.ts';
import { byWho } from './house.ts';

export type HistoryView = EventView & { readonly seq: number; readonly session: string };

export interface ForkCommands {
  /** Another session with this one's history up to an event, in a worktree of its own and without a mandate. */
  fork(id: string, ask: ForkAsk, who: Who): Promise<Result<SessionView>>;
  /** All of its history, what it has from those it was forked from included. */
  history(
    id: string,
    page: { readonly after: number; readonly limit: number },
  ): Promise<Result<{ readonly items: readonly HistoryView[]; readonly length: number }>>;
  /** Binds a session that has no mandate to one that is in force now. */
  grant(
    id: string,
    given: { readonly mandate: string; readonly credential: string },
    who: Who,
  ): Promise<Result<SessionView>>;
  archive(id: string, reason: string, who: Who): Promise<Result<SessionView>>;
  unarchive(id: string, reason: string, who: Who): Promise<Result<SessionView>>;
}

/** The fork commands of `house`. */
export function forkCommands(house: House): ForkCommands {
  const { sessions } = house.records;
  const view = (result: Result<Session>): Result<SessionView> =>
    result.ok ? accept(sessionView(result.value)) : result;
  return {
    fork: async (id, ask, who) => view(await forkSession(house, id, ask, byWho(who))),
    async history(id, page) {
      const session = sessions.get(id);
      if (session === undefined) return reject(refuse('not_found', `there is no session \`${id}\``));
      const events = await historyOf(house, session, page);
      const items = events.map(({ seq, session: of, event }) => ({ ...eventView(event), seq, session: of }));
      return accept({ items, length: historyLength(sessions, session) });
    },
    grant: async (id, given, who) => view(await grant(house, id, given, who)),
    archive: async (id, reason, who) =>
      view(await sessions.act(id, (session) => decide(session, { do: 'archive', reason }), byWho(who))),
    unarchive: async (id, reason, who) =>
      view(await sessions.act(id, (session) => decide(session, { do: 'unarchive', reason }), byWho(who))),
  };
}

/** INVARIANT: what is granted was approved for the same project and is in force; whether a step is inside it is asked at each step. */
async function grant(
  house: House,
  id: string,
  { mandate, credential }: { readonly mandate: string; readonly credential: string },
  who: Who,
): Promise<Result<Session>> {
  const { sessions } = house.records;
  const session = sessions.get(id);
  if (session === undefined) return reject(refuse('not_found', `there is no session \`${id}\``));
  const found = await house.control.call(controlApi.getMandate, { params: { id: mandate } });
  const standing = await askMandate(house.control, mandate);
  if (!found.ok || standing.standing === 'unreachable')
    return reject(
      refuse('unreachable', `how mandate \`${mandate}\` stands cannot be asked now`, 'grant it when control answers'),
    );
  if (standing.standing !== 'in_force')
    return reject(
      refuse(
        'refused',
        'sentence' in standing ? standing.sentence : `\`${standing.successor}\` took the place of \`${mandate}\``,
        'approve a mandate for it and grant that',
        'mandate_inactive',
      ),
    );
  if (found.value.project !== session.project)
    return reject(
      refuse(
        'refused',
        `mandate \`${mandate}\` is for project \`${found.value.project}\`, and session \`${id}\` is in \`${session.project}\``,
        'approve one for that project',
        'out_of_authority',
      ),
    );
  const bound = await sessions.act(id, (now) => decide(now, { do: 'bind', mandate }), {
    ...byWho(who),
    cause: mandate,
  });
  if (!bound.ok) return bound;
  await house.credentials.put(`session-${id}`, credential);
  house.drain(id);
  return bound;
}
