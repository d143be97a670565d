/** From the routes about people in sessions to their commands and back, search included. Translates spelling; decides nothing. */

import type { togetherApi } from '@writ/protocol';
import type { Runtime } from '@writ/runtime';
import type { RuntimeHandlers } from './rights.ts';
import { sees, views } from './rights.ts';
import { answerOf, idOf, searched, session, wholeIn, who } from './to-wire.ts';

/** A handler for each route of `togetherApi`. */
export function togetherHandlers(runtime: Runtime): Pick<RuntimeHandlers, keyof typeof togetherApi> {
  const { sessions, presence, search } = runtime;
  return {
    shareSession: async ({ params, body, caller }) =>
      answerOf(await sessions.share(idOf(params), body, who(caller)), session),
    joinSession: async ({ params, caller }) =>
      answerOf(await sessions.takePart(idOf(params), 'join', who(caller)), session),
    leaveSession: async ({ params, caller }) =>
      answerOf(await sessions.takePart(idOf(params), 'leave', who(caller)), session),
    presence: ({ params }) => answerOf(sessions.get(idOf(params)), ({ id }) => ({ present: [...presence.of(id)] })),
    async searchSessions({ query, caller }) {
      const [of, project] = [query.get('session'), query.get('project')];
      const found = await search.find(
        { words: query.get('q') ?? '', session: of, limit: Math.min(wholeIn(query, 'limit', 20), 200) },
        (one) =>
          (project === null || one.project === project) &&
          sees(caller, one.project) &&
          views(runtime, caller, one.session),
      );
      return searched(runtime, found);
    },
  };
}
