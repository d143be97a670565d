import { expect, it } from 'vitest';
import { at, plain } from './example-wire.ts';
import { eventLine, sentenceOf } from './event.ts';

const event = (type: string, data: unknown = {}) => ({ type, at, actor: 'owner', data });

it('reads either spelling of a field', () => {
  expect(sentenceOf(event('evidence.recorded', { task: 'T1', command: 'node --test', exitCode: 0 })).text).toBe(
    'T1 check `node --test` ended with 0',
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
  expect(eventLine(event('output.recorded', { text: 'ok\u001b]0;x\u0007\n' }), plain)).toContain('ok␛]0;x␇');
});
