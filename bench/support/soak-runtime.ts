/** The runtime's server with somebody at work in it: told how many events, it records them in the sessions it is told, 64 side by side, and tells its parent now and then how many are done. */

import { startRuntimeServer } from '@writ/server';
import { payload, who } from './session-house.ts';

const side = 64;
const server = await startRuntimeServer({ dir: process.argv[2] ?? '' });

async function work(events: number, sessions: readonly string[]): Promise<void> {
  let next = 0;
  let done = 0;
  const some = Math.max(1, Math.floor(events / 50));
  await Promise.all(
    Array.from({ length: side }, async () => {
      while (next < events) {
        const step = next++;
        const seen = { type: 'step.finished', data: { step, output: payload } };
        const told = await server.runtime.sessions.observe(sessions[step % sessions.length] ?? '', seen, who);
        if (!told.ok) throw new Error(told.refusal.sentence);
        done += 1;
        if (done % some === 0) process.send?.(String(done));
      }
    }),
  );
}

process.on('message', (said: { readonly events: number; readonly sessions: readonly string[] }) => {
  void work(said.events, said.sessions);
});
process.once('disconnect', () => void server.close());
