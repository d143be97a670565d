/**
 * Journals of every released version (`conformance/released`) are folded by today's control to what they meant then. When the shape of an event changes, the journals of old
 * stay as they are, and `eventIn` brings them to the new shape: docs/decisions/0008-how-events-change.md.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Envelope } from '@writ/journal';
import { expect, it } from 'vitest';
import type { Projection } from './projection.ts';
import { emptyProjection, fold } from './projection.ts';

const released = join(import.meta.dirname, '..', 'conformance', 'released');

function eventsIn(path: string): readonly Envelope[] {
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  // A journal's own lines; an export leaves the organisation to its manifest.
  return lines.map((line) => ({ ...(JSON.parse(line) as Envelope), organisation: 'local' }));
}

const folded = (events: readonly Envelope[]): Projection => {
  const projection = emptyProjection();
  for (const event of events) fold(projection, event);
  return projection;
};

/** What these events meant, in facts that no version may read differently. */
function meaningOf(p: Projection): object {
  const mandates = [...p.mandates.values()].map(({ mandate }) => [mandate.id, mandate.state.name, mandate.version]);
  return {
    ...{ position: p.position, incarnation: p.incarnation, mandates, proposals: [...p.proposals] },
    openOperations: [...p.openOperations],
    openReceipts: [...p.openReceipts],
    questions: [...p.openQuestions],
    credentials: p.credentials.size,
    people: [...p.people.values()].map(({ name, isRemoved }) => [name, isRemoved]),
    readings: [...p.subjects].map(([subject, { reading }]) => [subject, reading]),
    sources: [...p.sources.keys()],
    sinks: [...p.sinks.keys()],
    keys: [...p.keys.keys.values()].map(({ kid, use, state }) => [kid, use, state.name]),
  };
}

for (const version of readdirSync(released).filter((name) => /^\d/.test(name))) {
  const folder = join(released, version);
  const journals = [
    ...readdirSync(join(folder, 'control')).map((name) => join('control', name)),
    join('night', 'control.events.jsonl'),
  ].filter((name) => name.endsWith('.jsonl'));

  it.each(journals)(`reads what ${version} wrote: %s`, async (name) => {
    const meaning = JSON.stringify(meaningOf(folded(eventsIn(join(folder, name)))), null, 1);
    await expect(`${meaning}\n`).toMatchFileSnapshot(join(folder, 'meaning', `${name.replaceAll('/', '-')}.json`));
  });

  it(`${version} has journals with nearly every kind of event`, () => {
    const types = new Set(journals.flatMap((name) => eventsIn(join(folder, name)).map(({ type }) => type)));
    expect(types.size).toBeGreaterThan(65);
  });
}
