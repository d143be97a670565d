/**
 * What a request of MCP 2026-07-28 says of itself in `_meta`: its revision, who makes it, and what they can do. Before that revision it was said once, at the beginning of a conversation. Pure.
 */

import type { Message } from './json-rpc.ts';
import { membersOf } from './json-rpc.ts';

/** The first revision in which each request stands by itself. */
export const modern = '2026-07-28';
/** The last in which there is a beginning. */
export const earlier = '2025-11-25';

const named = 'io.modelcontextprotocol/';

/** What a request of `modern` says of who makes it (`_meta`). */
export const envelopeFor = (clientInfo: unknown, capabilities: unknown): Message => ({
  [`${named}protocolVersion`]: modern,
  [`${named}clientInfo`]: clientInfo,
  [`${named}clientCapabilities`]: capabilities,
});

/** Of what a message says of who makes it. */
export const envelopeOf = (message: Message): Message =>
  Object.fromEntries(
    Object.entries(membersOf(membersOf(message['params'])['_meta'])).filter(([key]) => key.startsWith(named)),
  );

/** The revision a request says it is of; undefined for one of before there was an envelope. */
export function revisionOf(message: Message): string | undefined {
  const said = envelopeOf(message)[`${named}protocolVersion`];
  return typeof said === 'string' ? said : undefined;
}

/** The request with `envelope`, unless it says of itself who makes it. */
export function withEnvelope(message: Message, envelope: Message): Message {
  const params = membersOf(message['params']);
  return { ...message, params: { ...params, _meta: { ...envelope, ...membersOf(params['_meta']) } } };
}

/** Who answered, as a result says it. */
export const serverInfoIn = ({ serverInfo, _meta }: Message): unknown =>
  serverInfo ?? membersOf(_meta)[`${named}serverInfo`];
