/**
 * A change stream over server-sent events (WHATWG HTML §9.2): replays after a position, then tails, with no gap.
 *
 * INVARIANT: a heartbeat is sent only when everything up to the head was sent, and names what was told before it (`: FROM TO`), so that hearing one
 * whose `FROM` one has is having heard all, and one whose `FROM` one lacks is a gap. A reader that does not keep up is told to start over
 * (`event: resync`) and dropped.
 */

import { once } from 'node:events';
import type { FastifyReply } from 'fastify';
import type { ServerResponse } from 'node:http';

export type StreamedEvent =
  | { readonly position: number; readonly type: string; readonly data: unknown }
  /** One that is not for this reader: only that its position is behind us is told, so that nobody takes it for a gap. */
  | { readonly position: number; readonly hidden: true };

export type EventStreamOptions = {
  /** The last position the reader has; null for the head. */
  readonly after: number | null;
  readonly head: () => number;
  /** Whether the head is known to be the newest there is; without it a heartbeat would vouch for what nobody here knows. Default: it is. */
  readonly isCurrent?: () => boolean;
  readonly events: (after: number, signal: AbortSignal) => AsyncIterable<StreamedEvent>;
  readonly heartbeatMs: number;
  /** Aborts when the server closes. */
  readonly signal: AbortSignal;
  /** What may wait for a reader, in bytes, and for how long, in milliseconds. */
  readonly maxWaitingBytes?: number;
  readonly maxWaitMs?: number;
};

/** Takes the reply over and streams until the reader leaves, is too slow, or the server closes. */
export async function streamEvents(reply: FastifyReply, options: EventStreamOptions): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, options.signal]);
  raw.on('close', () => {
    gone.abort();
  });
  raw.on('error', () => {
    gone.abort();
  });
  raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    connection: 'close',
  });
  raw.write('retry: 250\n\n');
  const isAhead = options.after !== null && options.after > options.head();
  if (isAhead) sendResync(raw);
  else await pump(raw, options, signal);
  gone.abort();
  raw.end();
  // Whoever does not even take the end is cut off.
  const cut = setTimeout(() => raw.destroy(), lingerMs);
  cut.unref();
  raw.once('close', () => {
    clearTimeout(cut);
  });
}

/** How long a dropped reader may take to read what it was sent, in milliseconds. */
const lingerMs = 10_000;

async function pump(raw: ServerResponse, options: EventStreamOptions, signal: AbortSignal): Promise<void> {
  const { events, head, isCurrent = () => true, heartbeatMs, maxWaitingBytes = 1_048_576, maxWaitMs = 5_000 } = options;
  let sent = options.after ?? head();
  let told = sent;
  const tell = (): void => {
    raw.write(`: ${String(told)} ${String(sent)}\n\n`);
    told = sent;
  };
  const vouch = (): void => {
    if (sent >= head() && isCurrent() && raw.writableLength <= maxWaitingBytes) tell();
  };
  vouch();
  const beat = setInterval(vouch, heartbeatMs);
  try {
    for await (const event of events(sent, signal)) {
      const { position } = event;
      if ('hidden' in event) {
        sent = position;
        continue;
      }
      if (told < sent) tell();
      const { type, data } = event;
      raw.write(`id: ${String(position)}\nevent: ${type}\ndata: ${textOf(data)}\n\n`);
      told = sent = position;
      if (raw.writableLength > maxWaitingBytes && !(await drained(raw, maxWaitMs, signal))) {
        sendResync(raw);
        return;
      }
    }
  } finally {
    clearInterval(beat);
  }
}

/** As text, once for all who are told the very same. */
const texts = new WeakMap<object, string>();
function textOf(data: unknown): string {
  const known = typeof data === 'object' && data !== null ? texts.get(data) : undefined;
  if (known !== undefined) return known;
  const text = JSON.stringify(data);
  if (typeof data === 'object' && data !== null) texts.set(data, text);
  return text;
}

const sendResync = (raw: ServerResponse): void => {
  raw.write('event: resync\ndata: {}\n\n');
};

/** Whether the reader took what waited for it in time. */
async function drained(raw: ServerResponse, maxWaitMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await once(raw, 'drain', { signal: AbortSignal.any([signal, AbortSignal.timeout(maxWaitMs)]) });
    return true;
  } catch {
    return signal.aborted; // gone or closing: the events end by themselves; otherwise it was too slow
  }
}
