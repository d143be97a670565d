import { expect, it } from 'vitest';
import { OutputRecorder } from './output.ts';

const mebi = 1_048_576;

it('records a large output whole, in chunks that an event can carry whatever they hold', () => {
  const recorder = new OutputRecorder('r1');
  const text = '\u0001'.repeat(3 * mebi);
  const events = recorder.take(0, text.length, text);
  expect(events.map(({ data }) => data?.text).join('')).toBe(text);
  for (const { data } of events) expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThan(256 * 1024);
  expect(new Set(events.map(({ data }) => data?.dropped))).toEqual(new Set([0]));
});

it('counts what is more than a log should hold, and keeps the end of it for whoever explains it', () => {
  const recorder = new OutputRecorder('r1');
  const text = 'x'.repeat(mebi);
  const events = Array.from({ length: 17 }, (_, at) => recorder.take(at * mebi, (at + 1) * mebi, text)).flat();
  expect(events.reduce((sum, { data }) => sum + (data?.text.length ?? 0), 0)).toBe(16 * mebi);
  expect(events.reduce((sum, { data }) => sum + (data?.dropped ?? 0), 0)).toBe(mebi);
  recorder.take(17 * mebi, 17 * mebi + 3, 'end');
  expect(recorder.tail.endsWith('end')).toBe(true);
});
