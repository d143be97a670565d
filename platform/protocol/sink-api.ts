/** Where effects of a project may go, as routes: names with addresses that a person gives. An address holds no credential. */

import { z } from 'zod';
import { id, sinkKindWire } from './mandate-wire.ts';
import { route } from './route.ts';

export const sinkWire = z.object({
  project: id,
  name: id,
  url: z.string(),
  kind: sinkKindWire,
  named_by: z.string(),
});

const none = z.undefined();

export const sinkApi = {
  nameSink: route({
    method: 'PUT',
    path: '/v1/projects/:id/sinks/:name',
    summary: 'say where effects may go under a name; what was begun for another address under it goes nowhere',
    callers: ['person'],
    body: z.object({ url: z.string().min(1).max(2_048), kind: sinkKindWire }),
    reply: sinkWire,
    status: 200,
  }),
  forgetSink: route({
    method: 'DELETE',
    path: '/v1/projects/:id/sinks/:name',
    summary: 'nothing goes there any more',
    callers: ['person'],
    body: none,
    reply: sinkWire,
    status: 200,
  }),
  listSinks: route({
    method: 'GET',
    path: '/v1/projects/:id/sinks',
    summary: 'where effects of the project may go',
    callers: ['person', 'point'],
    body: none,
    reply: z.object({ items: z.array(sinkWire) }),
    status: 200,
  }),
} as const;
