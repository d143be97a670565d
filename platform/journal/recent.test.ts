/** What a journal keeps of its end: exactly what the log says from any position it answers for, however the events came, and nothing that was erased. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { erasureStream } from './erase.ts';
import type { Envelope } from './journal.ts';
import { RecentEvents } from './recent.ts';

// Position and stream are all it looks at.
const event = (position: number, stream = 's'): Envelope => ({ position, stream }) as Envelope;

it('answers as the log would, or says that it cannot', () => {
  fc.assert(
    fc.property(
      fc.nat(50),
      fc.array(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 300 }), { maxLength: 8 }),
      fc.array(fc.record({ back: fc.nat(900), limit: fc.integer({ min: 1, max: 200 }) }), { maxLength: 10 }),
      (end, batches, asked) => {
        const recent = new RecentEvents(end);
        const log: Envelope[] = [];
        let position = end;
        for (const steps of batches) {
          // Positions may leave gaps; their order is what counts.
          const events = steps.map((step) => event((position += step)));
          log.push(...events);
          recent.add(events);
          for (const { back, limit } of asked) {
            const after = Math.max(0, position - back);
            const answer = recent.after(after, limit);
            if (answer === null) expect(log.length > 256 || after < end).toBe(true);
            else expect(answer).toEqual(log.filter((one) => one.position > after).slice(0, limit));
          }
          // Who follows the end is never sent back to the log.
          expect(recent.after(position, 10)).toEqual([]);
        }
      },
    ),
    { numRuns: 200 },
  );
});

it('an erasure empties it: what is read from then on is read from the log', () => {
  const recent = new RecentEvents(0);
  recent.add([event(1), event(2)]);
  recent.add([event(3, erasureStream)]);
  expect(recent.after(0, 10)).toBeNull();
  expect(recent.after(2, 10)).toBeNull();
  expect(recent.after(3, 10)).toEqual([]);
  recent.add([event(4)]);
  expect(recent.after(3, 10)).toEqual([event(4)]);
});
