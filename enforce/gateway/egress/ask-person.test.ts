/** A no at the gate, put to a person: design, "When a person is asked". */

import { expect, it } from 'vitest';
import type { No, PersonSaid, RefusedThere } from './ask-person.ts';
import { nobodyToAsk, orAsked } from './ask-person.ts';

const refused: RefusedThere = {
  action: 'network.connect',
  resource: 'https://new.example/',
  code: 'out_of_authority',
  sentence: 'it is not named',
  approval: null,
};
const no: No = { ok: false, text: 'writ: refused', refused };
const yes = { ok: true } as const;

it.each<[PersonSaid, readonly (typeof yes | No)[], string]>([
  ['yes', [no, yes], 'through'],
  // A yes that control did not take opens nothing.
  ['yes', [no, no], 'writ: refused'],
  ['no', [no, yes], 'writ: refused: it is not named, and a person said no; do not retry as it is'],
  ['waits', [no, yes], 'try it again once they said yes'],
  [null, [no, yes], 'writ: refused'],
])('after `%s` it answers what control answers then', async (said, answers, expected) => {
  const left = [...answers];
  const asked: RefusedThere[] = [];
  const answer = await orAsked(
    () => Promise.resolve(left.shift() ?? no),
    (one) => {
      asked.push(one);
      return Promise.resolve(said);
    },
  );
  expect(answer.ok ? 'through' : answer.text).toContain(expected);
  expect(asked).toEqual([refused]);
  expect(answers.length - left.length).toBe(said === 'yes' ? 2 : 1);
});

it('asks nobody about what is permitted, and nobody where nobody is', async () => {
  const never = () => Promise.reject(new Error('asked'));
  expect(await orAsked(() => Promise.resolve(yes), never)).toBe(yes);
  expect(await orAsked(() => Promise.resolve<typeof yes | No>(no), nobodyToAsk)).toBe(no);
});
