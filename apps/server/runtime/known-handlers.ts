/** From the routes by which agents read what is known to the runtime's commands and back. Translates spelling; what an agent may be told of other sessions is the runtime's to say. */

import type { knownApi } from '@writ/protocol';
import type { Runtime } from '@writ/runtime';
import type { Answer } from '../http/call.ts';
import { problem } from '../http/problem.ts';
import type { RuntimeCaller } from './authentication.ts';
import type { RuntimeHandlers } from './rights.ts';
import { nobodys } from './rights.ts';
import { answerOf, idOf, oriented, searched, sightings, wholeIn, who } from './to-wire.ts';

/**
 * What somebody who speaks for no run is told; null for who may. The enforcer vouches for the session a door belongs to, and the launcher for one at its terminal, where it asks, notes and reads; nobody
 * else speaks for a run.
 */
export function strangerTo(
  { sessions }: Pick<Runtime, 'sessions'>,
  caller: RuntimeCaller,
  id: string,
): Answer<never> | null {
  const found = caller.kind === 'point' && caller.name === 'launcher' ? sessions.get(id) : null;
  const speaks =
    (caller.kind === 'point' && caller.name === 'enforcer') ||
    (found?.ok === true && found.value.driver === 'attended');
  return speaks ? null : { ok: false, problem: problem(403, 'wrong_caller', 'only the enforcer speaks for a run') };
}

/** A handler for each route of `knownApi`. */
export function knownHandlers(runtime: Runtime): Pick<RuntimeHandlers, keyof typeof knownApi> {
  const { sessions, search, workspace } = runtime;
  return {
    doorOrientation: async ({ params, caller }) =>
      strangerTo(runtime, caller, idOf(params)) ?? answerOf(await sessions.back(idOf(params), who(caller)), oriented),
    doorDecisions: async ({ params, caller }) =>
      strangerTo(runtime, caller, idOf(params)) ??
      answerOf(await sessions.decisions(idOf(params)), (items) => ({
        items: items.map(({ mission: _, ...one }) => one),
      })),
    async doorSearch({ params, query, caller }) {
      const id = idOf(params);
      const limit = Math.min(wholeIn(query, 'limit', 20), 50);
      const asked = { words: query.get('q') ?? '', session: null, limit };
      return (
        strangerTo(runtime, caller, id) ??
        searched(runtime, await search.find(asked, ({ session }) => sessions.mayTellIn(id, session)))
      );
    },
    async doorSeenBefore({ params, query, caller }) {
      const id = idOf(params);
      const text = query.get('text');
      const found = sessions.get(id);
      const project = found.ok ? found.value.project : nobodys;
      const sought =
        text === null || text.trim() === ''
          ? { by: 'session' as const, session: id }
          : { by: 'text' as const, text: text.slice(0, 4_096), project };
      return (
        strangerTo(runtime, caller, id) ??
        answerOf(await workspace.seenBefore(sought, (other) => sessions.mayTellIn(id, other.id)), sightings)
      );
    },
  };
}
