import { expect, it } from 'vitest';
import type { JsonValue } from './journal.ts';
import type { Upcasters } from './upcast.ts';
import { unknownEvent, upcast } from './upcast.ts';

const has = (data: JsonValue, name: string): boolean => typeof data === 'object' && data !== null && name in data;
const members = (data: JsonValue) => data as Readonly<Record<string, string>>; // each of them is an object of texts

/** `name` was split in two after 0.1.0, and the second part renamed after 0.2.0. */
const upcasters: Upcasters = new Map([
  [
    'person.named',
    [
      {
        until: '0.1.0',
        isOld: (data) => has(data, 'name'),
        bring: (data) => {
          const [first = '', last = ''] = (members(data)['name'] ?? '').split(' ');
          return { first, last };
        },
      },
      {
        until: '0.2.0',
        isOld: (data) => has(data, 'last'),
        bring: (data) => ({ first: members(data)['first'] ?? '', family: members(data)['last'] ?? '' }),
      },
    ],
  ],
]);

it.each<[JsonValue, JsonValue]>([
  [{ name: 'Ada Lovelace' }, { first: 'Ada', family: 'Lovelace' }],
  [
    { first: 'Ada', last: 'Lovelace' },
    { first: 'Ada', family: 'Lovelace' },
  ],
  [
    { first: 'Ada', family: 'Lovelace' },
    { first: 'Ada', family: 'Lovelace' },
  ],
  [null, null],
])('brings what any release wrote to the shape of today: %j', (data, today) => {
  expect(upcast(upcasters, { type: 'person.named', data })).toEqual(today);
});

it('leaves everything else as it is, whatever it is called', () => {
  const data = { name: 'Ada Lovelace' };
  for (const type of ['person.left', 'constructor', '__proto__']) expect(upcast(upcasters, { type, data })).toBe(data);
});

it('says of an event it does not know where it is, and the way out', () => {
  expect(unknownEvent({ type: 'mandate.leased', position: 7, stream: 'mandate-m-1' }).message).toBe(
    'the event at `7` in `mandate-m-1` is `mandate.leased`, which this writ does not know: a newer one wrote it; upgrade writ',
  );
});
