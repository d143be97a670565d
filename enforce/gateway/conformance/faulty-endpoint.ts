/** An endpoint as a session may find it when something is wrong: prompts are answered, calls are not, each in its own bad way. For the conformance kit. */

import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { http } from '../../node-http.ts';
import type { HarnessAdapter } from '../adapters/adapter.ts';
import { sendWhole } from '../hooks/endpoint.ts';

export const faults = ['garbage', 'error', 'silent', 'gone'] as const;
export type Fault = (typeof faults)[number];

export type FaultyEndpoint = {
  readonly url: string;
  /** Calls that were asked about. */
  readonly asked: () => number;
  /** Resolves at the first of them. */
  readonly whenAsked: Promise<void>;
} & AsyncDisposable;

/** Starts it on a free loopback port. */
export async function startFaultyEndpoint(adapter: HarnessAdapter, fault: Fault): Promise<FaultyEndpoint> {
  let asked = 0;
  const { promise: whenAsked, resolve: beAsked } = Promise.withResolvers<void>();
  const server = http.createServer((request, response) => {
    json(request).then(
      (body) => {
        const event = adapter.read(body);
        const reply = (status: number, text: string): void => sendWhole(response, status, text);
        if (event?.kind !== 'call')
          return reply(200, JSON.stringify(adapter.reply(event?.native ?? '', { kind: 'no_objection' })));
        asked += 1;
        beAsked();
        switch (fault) {
          case 'garbage':
            return reply(200, '<<no answer at all>>');
          case 'error':
            return reply(500, '{}');
          case 'silent':
            return;
          case 'gone':
            return response.destroy() && undefined;
        }
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server that listens has an address and a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}/${adapter.name}`,
    asked: () => asked,
    whenAsked,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
