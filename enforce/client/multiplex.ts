/**
 * The client's end of a plane's multiplexed socket: one connection, any number of calls in flight, replies told apart by their id.
 *
 * It refuses to send a call twice by itself: where the connection ends before the reply, the caller hears whether the call may have arrived,
 * and decides whether it can be made again.
 */

import { connect } from 'node:net';
import { maxLineBytes, multiplexHello, multiplexReply } from '@writ/protocol';
import type { MultiplexCall } from '@writ/protocol';

export type MultiplexAnswer =
  | { readonly kind: 'reply'; readonly status: number; readonly body: unknown }
  /** The connection ended first. `mayHaveArrived: false`: the call never left this process. */
  | { readonly kind: 'lost'; readonly why: string; readonly mayHaveArrived: boolean }
  /** The caller's time was over, or it gave the call up; the other side may answer it yet, to nobody. */
  | { readonly kind: 'given_up'; readonly why: string };

/** `prove`: makes the proof that the call needs on this connection, for the challenge it was greeted with. */
export type MultiplexedCall = Omit<MultiplexCall, 'id' | 'proof'> & {
  readonly prove?: ((challenge: string) => Promise<string>) | undefined;
};
export type CallLimits = { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined };

export interface Multiplex extends Disposable {
  /** Makes one call; never rejects. */
  call(call: MultiplexedCall, limits: CallLimits): Promise<MultiplexAnswer>;
}

/** The longest reply that is read, in characters: a whole list may come as one. */
const maxReplyLength = 64 * 1024 * 1024;

/** A connection to the socket at `path`, made at the first call and again at the first after it ended. */
export function openMultiplex(path: string): Multiplex {
  let connection: Connection | undefined;
  return {
    call: (call, limits) => {
      if (connection?.isOver() !== false) connection = openConnection(path);
      return call.prove === undefined ? connection.call(call, limits) : connection.callProven(call, limits);
    },
    [Symbol.dispose]: () => connection?.end('it was closed here'),
  };
}

type Connection = Pick<Multiplex, 'call'> & {
  /** The call of somebody who proves a key: once on this connection, and then it is known whose it is. */
  callProven(call: MultiplexedCall, limits: CallLimits): Promise<MultiplexAnswer>;
  isOver(): boolean;
  end(why: string): void;
};
type Waiting = { readonly settle: (answer: MultiplexAnswer) => void; hasLeft: boolean };

const lost = (why: string, mayHaveArrived: boolean): MultiplexAnswer => ({ kind: 'lost', why, mayHaveArrived });

const givenUp = (why: string): MultiplexAnswer => ({ kind: 'given_up', why });

function openConnection(path: string): Connection {
  const socket = connect(path).setEncoding('utf8');
  const waiting = new Map<number, Waiting>();
  let state: 'greeting' | 'open' | 'over' = 'greeting';
  let nextId = 0;
  let unsent: { readonly lines: string[]; readonly calls: Waiting[] } = { lines: [], calls: [] };
  let rest = '';
  const greeted = Promise.withResolvers<string | undefined>();
  /** Tokens whose key was proven here. */
  const proven = new Set<string>();

  const end = (why: string): void => {
    state = 'over';
    greeted.resolve(undefined);
    socket.destroy();
    for (const one of [...waiting.values()]) one.settle(lost(why, one.hasLeft));
  };
  /** Calls of the same turn leave in one write. */
  const flush = (): void => {
    if (state !== 'open' || unsent.lines.length === 0) return;
    const { lines, calls } = unsent;
    unsent = { lines: [], calls: [] };
    for (const one of calls) one.hasLeft = true;
    socket.write(lines.join(''));
  };
  const read = (line: string): void => {
    const json = parsed(line);
    if (state === 'greeting') {
      const hello = multiplexHello.safeParse(json);
      if (!hello.success) return end('what listens there speaks another format');
      state = 'open';
      greeted.resolve(hello.data.challenge);
      return flush();
    }
    const reply = multiplexReply.safeParse(json);
    if (!reply.success) return end('a reply was not what the format promises');
    const { id, status, body } = reply.data;
    if (id === null) return end('the other side gave the connection up');
    waiting.get(id)?.settle({ kind: 'reply', status, body });
  };
  socket.on('data', (chunk: string) => {
    if (rest.length + chunk.length > maxReplyLength) return end('a reply is too large');
    if (!chunk.includes('\n')) return void (rest += chunk);
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (state !== 'over') read(line);
  });
  socket.on('error', (error) => {
    end(error.message);
  });
  socket.on('close', () => {
    end('the connection ended');
  });

  const call = (
    { prove: _, ...call }: MultiplexedCall & { readonly proof?: string },
    { timeoutMs, signal }: CallLimits,
  ): Promise<MultiplexAnswer> => {
    const id = nextId++;
    const line = `${JSON.stringify({ id, ...call })}\n`;
    if (line.length > maxLineBytes / 4 && Buffer.byteLength(line) > maxLineBytes)
      return Promise.resolve(lost('the call is longer than the socket takes', false));
    if (signal?.aborted === true) return Promise.resolve(givenUp('it was given up'));
    return new Promise((resolve) => {
      const giveUp = (): void => one.settle(givenUp('it was given up'));
      const timer = setTimeout(() => one.settle(givenUp(`no answer within ${String(timeoutMs)} ms`)), timeoutMs);
      const one: Waiting = {
        hasLeft: false,
        settle: (answer) => {
          if (!waiting.delete(id)) return;
          clearTimeout(timer);
          signal?.removeEventListener('abort', giveUp);
          if (waiting.size === 0) socket.unref();
          resolve(answer);
        },
      };
      signal?.addEventListener('abort', giveUp);
      if (waiting.size === 0) socket.ref();
      waiting.set(id, one);
      if (unsent.lines.length === 0) queueMicrotask(flush);
      unsent.lines.push(line);
      unsent.calls.push(one);
    });
  };

  return {
    isOver: () => state === 'over',
    end,
    call,
    callProven: async (asked, limits) => {
      const { token = '', prove } = asked;
      const challenge = proven.has(token) ? undefined : await greeted.promise;
      const proof = challenge === undefined ? undefined : await prove?.(challenge);
      const answer = await call(proof === undefined ? asked : { ...asked, proof }, limits);
      if (answer.kind === 'reply' && answer.status !== 401) proven.add(token);
      else proven.delete(token);
      return answer;
    },
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // not JSON: the schema refuses it
  }
}
