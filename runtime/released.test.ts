/** Journals of every released version (`conformance/released`) are folded by today's runtime to what they meant then. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { Envelope, Journal } from '@writ/journal';
import { expect, it } from 'vitest';
import { keptRecords } from './records.ts';
import type { SessionEvent } from './session/events.ts';
import { hasShape } from './session/handoff/event-shapes.ts';

const released = join(import.meta.dirname, '..', 'conformance', 'released');

// Nothing is written here.
const folding = keptRecords({} as Journal);
type Logs = ReturnType<typeof folding.fresh>;

function folded(events: readonly Envelope[], records: Logs = folding.fresh()): Logs {
  for (const event of events) folding.fold(records, event);
  return records;
}

const textOf = (records: Logs): string =>
  JSON.stringify(folding.freeze(records), (_, value: unknown) =>
    value instanceof Map ? [...value] : value === undefined ? null : value,
  );

for (const version of readdirSync(released).filter((name) => /^\d/.test(name))) {
  const events = readFileSync(join(released, version, 'night', 'runtime.events.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    // An export's own lines.
    .map((line) => ({ ...(JSON.parse(line) as Envelope), organisation: 'local' }));

  it(`snapshot and tail are the whole log: ${version}`, () => {
    const whole = textOf(folded(events));
    for (let at = 0; at <= events.length; at += 1) {
      const snapped = folding.thaw(deserialize(serialize(folding.freeze(folded(events.slice(0, at))))));
      expect(textOf(folded(events.slice(at), snapped))).toBe(whole);
    }
    // Where this fails, snapshots of before would be read as what they are not: raise the version in records.ts, and write both here.
    expect([folding.version, createHash('sha256').update(whole).digest('base64url')]).toEqual([
      '14',
      'gjyI0cBU-MvxtbgkgKjyQMDxJLZjkLWyEYnBwVUN5kg',
    ]);
  });

  it(`takes what ${version} wrote in a session for what it is, where it is carried here`, () => {
    const odd = events.filter(
      // The types of these streams are those of sessions.
      ({ stream, type, data }) => stream.startsWith('session/') && !hasShape(type as SessionEvent['type'], data),
    );
    expect(odd).toEqual([]);
  });

  it(`reads what ${version} wrote`, async () => {
    const records = folded(events);
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

it('an event that only a newer release knows stops the start, in words', () => {
  // What this version could not have written.
  const newer = {
    position: 3,
    stream: 'session/s-1',
    version: 1,
    type: 'session.teleported',
    data: {},
  } as unknown as Envelope;
  expect(() => folded([newer])).toThrow(
    /^the event at `3` in `session\/s-1` is `session.teleported`, which this writ does not know: .* upgrade writ$/,
  );
});
