/**
 * One conversation with an MCP server on behalf of requests that come one by one over HTTP: ids and progress tokens are made its own, so that clients who choose the same
 * ones do not meet, and what comes back finds the request it belongs to.
 *
 * It judges nothing: behind it stands the same connection that a run has.
 */

import type { Duplex } from 'node:stream';
import { duplexPair } from 'node:stream';
import type { Message, MessageId } from '../json-rpc.ts';
import { error, idOf, membersOf, methodOf, notification } from '../json-rpc.ts';
import { lineOf, readMessages } from '../lines.ts';

export interface Conversation {
  /** Sends a request of a client; resolves with its reply. `onRelated` gets what belongs to it meanwhile. */
  ask(message: Message, onRelated: (message: Message) => void): { readonly reply: Promise<Message>; cancel(): void };
  /** Sends what wants no reply. */
  tell(message: Message): void;
  /** Takes what belongs to no request, until the returned function is called. */
  listen(onMessage: (message: Message) => void): () => void;
  /** Requests under way. */
  readonly open: number;
  readonly isOver: boolean;
  end(): void;
}

type Pending = {
  readonly id: MessageId;
  readonly progressToken: unknown;
  readonly onRelated: (message: Message) => void;
  readonly resolve: (reply: Message) => void;
};

/** Where the server of a subscription says which request it answers (MCP 2026-07-28, Subscriptions). */
const subscriptionKey = 'io.modelcontextprotocol/subscriptionId';

/** Opens one; `connect` is given the agent's end and says whether there is such a server. Null where there is none. */
export function openConversation(connect: (agent: Duplex) => boolean): Conversation | null {
  const [ours, agent] = duplexPair();
  if (!connect(agent)) return null;
  const pending = new Map<MessageId, Pending>();
  const listeners = new Set<(message: Message) => void>();
  let next = 0;
  let isOver = false;
  const send = (message: Message): void => {
    if (!ours.destroyed) ours.write(lineOf(message));
  };
  const over = (why: string): void => {
    isOver = true;
    for (const { id, resolve } of pending.values()) resolve(error(id, -32_000, `the server is gone: ${why}`));
    pending.clear();
  };
  ours.on('error', () => undefined); // its reader says what becomes of it
  readMessages(ours, fromServer, over);

  function fromServer(message: Message): void {
    const [id, method] = [idOf(message), methodOf(message)];
    if (method === undefined) {
      const asked = id === undefined ? undefined : pending.get(id);
      if (id === undefined || asked === undefined) return;
      pending.delete(id);
      return asked.resolve({ ...message, id: asked.id });
    }
    const related = relatedTo(message);
    if (related !== undefined) return related.asked.onRelated(related.message);
    if (listeners.size > 0) for (const listener of listeners) listener(message);
    else if (pending.size === 1 && id === undefined) [...pending.values()][0]?.onRelated(message);
    // A question nobody is there to answer must not be waited for.
    else if (id !== undefined) send(error(id, -32_601, 'nobody here answers questions'));
  }

  function relatedTo(message: Message): { readonly asked: Pending; readonly message: Message } | undefined {
    const params = membersOf(message['params']);
    const meta = membersOf(params['_meta']);
    const named = methodOf(message) === 'notifications/progress' ? params['progressToken'] : meta[subscriptionKey];
    const asked = typeof named === 'string' || typeof named === 'number' ? pending.get(named) : undefined;
    if (asked === undefined) return undefined;
    const own =
      named === params['progressToken']
        ? { ...params, progressToken: asked.progressToken }
        : { ...params, _meta: { ...meta, [subscriptionKey]: asked.id } };
    return { asked, message: { ...message, params: own } };
  }

  return {
    ask(message, onRelated) {
      const id = `h${String((next += 1))}`;
      const own = idOf(message) ?? null;
      const params = membersOf(message['params']);
      const meta = membersOf(params['_meta']);
      const progressToken = meta['progressToken'];
      const replied = Promise.withResolvers<Message>();
      if (isOver || own === null) replied.resolve(error(own, -32_000, 'the server is gone'));
      else {
        pending.set(id, { id: own, progressToken, onRelated, resolve: replied.resolve });
        const sent = progressToken === undefined ? params : { ...params, _meta: { ...meta, progressToken: id } };
        send({ ...message, id, ...('params' in message && { params: sent }) });
      }
      return {
        reply: replied.promise,
        cancel() {
          if (pending.delete(id)) send(notification('notifications/cancelled', { requestId: id }));
        },
      };
    },
    tell(message) {
      const params = membersOf(message['params']);
      const mine = [...pending].find(([, { id }]) => id === params['requestId'])?.[0];
      const isCancel = methodOf(message) === 'notifications/cancelled';
      if (!isCancel) send(message);
      else if (mine !== undefined) send({ ...message, params: { ...params, requestId: mine } });
    },
    listen(onMessage) {
      listeners.add(onMessage);
      return () => void listeners.delete(onMessage);
    },
    get open() {
      return pending.size;
    },
    get isOver() {
      return isOver;
    },
    end() {
      over('it was ended');
      ours.end();
    },
  };
}
