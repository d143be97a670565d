/** Control answers every call and its change stream brings nothing: what a proxy, a half-open connection or a bug can do. */

import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endpointOf } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EnforcerServer } from './start-enforcer-server.ts';
import { startEnforcerServer } from './start-enforcer-server.ts';
import type { House } from './testing.ts';
import { must, openHouse, until } from './testing.ts';
import { size, standStill } from './writers.ts';

let house: House;
let between: Server;
let enforcer: EnforcerServer;
let deaf: 'no' | 'silent' | 'old' = 'no';
const streams = new Set<ServerResponse>();

beforeEach(async () => {
  deaf = 'no';
  house = await openHouse();
  await house.server.close();
  between = createServer((incoming, response) => {
    const isStream = incoming.url?.startsWith('/v1/events') === true;
    if (isStream && deaf === 'silent') return void response.destroy();
    // A stream that goes on beating and has stopped at an old position.
    if (isStream && deaf === 'old') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const beat = setInterval(() => response.write(': 1\n\n'), 200);
      response.on('close', () => clearInterval(beat));
      return void response.write(': 1\n\n');
    }
    const target = new URL((endpointOf(house.dir, 'control') as { url: string }).url); // control listens on TCP
    const onward = request(
      {
        host: target.hostname,
        port: target.port,
        path: incoming.url,
        method: incoming.method,
        headers: { ...incoming.headers, host: target.host },
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    if (isStream) streams.add(response);
    incoming.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(between, 'listening');
  const address = between.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  enforcer = await startEnforcerServer({
    dir: house.dir,
    controlUrl: `http://127.0.0.1:${String(address.port)}`,
  });
  await until('the enforcer hears control', () => enforcer.enforcer.controlHeardMsAgo !== null);
});
afterEach(async () => {
  await enforcer.close();
  between.closeAllConnections();
  between.close();
  await house[Symbol.asyncDispose]();
});

const beat = (): string => join(house.work, 'beat');
/** Nothing writes any more, and nothing comes later. */
const stands = async (): Promise<boolean> => {
  await standStill(beat());
  const before = size(beat());
  await sleep(400);
  return size(beat()) === before;
};

test.each(['silent', 'old'] as const)(
  '%s: runs stand still within the deadline, stay so, and go on when changes arrive again',
  async (how) => {
    const m = await house.mandate();
    const run = await house.start(m, 'while :; do echo x >> beat; sleep 0.02; done', { lease_ms: 3_600_000 });
    await until('it works', () => size(beat()) > 2);
    deaf = how;
    for (const stream of streams) stream.destroy();
    // Something happens that the stream does not bring.
    must(await house.owner.call(controlApi.createProject, { body: { id: 'news' } }));
    await until('it is frozen', async () => (await house.state(run.id)) === 'frozen', 6_000);
    expect(await stands()).toBe(true);
    expect(await stands()).toBe(true);
    deaf = 'no';
    between.closeAllConnections();
    await until('it goes on', async () => (await house.state(run.id)) === 'running', 6_000);
  },
);
