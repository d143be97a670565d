import { expect, test } from 'vitest';
import { tellStanding } from './tell-standing.ts';

/** What is said, and a clock that is moved by hand. */
function at() {
  const said: string[] = [];
  let due: (() => void) | null = null;
  const tell = tellStanding(
    (sentence) => said.push(sentence),
    (run) => {
      due = run;
      return () => (due = null);
    },
  );
  return { said, tell, pass: () => due?.() };
}
const frozen = { kind: 'frozen', why: 'control is not heard' } as const;
const thawed = { kind: 'thawed', why: 'the mandate holds' } as const;

test('what is over before anybody could read it is not written over the screen of the program', () => {
  const { said, tell, pass } = at();
  tell(frozen);
  tell(thawed);
  pass();
  expect(said).toEqual([]);
});

test('what lasts is said, and then that it goes on', () => {
  const { said, tell, pass } = at();
  tell(frozen);
  pass();
  tell(thawed);
  expect(said).toEqual(['frozen: control is not heard', 'going on: the mandate holds']);
  tell(frozen);
  tell(thawed);
  expect(said).toHaveLength(2);
});

test('the end is said at once, also of what just came to stand still', () => {
  const { said, tell, pass } = at();
  tell(frozen);
  tell({ kind: 'ended', why: 'revoked by owner' });
  pass();
  expect(said).toEqual(['ended: revoked by owner']);
});
