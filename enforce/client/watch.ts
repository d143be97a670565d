/**
 * Follows control's change stream (server-sent events, WHATWG HTML §9.2): resumes after the last position, reconnects with back-off,
 * gives up a silent connection, and notices a gap.
 *
 * Push is an optimisation: whoever watches still owes itself a deadline on `onHeard`.
 */

import { changeWire, heartbeatMs } from '@writ/protocol';
import { createParser } from 'eventsource-parser';
import type { CallerOptions } from './caller.ts';
import { locate } from './caller.ts';
import { http, https } from '../node-http.ts';

const { request: httpRequest } = http;
const { request: httpsRequest } = https;

export type Change = ReturnType<typeof changeWire.parse>;

export type WatchOptions = {
  /** The last position already seen; null starts with what happens from now on. */
  readonly after: number | null;
  readonly signal: AbortSignal;
  readonly onChange: (change: Change) => void;
  /** A heartbeat arrived: control knows of nothing newer than `position`, and everything up to there was delivered; null while that is not known. */
  readonly onHeard: (position: number | null) => void;
  /** Positions between were not delivered: whatever rested on them must be asked again. */
  readonly onGap: (after: number, next: number) => void;
};

export interface Watch {
  /** Drops the connection and connects anew at once: what was in flight before says nothing about now. */
  reconnect(): void;
  /** Settles once the signal aborted and the connection is closed. */
  readonly done: Promise<void>;
}

/** A connection on which nothing came for this long is dead. */
const silenceMs = heartbeatMs * 3;
const backoffMs = [50, 100, 200, 400, 800, 1_000];

/** Watches until `signal` aborts. */
export function watch(options: CallerOptions, { after, signal, onChange, onHeard, onGap }: WatchOptions): Watch {
  let last = after;
  let failures = 0;
  let current = new AbortController();

  function take({ id, event, data }: Pushed): void {
    if (event === 'resync') {
      // Control has not what we saw, or we were too slow: everything must be asked again.
      onGap(last ?? 0, last ?? 0);
      last = null;
      return;
    }
    const change = changeWire.safeParse(parseJson(data));
    if (!change.success) {
      // An event that cannot be read may be the one that matters: treated as a gap.
      if (id !== undefined && last !== null) onGap(last, last + 1);
      return;
    }
    const { position } = change.data;
    if (last !== null && position <= last) return;
    if (last !== null && position > last + 1) onGap(last, position);
    last = position;
    onChange(change.data);
  }

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      current = new AbortController();
      const heardAnything = await connect(options, {
        last,
        signal: AbortSignal.any([signal, current.signal]),
        take,
        onHeard: () => {
          onHeard(last);
        },
        // INVARIANT: a heartbeat says nothing of what was lost before it: what it follows is what has to be here already.
        onBeat: (from, to) => {
          if (last !== null && from > last) onGap(last, from);
          last = last === null ? to : Math.max(last, to);
        },
      });
      failures = heardAnything ? 0 : failures + 1;
      if (!current.signal.aborted) await pause(backoffMs[Math.min(failures, backoffMs.length - 1)] ?? 1_000, signal);
    }
  }

  return {
    reconnect: () => {
      current.abort();
    },
    done: follow(),
  };
}

type Pushed = { readonly id: string | undefined; readonly event: string | undefined; readonly data: string };

type Connection = {
  readonly last: number | null;
  readonly signal: AbortSignal;
  readonly take: (pushed: Pushed) => void;
  /** Everything up to `from` was told before, and from there to `to` there was nothing for us. */
  readonly onBeat: (from: number, to: number) => void;
  readonly onHeard: () => void;
};

/** One connection, until it ends for any reason. Resolves to whether anything was heard on it. */
function connect(options: CallerOptions, { last, signal, take, onHeard, onBeat }: Connection): Promise<boolean> {
  const base = typeof options.base === 'function' ? options.base() : options.base;
  const target = base === null ? null : locate(base);
  if (target === null || signal.aborted) return Promise.resolve(false);
  const token = typeof options.token === 'function' ? options.token() : options.token;
  return new Promise((resolve) => {
    let heard = false;
    const silence = setTimeout(() => request.destroy(), silenceMs);
    const finish = (): void => {
      clearTimeout(silence);
      resolve(heard);
    };
    const listen = target.secure ? httpsRequest : httpRequest;
    const request = listen({
      ...target.connect,
      method: 'GET',
      path: `${target.prefix}/v1/events`,
      agent: false,
      signal,
      headers: {
        accept: 'text/event-stream',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(last === null ? {} : { 'last-event-id': String(last) }),
      },
    });
    request.on('response', (response) => {
      if (response.statusCode !== 200) {
        request.destroy();
        return;
      }
      let beats = 0;
      const parser = createParser({
        onEvent: ({ id, event, data }) => {
          take({ id, event, data });
        },
        onComment(text) {
          const [, from, to] = /^\s*(\d+) (\d+)$/.exec(text) ?? [];
          if (from === undefined || to === undefined) return;
          beats += 1;
          onBeat(Number(from), Number(to));
        },
      });
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (signal.aborted) return;
        heard = true;
        silence.refresh();
        beats = 0;
        parser.feed(chunk);
        // INVARIANT: only a heartbeat vouches. A connection that opens, or an event, may come of a control that does not know what is newest.
        // After what came with it: being heard must not come before what was said. And not where that showed that the connection is of before a sleep.
        if (beats > 0 && !signal.aborted) onHeard();
      });
      response.on('error', () => undefined); // 'close' follows
    });
    request.on('error', () => undefined); // 'close' follows
    request.on('close', finish);
    request.end();
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it
  }
}
