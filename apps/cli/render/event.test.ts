import { expect, it } from 'vitest';
import { at, plain } from './example-wire.ts';
import { eventLines, isHousekeeping, sentenceOf } from './event.ts';

const event = (type: string, data: unknown = {}) => ({ type, at, actor: 'owner', data });

it('reads either spelling of a field', () => {
  expect(sentenceOf(event('evidence.recorded', { task: 'T1', command: 'node --test', exitCode: 0 })).text).toBe(
    'check `node --test` ended with 0',
  );
  expect(sentenceOf(event('evidence.recorded', { task: 'T1', command: 'node --test', exit_code: 1 })).mark).toBe(
    'failed',
  );
});

it('never hides an event it has no sentence for', () => {
  expect(sentenceOf(event('weather.changed')).text).toBe('weather.changed by owner');
  expect(sentenceOf(event('constructor')).text).toBe('constructor by owner');
});

it('neutralises what an agent printed', () => {
  expect(
    eventLines(event('output.recorded', { text: 'ok\u001b]0;x\u0007\n\u009bJ\n' }), plain, 'T1').map((line) =>
      line.slice(12),
    ),
  ).toEqual(['│ T1  ok␛]0;x␇', '│ T1  ‹U+009B›J']);
});

it('keeps bad news out of the housekeeping', () => {
  expect(isHousekeeping(event('run.ended', { exitCode: 0 }))).toBe(true);
  expect(isHousekeeping(event('run.ended', { exitCode: 1 }))).toBe(false);
  expect(isHousekeeping(event('turn.ended', { outcome: 'interrupted' }))).toBe(false);
  expect(isHousekeeping(event('mandate.revoked'))).toBe(false);
});

it('what came after a stop says so on each of its lines', () => {
  const lines = (type: string, data: object): string => eventLines(event(type, data), plain).join('\n');
  expect(lines('output.late', { text: 'one\ntwo\n' })).toMatch(/late: one\n.*late: two/);
  expect(lines('agent.said', { text: 'still here', late: true })).toContain('late: still here');
  expect(lines('agent.said', { text: 'in time' })).not.toContain('late');
});

it('what a launcher saw is told in words, and what nobody has words for by its name', () => {
  const seen = (type: string, data: object): string => sentenceOf(event('observation.recorded', { type, data })).text;
  expect(seen('tool.judged', { tool: 'Bash', decision: 'refuse', sentence: 'it is not in what was approved' })).toBe(
    'Bash: refuse: it is not in what was approved',
  );
  expect(seen('question.put', { at: 'terminal' })).toBe('asked you at the terminal');
  expect(seen('weather.seen', {})).toBe('seen: weather.seen');
});
