/**
 * Wakes a node when another may have written: at the server's NOTIFY, and every so often without, so that a lost notification costs a moment and never an event.
 * It says that something may be new, never what.
 */
import type pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './connection.ts';
import type { ConnectionOptions } from './connection.ts';
import * as sql from './sql.ts';

export class Waker implements AsyncDisposable {
  readonly #channel: string;
  readonly #connection: Connection;
  readonly #wake: () => void;
  readonly #closed = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #listening: Promise<void>;

  constructor(options: ConnectionOptions & { readonly pollMs: number }, wake: () => void) {
    this.#channel = `writ ${options.schema}`;
    this.#connection = new Connection(options);
    this.#wake = wake;
    this.#timer = setInterval(wake, options.pollMs);
    this.#timer.unref();
    this.#listening = this.#listen(options.pollMs);
  }

  /** Tells the other nodes. Nobody waits for it: what it may fail to do, their clocks do. */
  tell(writer: Connection): void {
    const values = [this.#channel];
    writer.use((client) => client.query({ name: 'notify', text: sql.notify, values })).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#closed.abort();
    await this.#connection[Symbol.asyncDispose]();
    await this.#listening;
  }

  async #listen(pauseMs: number): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      try {
        await this.#connection.use((client) => this.#listenOn(client, signal));
      } catch {
        // The clock wakes the node meanwhile.
      }
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Ends when the connection does. */
  async #listenOn(client: pg.Client, signal: AbortSignal): Promise<void> {
    const ended = Promise.withResolvers<void>();
    client.once('end', ended.resolve);
    signal.addEventListener('abort', () => {
      ended.resolve();
    });
    client.on('notification', this.#wake);
    await client.query(`LISTEN ${client.escapeIdentifier(this.#channel)}`);
    this.#wake();
    await ended.promise;
    throw new Error('connection ended');
  }
}
