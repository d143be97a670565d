import { expect, test } from 'vitest';
import type { DispatchPorts } from './dispatch.ts';
import { Dispatcher } from './dispatch.ts';

/** A dispatcher whose look at a mission fails, and what closes it. */
const failing = (error: Error) => {
  const closing = new AbortController();
  // All that a look reads before it fails.
  const ports = {
    closing: closing.signal,
    isResting: () => false,
    records: { missions: { get: () => ({ mandate: 'm' }) } },
    isOneOfSeveral: () => true,
    credentials: { get: () => Promise.reject(error) },
  } as unknown as DispatchPorts;
  return { dispatcher: new Dispatcher(ports), closing };
};

test('what fails while it closes is left to the next start; anything else is told', async () => {
  const error = new Error('Git was ended');
  await expect(failing(error).dispatcher.kick('m')).rejects.toBe(error);
  const { dispatcher, closing } = failing(error);
  const kicked = dispatcher.kick('m');
  closing.abort();
  await kicked;
});
