/** Every event that a released version wrote is read as one of today, and what is written today is read as it stands. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Envelope } from '@writ/journal';
import { expect, it } from 'vitest';
import { eventIn } from './event.ts';
import { noRules } from './policy/policy.ts';
import { emptyProjection, fold } from './projection.ts';
import { testControl } from './testing/test-control.ts';

const released = join(import.meta.dirname, '..', 'conformance', 'released');
const events = readdirSync(released)
  .filter((name) => /^\d/.test(name))
  .flatMap((version) =>
    readdirSync(join(released, version, 'control')).map((name) => join(released, version, 'control', name)),
  )
  .flatMap((path) => readFileSync(path, 'utf8').split('\n').filter(Boolean))
  // A journal's own lines.
  .map((line) => JSON.parse(line) as Envelope);

it('a policy that 0.1.0 adopted without rules has none', () => {
  const old = events.filter(({ type, data }) => type === 'policy.adopted' && !('rules' in Object(data)));
  expect(old.length).toBeGreaterThan(20);
  for (const envelope of old)
    expect(eventIn(envelope)).toMatchObject({ type: 'policy.adopted', data: { rules: noRules } });
  const projection = emptyProjection();
  for (const envelope of old.slice(0, 1)) fold(projection, envelope);
  expect(projection.policy?.rules).toEqual(noRules);
});

it('what was brought to today is of today: nothing is brought twice', () => {
  expect(events.length).toBeGreaterThan(300);
  for (const envelope of events) {
    const once = eventIn(envelope);
    // An event of control's is its type and plain data.
    expect(eventIn({ ...envelope, data: once.data as unknown as Envelope['data'] })).toEqual(once);
  }
});

it('what is written today is read as it stands', async () => {
  await using kit = await testControl();
  await kit.approved();
  for (const envelope of await kit.journal.readAll()) expect(eventIn(envelope).data).toBe(envelope.data);
});

it('an event that only a newer release knows stops the start, in words', () => {
  // What this version could not have written.
  const newer = {
    position: 1,
    stream: 'mandate-m-1',
    version: 1,
    type: 'mandate.leased',
    data: {},
  } as unknown as Envelope;
  expect(() => {
    fold(emptyProjection(), newer);
  }).toThrow(/^the event at `1` in `mandate-m-1` is `mandate.leased`, which this writ does not know: .* upgrade writ$/);
});
