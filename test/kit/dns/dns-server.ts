/**
 * A name server for tests (RFC 1035 over UDP): each name has a list of answers, given one after the other; the last one stays. It counts what it was asked, so that
 * a test sees who looked up what, and how often. It answers for IPv4 addresses alone.
 */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Resolver } from 'node:dns/promises';

export interface DnsServer extends AsyncDisposable {
  /** What a name is answered with from now on: a list of addresses for each time it is asked. */
  answer(name: string, ...times: readonly (readonly string[])[]): void;
  /** How often a name was asked for. */
  asked(name: string): number;
  /** Asks it. */
  resolve(name: string): Promise<readonly string[]>;
}

/** Starts one on a free port. */
export async function startDnsServer(): Promise<DnsServer> {
  const answers = new Map<string, (readonly string[])[]>();
  const counts = new Map<string, number>();
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const { name, end } = nameIn(query);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    const times = answers.get(name) ?? [];
    const addresses = times.length > 1 ? times.shift() : times[0];
    socket.send(replyTo(query.subarray(0, end + 4), addresses ?? []), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${String(socket.address().port)}`]);
  return {
    answer(name, ...times) {
      answers.set(name, [...times]);
    },
    asked: (name) => counts.get(name) ?? 0,
    resolve: (name) => resolver.resolve4(name),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        socket.close(() => {
          resolve();
        });
      }),
  };
}

function nameIn(query: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

function replyTo(question: Buffer, addresses: readonly string[]): Buffer {
  const reply = Buffer.from(question);
  reply.writeUInt16BE(addresses.length === 0 ? 0x8183 : 0x8180, 2);
  reply.writeUInt16BE(addresses.length, 6);
  reply.writeUInt32BE(0, 8);
  const records = addresses.map((address) =>
    // The name of the question, type A, class IN, not to be kept.
    Buffer.concat([Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]), Buffer.from(address.split('.').map(Number))]),
  );
  return Buffer.concat([reply, ...records]);
}
