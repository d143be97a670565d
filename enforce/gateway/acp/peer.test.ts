/** One end of a connection: who asked what, whoever answers. */

import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { Incoming, Reply } from './peer.ts';
import { openPeer } from './peer.ts';

function connected() {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const asked: Incoming[] = [];
  const other: string[] = [];
  const peer = openPeer(input, output, {
    onRequest: (incoming) => void asked.push(incoming),
    onNotification: () => undefined,
    onOther: (line) => void other.push(line),
    onEnd: () => undefined,
  });
  const hear = (message: object | string): void =>
    void input.write(`${typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const written = (): readonly Record<string, unknown>[] =>
    String(output.read() ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
  return { peer, asked, other, hear, written, settled };
}

test('an answer counts once, for a question that is open, and a later one has another id', async () => {
  const { peer, hear, written, settled } = connected();
  const replies: Reply[] = [];
  peer.ask('a', {}, (reply) => replies.push(reply));
  const [first] = written();
  hear({ id: first?.['id'], result: 1 });
  hear({ id: first?.['id'], result: 2 });
  hear({ id: 'never-asked', result: 3 });
  await settled();
  peer.ask('b', {}, (reply) => replies.push(reply));
  const [second] = written();
  expect(second?.['id']).not.toBe(first?.['id']);
  hear({ id: first?.['id'], result: 4 });
  await settled();
  expect(replies).toEqual([{ result: 1 }]);
});

test('an id that is under way is not taken twice, and an answer is given once', async () => {
  const { asked, hear, written, settled } = connected();
  hear({ id: 7, method: 'a', params: {} });
  hear({ id: 7, method: 'b', params: {} });
  await settled();
  expect(asked.map(({ method }) => method)).toEqual(['a']);
  expect(written()).toMatchObject([{ id: 7, error: { code: -32_600 } }]);
  asked[0]?.answer({ result: 'yes' });
  asked[0]?.answer({ result: 'no' });
  expect(written()).toMatchObject([{ id: 7, result: 'yes' }]);
});

test('what is taken back is passed on by its own id; what is no message is no message', async () => {
  const { peer, asked, other, hear, written, settled } = connected();
  hear('a warning');
  hear('[1]');
  hear({ id: 'x', method: 'a', params: {} });
  await settled();
  const takeBack = peer.ask('a', {}, () => undefined);
  asked[0]?.onCancel(takeBack);
  const [sent] = written();
  hear({ method: '$/cancel_request', params: { requestId: 'x' } });
  await settled();
  expect(written()).toMatchObject([{ method: '$/cancel_request', params: { requestId: sent?.['id'] } }]);
  expect(other).toEqual(['a warning', '[1]']);
});

test('what is held back comes after what is said first, in its order', () => {
  const { peer, written } = connected();
  const release = peer.holdBack();
  peer.notify('second', {});
  peer.notify('third', {});
  expect(written()).toEqual([]);
  release(() => peer.notify('first', {}));
  expect(written().map(({ method }) => method)).toEqual(['first', 'second', 'third']);
});
