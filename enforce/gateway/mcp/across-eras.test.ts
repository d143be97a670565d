/** An agent of before 2026-07-28 at a server that speaks nothing else, message by message. */

import { expect, test } from 'vitest';
import { acrossEras } from './across-eras.ts';
import type { Message } from './json-rpc.ts';
import { error, request, result } from './json-rpc.ts';
import type { UpstreamEvents } from './upstream.ts';

function between() {
  const [toServer, toAgent]: [Message[], Message[]] = [[], []];
  let events: UpstreamEvents | undefined;
  const upstream = acrossEras(
    (given) => {
      events = given;
      return { send: (message) => void toServer.push(message), end: () => Promise.resolve() };
    },
    { onMessage: (message) => void toAgent.push(message), onEnd: () => undefined },
  );
  return { upstream, toServer, toAgent, says: (message: Message) => events?.onMessage(message) };
}
const clientInfo = { name: 'old', version: '1' };
const initialize = request(1, 'initialize', { protocolVersion: '2025-06-18', capabilities: { roots: {} }, clientInfo });
const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': clientInfo,
  'io.modelcontextprotocol/clientCapabilities': { roots: {} },
};
function begun() {
  const side = between();
  side.upstream.send(initialize);
  side.says(error(1, -32_022, 'Unsupported protocol version'));
  expect(side.toServer.at(-1)).toEqual(request('writ-discover', 'server/discover', { _meta: envelope }));
  side.says(
    result('writ-discover', {
      supportedVersions: ['2026-07-28'],
      capabilities: { tools: {} },
      instructions: 'be kind',
    }),
  );
  return side;
}

test('what its beginning says goes with each request, and what only its revision has is answered here', () => {
  const { upstream, toServer, toAgent, says } = begun();
  expect(toAgent).toEqual([
    result(1, {
      protocolVersion: '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: 'a server', version: '0' },
      instructions: 'be kind',
    }),
  ]);
  toServer.length = 0;
  upstream.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
  upstream.send(request(2, 'ping', {}));
  upstream.send(request(3, 'tools/call', { name: 'look', _meta: { 'acme/own': 1 } }));
  expect(toServer).toEqual([request(3, 'tools/call', { name: 'look', _meta: { ...envelope, 'acme/own': 1 } })]);
  says(result(3, { content: [] }));
  says(result(4, { resultType: 'input_required', inputRequests: {} }));
  expect(toAgent.slice(1)).toMatchObject([
    { id: 2, result: {} },
    { id: 3, result: {} },
    { id: 4, error: { code: -32_000 } },
  ]);
});

test('a server that speaks neither says so itself, and nothing is changed between two who understand each other', () => {
  for (const answer of [
    error('writ-discover', -32_601, 'no'),
    result('writ-discover', { supportedVersions: ['2027-01-01'] }),
  ]) {
    const { upstream, toAgent, says } = between();
    upstream.send(initialize);
    says(error(1, -32_603, 'broken'));
    says(answer);
    expect(toAgent).toEqual([error(1, -32_603, 'broken')]);
  }
  const { upstream, toServer, toAgent, says } = between();
  upstream.send(initialize);
  says(result(1, { protocolVersion: '2025-06-18' }));
  upstream.send(request(2, 'ping', {}));
  says(result(2, { resultType: 'input_required' }));
  expect(toServer).toEqual([initialize, request(2, 'ping', {})]);
  expect(toAgent).toEqual([result(1, { protocolVersion: '2025-06-18' }), result(2, { resultType: 'input_required' })]);
});
