import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { controlWorld, proposal } from '../testing/control-world.ts';
import { createHttpServer } from './http-server.ts';
import { streamEvents } from './event-stream.ts';
import { createDrain } from './drain.ts';
import { errorsOnly } from '../log/log.ts';

type Heard = { readonly id: string | undefined; readonly event: string | undefined };

/** Follows a stream until `enough` says so. */
async function follow(
  url: string,
  token: string,
  headers: Record<string, string>,
  enough: (heard: readonly Heard[], comments: readonly string[]) => boolean,
): Promise<{ events: readonly Heard[]; comments: readonly string[] }> {
  const leave = new AbortController();
  const response = await fetch(`${url}/v1/events`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: leave.signal,
  });
  const events: Heard[] = [];
  const comments: string[] = [];
  let rest = '';
  const take = (text: string): void => {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string): string | undefined => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1];
      const comment = field('');
      if (comment !== undefined) comments.push(comment);
      if (field('data') !== undefined) events.push({ id: field('id'), event: field('event') });
    }
  };
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    take(decoder.decode(chunk, { stream: true }));
    if (enough(events, comments)) break;
  }
  leave.abort();
  return { events, comments };
}

describe('the change stream', () => {
  it('replays after a position and tails, every position once and in order, over any number of reconnects', async () => {
    await using world = await controlWorld();
    const seen: string[] = [];
    for (let round = 0; round < 3; round++) {
      const propose = async () => {
        for (let index = 0; index < 5; index++) await world.call('POST', '/v1/mandates', proposal());
      };
      const last = seen.at(-1) ?? '0';
      const [{ events }] = await Promise.all([
        follow(world.url, world.owner, { 'last-event-id': last }, (heard) => heard.length >= 5),
        propose(),
      ]);
      seen.push(...events.map(({ id }) => id ?? ''));
    }
    expect(seen).toEqual(seen.map((_, index) => String(index + 1)));
    expect(seen.length).toBeGreaterThanOrEqual(15);
  });

  it('starts at the head without a position, and beats with the head it has sent', async () => {
    await using world = await controlWorld();
    const { items } = (await world.call<{ items: unknown[] }>('GET', '/v1/audit')).json;
    const { events, comments } = await follow(world.url, world.points.enforcer, {}, (_, said) => said.length >= 2);
    expect(events).toEqual([]);
    const beat = `${String(items.length)} ${String(items.length)}`;
    expect(comments.map((comment) => comment.trim())).toEqual([beat, beat]);
  });

  it('tells a reader from the future to start over: this is not the journal it knows', async () => {
    await using world = await controlWorld();
    const { events } = await follow(world.url, world.owner, { 'last-event-id': '4000' }, () => false);
    expect(events.map(({ event }) => event)).toEqual(['resync']);
  });

  it('drops a reader that does not keep up, telling it to start over', async () => {
    const app = createHttpServer({
      door: 'loopback',
      drain: createDrain('control'),
      log: errorsOnly('control'),
      problemOf: () => undefined,
    });
    const closing = new AbortController();
    const ended = new Promise<number>((resolve) => {
      app.get('/v1/events', async (_, reply) => {
        let sent = 0;
        async function* events() {
          for (let position = 1; position <= 10_000; position++) {
            sent = position;
            yield { position, type: 'big', data: 'x'.repeat(50_000) };
          }
        }
        await streamEvents(reply, {
          after: 0,
          head: () => 10_000,
          events,
          heartbeatMs: 60_000,
          signal: closing.signal,
          maxWaitingBytes: 200_000,
          maxWaitMs: 50,
        });
        resolve(sent);
        return reply;
      });
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.pause();
    socket.write(`GET /v1/events HTTP/1.1\r\nhost: 127.0.0.1:${String(port)}\r\n\r\n`);
    expect(await ended).toBeLessThan(10_000);
    let tail = '';
    socket.on('data', (chunk: Buffer) => (tail = (tail + chunk.toString('latin1')).slice(-200)));
    socket.resume();
    await once(socket, 'end');
    expect(tail).toContain('event: resync');
    socket.destroy();
    closing.abort();
    await app.close();
  });
});
