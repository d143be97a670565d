/** Journals of every released version (`conformance/released`) are folded by today's runtime to what they meant then. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Envelope, Journal } from '@writ/journal';
import { expect, it } from 'vitest';
import { openRecords } from './records.ts';

const released = join(import.meta.dirname, '..', 'conformance', 'released');

for (const version of readdirSync(released).filter((name) => /^\d/.test(name))) {
  it(`reads what ${version} wrote`, async () => {
    const lines = readFileSync(join(released, version, 'night', 'runtime.events.jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean);
    // An export's own lines.
    const events = lines.map((line) => ({ ...(JSON.parse(line) as Envelope), organisation: 'local' }));
    const follow: Journal['follow'] = (_after, listener) => {
      listener(events);
      return Promise.resolve({ [Symbol.dispose]: () => undefined });
    };
    // What is read from a journal here is what it follows.
    const records = await openRecords({ follow } as Journal);
    const meaning = {
      sessions: records.sessions
        .all()
        .map(({ id, state, activity, lastTurn, queue, runs, mandate, mission, task }) => ({
          ...{ id, state: state.name, activity: activity.name, lastTurn, waiting: queue.length, runs: runs.length },
          ...{ mandate, mission, task },
        })),
      missions: records.missions.all().map(({ id, state, tasks }) => ({ id, state: state.name, tasks })),
      items: records.items.all().map(({ id, kind, state }) => ({ id, kind, state })),
    };
    await expect(`${JSON.stringify(meaning, null, 1)}\n`).toMatchFileSnapshot(
      join(released, version, 'meaning', 'night-runtime.json'),
    );
  });
}
