/** What a harness asks by itself: answered once, from wherever, and told back (design, "When a person is asked": one prompter). */

import { expect, it } from 'vitest';
import type { NativeQuestionsDeps } from './native-questions.ts';
import { createNativeQuestions } from './native-questions.ts';

type Item = { readonly id: string; state: 'open' | 'answered'; answer: string | null };

/** An inbox in memory; `shown` is what the person at the terminal presses, null: Escape, undefined: nothing. */
function desk(shown: string | null | undefined) {
  const items: Item[] = [];
  const answer = (id: string, given: string): void => {
    const item = items.find((one) => one.id === id && one.state === 'open');
    if (item !== undefined) Object.assign(item, { state: 'answered', answer: given });
  };
  const showing: string[] = [];
  const inbox = {
    attempt: (_: unknown, { params, body }: { params?: { id: string }; body?: { answer: string } }) => {
      if (params !== undefined && body !== undefined) answer(params.id, body.answer);
      return Promise.resolve({ ok: true, value: { items } });
    },
  };
  const point = {
    call: () => {
      items.push({ id: `i-${String(items.length + 1)}`, state: 'open', answer: null });
      return Promise.resolve({ ok: true, value: { item: items.at(-1)?.id } });
    },
  };
  const questions = createNativeQuestions({
    session: 's',
    // As much of both as is called.
    asPoint: point as never as NativeQuestionsDeps['asPoint'],
    runtime: () => Promise.resolve(inbox as never),
    show: ({ id }, signal) => {
      showing.push(id);
      if (shown !== undefined) return Promise.resolve(shown);
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null)));
    },
  });
  return { questions, items, answer, showing };
}

const prompt = (isShown: boolean, id: string | null = null) => ({ what: 'Bash make', prompt: id, isShown });

it('puts a prompt that waits for it at the terminal, and leaves it to the harness where nobody presses a key', async () => {
  const yes = desk('allow');
  expect(await yes.questions.permission(prompt(false))).toBe('allow');
  expect(yes.items).toMatchObject([{ state: 'answered', answer: 'allow' }]);
  const left = desk(null);
  expect(await left.questions.permission(prompt(false))).toBeNull();
  expect(left.items).toMatchObject([{ state: 'answered', answer: 'left to its own prompt' }]);
});

it('shows no second prompt beside the one of the harness, and takes the answer from elsewhere', async () => {
  const { questions, answer, showing } = desk('allow');
  const asked = questions.permission(prompt(true));
  await new Promise(setImmediate);
  answer('i-1', 'deny');
  expect(await asked).toBe('deny');
  expect(showing).toEqual([]);
});

it('is over once it was answered there: that one, or whatever is open', async () => {
  const { questions, items } = desk(undefined);
  const [one, other] = [questions.permission(prompt(true, 'p1')), questions.permission(prompt(true, 'p2'))];
  await new Promise(setImmediate);
  questions.wentOn('p1');
  expect(await one).toBeNull();
  expect(items).toMatchObject([{ answer: 'answered at its own prompt' }, { state: 'open' }]);
  questions.wentOn();
  expect(await other).toBeNull();
  expect(items).toMatchObject([{}, { answer: 'answered at its own prompt' }]);
});
