/**
 * One end of a proxied Agent Client Protocol connection: JSON-RPC 2.0, one message a line. Every request that goes out has an id of ours, so that neither side
 * can answer what was not asked, or a later question with an earlier answer.
 *
 * It looks at nothing but the envelope. A request whose id is under way already is refused, and an answer to no question is dropped.
 */

import type { Readable, Writable } from 'node:stream';
import type { Message, MessageId } from '../mcp/json-rpc.ts';
import { error, idOf, membersOf, methodOf, notification, request } from '../mcp/json-rpc.ts';
import { lineOf, readMessages } from '../mcp/lines.ts';

/** What a request was answered: the members `result` or `error` as they came. */
export type Reply = { readonly result: unknown } | { readonly error: Message };

export const refusal = (message: string, code: number = refused): Reply => ({ error: { code, message } });
/** Of JSON-RPC 2.0 section 5.1, and of ours. */
const refused = -32_000;
export const noSuchMethod = -32_601;
export const invalidParams = -32_602;

export type Incoming = {
  readonly method: string;
  readonly params: Message;
  /** Answers it; the first answer counts. */
  readonly answer: (reply: Reply) => void;
  /** Called once if the asker takes it back; it is answered all the same. */
  onCancel(listener: () => void): void;
};

export type PeerHandlers = {
  readonly onRequest: (incoming: Incoming) => void;
  readonly onNotification: (method: string, params: Message) => void;
  /** A line that is no message. */
  readonly onOther: (line: string) => void;
  readonly onEnd: (why: string) => void;
};

export interface Peer {
  /** Asks; `onReply` is called once, at once with the answer's arrival. Returns what takes the question back. */
  ask(method: string, params: Message, onReply: (reply: Reply) => void): () => void;
  notify(method: string, params: Message): void;
  /** Keeps back whatever is sent from now on; what it returns sends `first` and then what was kept. */
  holdBack(): (first: () => void) => void;
  /** Answers every open question of this side, in the order they came. */
  answerAll(reply: (method: string, params: Message) => Reply): void;
  end(): void;
}

const cancelMethod = '$/cancel_request';

/** Speaks with whoever is behind the two streams. */
export function openPeer(input: Readable, output: Writable, handlers: PeerHandlers): Peer {
  const asked = new Map<MessageId, (reply: Reply) => void>();
  const open = new Map<MessageId, { readonly incoming: Incoming; cancelled: () => void }>();
  const kept: Message[] = [];
  let holds = 0;
  let next = 0;

  const write = (message: Message): void => {
    if (!output.destroyed && output.writable) output.write(lineOf(message));
  };
  const send = (message: Message): void => {
    if (holds > 0) kept.push(message);
    else write(message);
  };

  function fromPeer(message: Message): void {
    const [id, method] = [idOf(message), methodOf(message)];
    if (method === undefined) return id === undefined ? undefined : replied(id, message);
    const params = membersOf(message['params']);
    if (method === cancelMethod) {
      const of = params['requestId'];
      if (typeof of === 'string' || typeof of === 'number') open.get(of)?.cancelled();
      return;
    }
    if (id === undefined) return handlers.onNotification(method, params);
    if (open.has(id)) return send(error(id, -32_600, 'a request with this id is under way'));
    takeIn(id, method, params);
  }

  function takeIn(id: MessageId, method: string, params: Message): void {
    const listeners: (() => void)[] = [];
    const incoming: Incoming = {
      method,
      params,
      answer(reply) {
        if (open.delete(id)) send({ jsonrpc: '2.0', id, ...reply });
      },
      onCancel: (listener) => void listeners.push(listener),
    };
    open.set(id, { incoming, cancelled: () => listeners.splice(0).forEach((listener) => listener()) });
    handlers.onRequest(incoming);
  }

  function replied(id: MessageId, message: Message): void {
    const onReply = asked.get(id);
    asked.delete(id);
    onReply?.('error' in message ? { error: membersOf(message['error']) } : { result: message['result'] });
  }

  readMessages(input, fromPeer, handlers.onEnd, handlers.onOther);
  output.on('error', (thrown: Error) => handlers.onEnd(thrown.message));

  return {
    ask(method, params, onReply) {
      const id = `writ-${String((next += 1))}`;
      asked.set(id, onReply);
      send(request(id, method, params));
      return () => {
        if (asked.has(id)) send(notification(cancelMethod, { requestId: id }));
      };
    },
    notify: (method, params) => send(notification(method, params)),
    holdBack() {
      holds += 1;
      return (first) => {
        const before = kept.splice(0);
        holds -= 1;
        first();
        for (const message of before) send(message);
      };
    },
    answerAll(reply) {
      for (const { incoming } of [...open.values()]) incoming.answer(reply(incoming.method, incoming.params));
    },
    end() {
      for (const onReply of asked.values()) onReply(refusal('the connection is over'));
      asked.clear();
      if (!output.destroyed) output.end();
    },
  };
}
