/** What each plane offers over its own journal: proving it, and what of it is erased. */

import { z } from 'zod';
import { erasedWire, eraseWire } from './erase-wire.ts';
import { retentionWire, setRetentionWire } from './retention-wire.ts';
import { route } from './route.ts';
import { verifyWire } from './verify-wire.ts';

const none = z.undefined();

export const journalApi = {
  verify: route({
    method: 'GET',
    path: '/v1/audit/verify',
    summary: 'verify the journal of this plane; `?seals=` checkpoints of it that somebody else has',
    callers: ['person'],
    body: none,
    reply: verifyWire,
    status: 200,
  }),
  retention: route({
    method: 'GET',
    path: '/v1/audit/retention',
    summary: 'what is erased by itself, and after how long',
    callers: ['person'],
    body: none,
    reply: retentionWire,
    status: 200,
  }),
  setRetention: route({
    method: 'POST',
    path: '/v1/audit/retention',
    summary: 'say how long one kind of what may be erased is kept',
    callers: ['person'],
    body: setRetentionWire,
    reply: retentionWire,
    status: 200,
  }),
  erase: route({
    method: 'POST',
    path: '/v1/audit/erase',
    summary: 'erase the data of events for good; what authority or a session rests on is never erased',
    callers: ['person'],
    body: eraseWire,
    reply: erasedWire,
    status: 200,
  }),
} as const;
