/** Somebody who follows a stream of server-sent events and comes back by `Last-Event-ID`: counts what came, and what came twice. */

import type { ClientRequest } from 'node:http';
import { get } from 'node:http';

export type Followed = { readonly url: string; readonly token: string | null };
/** `onStep`: called for each new event. */
export type ViewerOptions = Followed & { readonly onStep?: (step: number) => void };

export class Viewer implements Disposable {
  /** Events that came, and that came again. */
  seen = 0;
  doubled = 0;
  /** Times it connected. */
  connections = 0;
  /** Times it was told to start over because it was too slow. */
  resyncs = 0;
  private lastId = '';
  private request: ClientRequest | null = null;
  private isOver = false;
  private readonly options: ViewerOptions;

  constructor(options: ViewerOptions) {
    this.options = options;
  }

  /** Resolves once it is connected. */
  connect(): Promise<void> {
    const { url, token } = this.options;
    const headers: Record<string, string> = {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(this.lastId !== '' && { 'last-event-id': this.lastId }),
    };
    this.connections += 1;
    return new Promise((resolve, reject) => {
      const request = get(url, { agent: false, headers }, (response) => {
        response.setEncoding('utf8');
        let rest = '';
        response.on('data', (chunk: string) => {
          if (this.request !== request) return;
          const blocks = (rest + chunk).split('\n\n');
          rest = blocks.pop() ?? '';
          for (const block of blocks) this.take(block);
          resolve();
        });
        response.on('error', () => undefined); // it left by itself
        response.on('end', () => {
          if (this.request === request && !this.isOver) void this.connect().catch(() => undefined);
        });
      });
      request.on('error', (error) => {
        if (this.request === request && !this.isOver) reject(error);
      });
      this.request = request;
    });
  }

  /** Hangs up in the middle of whatever comes, and is back at once. */
  async comeBack(): Promise<void> {
    this.request?.destroy();
    await this.connect();
  }

  [Symbol.dispose](): void {
    this.isOver = true;
    this.request?.destroy();
  }

  private take(block: string): void {
    if (block.startsWith('event: resync')) this.resyncs += 1;
    const id = /^id: (\d+)$/m.exec(block)?.[1];
    if (id === undefined) return;
    const isNew = Number(id) > Number(this.lastId);
    this.lastId = id;
    const step = /"step":(\d+)/.exec(block)?.[1];
    if (step === undefined) return;
    if (!isNew) {
      this.doubled += 1;
      return;
    }
    this.seen += 1;
    this.options.onStep?.(Number(step));
  }
}
