/**
 * A server that speaks only 2026-07-28, where each request stands by itself, for an agent that begins a conversation (2025-11-25 and before). What the agent said of itself at its beginning goes
 * with each of its requests, and what only its revision has is answered here (MCP 2026-07-28, Versioning and Compatibility).
 *
 * It changes nothing between two who understand each other, and says no to an agent where the server wants to ask it something in the middle of a request: nothing in its revision could.
 */

import type { Message, MessageId } from './json-rpc.ts';
import { error, idOf, isMessage, membersOf, methodOf, request, result } from './json-rpc.ts';
import { earlier, envelopeFor, modern, serverInfoIn, withEnvelope } from './envelope.ts';
import type { Upstream, UpstreamEvents } from './upstream.ts';

const discoverId = 'writ-discover';

type Beginning = { readonly id: MessageId; readonly asked: Message };

/** The server that `open` opens, as one that understands an agent of either kind. */
export function acrossEras(open: (events: UpstreamEvents) => Upstream, { onMessage, onEnd }: UpstreamEvents): Upstream {
  let beginning: Beginning | null = null;
  /** Why the server does not begin with the agent, until it is known whether it speaks otherwise. */
  let refused: Message | null = null;
  /** What goes with each request of the agent's; null where the agent and the server understand each other. */
  let envelope: Message | null = null;
  const upstream = open({ onMessage: fromServer, onEnd });

  function fromServer(message: Message): void {
    const id = idOf(message);
    if (methodOf(message) !== undefined || id === undefined || beginning === null) return onMessage(message);
    if (id === beginning.id && isMessage(message['error'])) {
      refused = message;
      const { clientInfo, capabilities } = beginning.asked;
      return upstream.send(
        withEnvelope(request(discoverId, 'server/discover', {}), envelopeFor(clientInfo, capabilities)),
      );
    }
    if (id === discoverId && refused !== null) return begun(beginning, message, refused);
    onMessage(envelope === null ? message : understood(id, message));
  }

  function begun({ id, asked }: Beginning, discovered: Message, no: Message): void {
    const told = membersOf(discovered['result']);
    const { supportedVersions, capabilities, instructions } = told;
    refused = null;
    if (!Array.isArray(supportedVersions) || !supportedVersions.includes(modern)) return onMessage(no);
    envelope = envelopeFor(asked['clientInfo'], asked['capabilities']);
    const { protocolVersion } = asked;
    onMessage(
      result(id, {
        protocolVersion: typeof protocolVersion === 'string' && protocolVersion < modern ? protocolVersion : earlier,
        capabilities: membersOf(capabilities),
        serverInfo: serverInfoIn(told) ?? { name: 'a server', version: '0' },
        ...(instructions !== undefined && { instructions }),
      }),
    );
  }

  return {
    send(message, params) {
      const [id, method] = [idOf(message), methodOf(message)];
      if (method === 'initialize' && id !== undefined) beginning = { id, asked: membersOf(message['params']) };
      if (envelope === null || method === undefined) return upstream.send(message, params);
      if (method === 'notifications/initialized') return;
      if (method === 'ping' && id !== undefined) return onMessage(result(id, {}));
      upstream.send(id === undefined ? message : withEnvelope(message, envelope), params);
    },
    end: () => upstream.end(),
  };
}

/** An answer that an agent of before understands. */
const understood = (id: MessageId, message: Message): Message =>
  membersOf(message['result'])['resultType'] === 'input_required'
    ? error(
        id,
        -32_000,
        'the server has a question before it goes on, and this agent speaks a revision in which it cannot be asked',
      )
    : message;
