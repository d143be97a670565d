/** A real client's first bytes, cut anywhere. */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { connect } from 'node:tls';
import { expect, test } from 'vitest';
import { askedFor } from './client-hello.ts';

/** What a client sends that looks for `servername`. */
async function firstBytes(servername: string | undefined): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // It listens on TCP.
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', ...(servername === undefined ? {} : { servername }) });
  client.on('error', () => undefined); // nobody answers it
  // The arguments of these events.
  const [socket] = (await once(server, 'connection')) as [NodeJS.ReadableStream];
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  server.close();
  return bytes;
}

/** The same, in records of `size` bytes each. */
function inRecords(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5, 5 + hello.readUInt16BE(3));
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

test('it is known whom a connection asks for once all of its first message is there, in however many records', async () => {
  const hello = await firstBytes('one.example');
  for (const bytes of [hello, inRecords(hello, 50)]) {
    expect(askedFor(bytes)).toEqual({ as: 'name', name: 'one.example' });
    for (let length = 0; length < bytes.length; length += 1)
      expect(askedFor(bytes.subarray(0, length))).toEqual({ as: 'unknown' });
  }
  expect(askedFor(inRecords(hello, 1))).toEqual({ as: 'name', name: 'one.example' });
  expect(askedFor(await firstBytes(undefined))).toEqual({ as: 'nobody' });
});

test('what is not such a message asks for nobody, what hides one is odd, and nothing is thrown', async () => {
  const hello = await firstBytes('one.example');
  expect(askedFor(Buffer.from('GET / HTTP/1.1\r\n'))).toEqual({ as: 'nobody' });
  expect(askedFor(Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0]))).toEqual({ as: 'odd' });
  expect(askedFor(Buffer.concat([Buffer.from([21, 3, 1, 0, 2, 1, 0]), hello]))).toEqual({ as: 'odd' });
  const padded = Buffer.alloc(20_000, Buffer.from([22, 3, 1, 0, 0]));
  expect(askedFor(padded)).toEqual({ as: 'odd' });
  for (let at = 9; at < hello.length; at += 1) {
    const broken = Buffer.from(hello);
    broken.writeUInt8(255, at);
    expect(['nobody', 'name', 'odd', 'unknown']).toContain(askedFor(broken).as);
  }
});
