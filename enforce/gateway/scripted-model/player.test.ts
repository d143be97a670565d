import { describe, expect, test } from 'vitest';

import { plainMessage, type Ask } from './exchange.ts';
import { modelFamily, player, type Chosen } from './player.ts';

function ask(texts: readonly string[], change: Partial<Ask> = {}): Ask {
  return {
    format: 'anthropic',
    model: 'claude-sonnet-4-5',
    stream: false,
    system: '',
    messages: texts.map((text, index) => plainMessage(index % 2 === 0 ? 'user' : 'assistant', text)),
    tools: [{ kind: 'function', name: 'Bash' }],
    ...change,
  };
}

function said(chosen: Chosen): string {
  return `${chosen.kind}: ${chosen.turn.say ?? ''}`;
}

const bash = { name: 'Bash', input: { command: 'true' } };

describe('the place in the script', () => {
  test('moves turn by turn, and an exhausted script answers a plain end', () => {
    const play = player({ turns: [{ say: 'one' }, { say: 'two' }], fallback: { say: 'over' } });
    expect(said(play.choose(ask(['go'])))).toBe('turn: one');
    expect(said(play.choose(ask(['go', 'one', 'on'])))).toBe('turn: two');
    expect(said(play.choose(ask(['go', 'one', 'on', 'two', 'on'])))).toBe('end: over');
  });

  test('is kept apart for other first words and other model families', () => {
    const play = player({ turns: [{ say: 'one' }, { say: 'two' }] });
    expect(said(play.choose(ask(['go'])))).toBe('turn: one');
    expect(said(play.choose(ask(['hop'])))).toBe('turn: one');
    expect(said(play.choose(ask(['go', 'one', 'on'], { model: 'claude-opus-4-1' })))).toBe('turn: one');
    expect(said(play.choose(ask(['go', 'one', 'on'])))).toBe('turn: two');
  });

  test('is the same whatever reminders the harness adds to the first message', () => {
    const play = player({ turns: [{ say: 'one' }, { say: 'two' }] });
    play.choose(ask(['<system-reminder>today is Monday</system-reminder>\ngo']));
    expect(said(play.choose(ask(['<system-reminder>now Tuesday</system-reminder>\ngo', 'one', 'on'])))).toBe(
      'turn: two',
    );
  });

  test('starts anew for a request without history, unless it repeats one that failed', () => {
    const play = player({ turns: [{ say: 'one' }, { say: 'two' }] });
    play.choose(ask(['go']));
    expect(said(play.choose(ask(['go'])))).toBe('turn: one');
    const failing = player({ turns: [{ status: 500 }, { say: 'two' }] });
    failing.choose(ask(['go']));
    expect(said(failing.choose(ask(['go'])))).toBe('turn: two');
  });

  test('passes turns whose `when` does not hold, and waits when none holds', () => {
    const play = player({
      turns: [
        { when: { lastUserContains: 'never' }, say: 'no' },
        { when: { lastUserContains: 'steer' }, say: 'yes' },
      ],
    });
    expect(said(play.choose(ask(['go'])))).toBe('end: Done.');
    expect(said(play.choose(ask(['go', 'Done.', 'steer left'])))).toBe('turn: yes');
    expect(said(play.choose(ask(['go', 'Done.', 'never'])))).toBe('end: Done.');
  });

  test('a turn may be for one model only', () => {
    const play = player({ turns: [{ when: { model: 'opus' }, say: 'big' }, { say: 'any' }] });
    expect(said(play.choose(ask(['go'])))).toBe('turn: any');
    expect(said(play.choose(ask(['go'], { model: 'claude-opus-4-1' })))).toBe('turn: big');
  });
});

describe('side requests', () => {
  test('a conversation without the marker consumes nothing', () => {
    const play = player({ marker: 'M-1', turns: [{ say: 'one' }] });
    expect(said(play.choose(ask(['hello'])))).toBe('side: Done.');
    expect(said(play.choose(ask(['do M-1'])))).toBe('turn: one');
  });

  test('a request without tools consumes nothing of a script that calls tools', () => {
    const play = player({ turns: [{ tools: [bash] }] });
    expect(play.choose(ask(['go'], { tools: [] })).kind).toBe('side');
    expect(play.choose(ask(['go'])).kind).toBe('turn');
  });

  test('a request for a title consumes nothing of a script of words', () => {
    const play = player({ turns: [{ say: 'one' }] });
    expect(play.choose(ask(['go'], { tools: [], system: 'You are a title generator.' })).kind).toBe('side');
    expect(play.choose(ask(['go'], { tools: [] })).kind).toBe('turn');
  });
});

test('a sub-agent known by its marker has turns of its own', () => {
  const play = player({
    marker: 'MAIN',
    turns: [{ say: 'main' }],
    conversations: [{ marker: 'CHILD', turns: [{ say: 'child' }], fallback: { say: 'child over' } }],
  });
  expect(said(play.choose(ask(['work on CHILD'])))).toBe('turn: child');
  expect(said(play.choose(ask(['MAIN'])))).toBe('turn: main');
  expect(said(play.choose(ask(['work on CHILD', 'child', 'more'])))).toBe('end: child over');
});

test('a family is the tier of a Claude model, or the name without its date', () => {
  expect(modelFamily('claude-sonnet-4-5-20250929')).toBe('sonnet');
  expect(modelFamily('anthropic/claude-haiku-4-5')).toBe('haiku');
  expect(modelFamily('gpt-5.1-2025-11-13')).toBe('gpt-5.1');
  expect(modelFamily('stub-model')).toBe('stub-model');
});
