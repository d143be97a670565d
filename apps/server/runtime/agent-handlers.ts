/** From the routes about agents to their commands and back. Translates spelling; decides nothing. */

import type { agentApi, agentWire } from '@writ/protocol';
import { toWire } from '@writ/protocol';
import type { AgentPlace, AgentView, Runtime } from '@writ/runtime';
import type { z } from 'zod';
import type { RuntimeHandlers } from './rights.ts';
import { answerOf, who } from './to-wire.ts';

// A view is its wire form in our spelling, by its very type; what is readonly here is the schema's mutable array.
const agent = (view: AgentView) => toWire(view) as z.input<typeof agentWire>;

const placeIn = (query: URLSearchParams): AgentPlace => ({
  project: query.get('project') ?? '',
  repository: query.get('repository') ?? '',
});

/** A handler for each route of `agentApi`. */
export function agentHandlers({ agents }: Runtime): Pick<RuntimeHandlers, keyof typeof agentApi> {
  return {
    listAgents: async ({ query }) =>
      answerOf(await agents.list(placeIn(query)), ({ items, unread }) => ({
        items: items.map(agent),
        unread: [...unread],
      })),
    getAgent: async ({ params, query }) =>
      answerOf(await agents.get(params['name'] ?? '', placeIn(query)), ({ prompt, source, acceptances, ...view }) => ({
        ...agent(view),
        ...{ prompt, source, acceptances: [...acceptances] },
      })),
    acceptAgent: async ({ params, body, caller }) =>
      answerOf(await agents.accept(params['name'] ?? '', body, who(caller)), agent),
  };
}
