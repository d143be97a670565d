import { expect, test } from 'vitest';
import { renderLogLine } from './log-line.ts';
import { styleOf } from './style.ts';

const style = styleOf({ colour: false, unicode: true, columns: 100, now: 0 });

test('a fact is one line, with its name and what belongs to it', () => {
  const line = JSON.stringify({
    level: 'info',
    time: '2026-11-21T08:00:00.000Z',
    plane: 'control',
    pid: 12,
    fact: 'mandate.revoked',
    mandate: 'm-1',
    position: 7,
    cause: null,
  });
  expect(renderLogLine(`${line}\n`, style)).toBe(
    '2026-11-21T08:00:00.000Z info  control mandate.revoked mandate=m-1 position=7\n',
  );
});

test('what somebody else wrote does not act on the terminal', () => {
  const evil = '\u001b]0;owned\u0007\u001b[2J';
  for (const line of [JSON.stringify({ fact: 'x', sentence: evil, [evil]: 1 }), evil])
    expect(renderLogLine(`${line}\n`, style)).not.toContain('\u001b');
});

test('a bug shows where it was met', () => {
  const stack = 'Error: no\n    at one (a.ts:1:1)\n    at two (b.ts:2:2)';
  expect(renderLogLine(JSON.stringify({ level: 'error', fact: 'bug.met', sentence: 'no', stack }), style)).toContain(
    '\n    at one (a.ts:1:1)\n',
  );
});
