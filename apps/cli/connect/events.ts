/**
 * The events of both planes merged by time, from where the last reading ended. Each plane's order is kept; across planes it is their clocks'.
 * A plane that does not answer contributes nothing until it does, and then everything.
 */

import { controlApi, runtimeApi } from '@writ/protocol';
import type { Context } from '../program/context.ts';

export type LoggedEvent = {
  readonly plane: 'control' | 'runtime';
  readonly position: number;
  readonly at: string;
  readonly type: string;
  readonly actor: string;
  /** The mandate, operation or session it is about. */
  readonly about: string;
  readonly data: unknown;
};

/** What is wanted. `under`: sessions of the mission, or of one of the mandates. */
export type Scope = {
  readonly mandates: 'all' | ReadonlySet<string>;
  readonly sessions: 'all' | 'under' | ReadonlySet<string>;
  readonly mission: string | null;
};

const pageSize = 500;

const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
const field = (value: unknown, name: string): unknown =>
  // Any object may be asked for any name.
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** Reads on, each time from where it was. */
export class EventReader {
  readonly #context: Context;
  readonly #scope: () => Scope;
  #control = 0;
  readonly #sessions = new Map<string, number>();

  constructor(context: Context, scope: () => Scope) {
    this.#context = context;
    this.#scope = scope;
  }

  /** What has happened since the last call, in order of time. */
  async next(): Promise<LoggedEvent[]> {
    const scope = this.#scope();
    const [governance, execution] = await Promise.all([this.#ofControl(scope), this.#ofRuntime(scope)]);
    return [...governance, ...execution].toSorted((a, b) => a.at.localeCompare(b.at));
  }

  async #ofControl({ mandates }: Scope): Promise<LoggedEvent[]> {
    const control = await this.#context.planes.control();
    const events: LoggedEvent[] = [];
    for (;;) {
      const page = await control.attempt(controlApi.audit, { query: { after: this.#control, limit: pageSize } });
      if (!page.ok) return events;
      for (const item of page.value.items) {
        this.#control = Math.max(this.#control, Number(text(item['position'])));
        const [stream, mandate] = [text(item['stream']), mandateOf(item)];
        if (mandates !== 'all' && !mandates.has(mandate)) continue;
        events.push({
          plane: 'control',
          position: Number(text(item['position'])),
          at: text(item['at']),
          type: text(item['type']),
          actor: text(item['actor']),
          about: stream.startsWith('operation-') ? stream.slice('operation-'.length) : mandate,
          data: item['data'],
        });
      }
      if (page.value.items.length < pageSize) return events;
    }
  }

  async #ofRuntime(scope: Scope): Promise<LoggedEvent[]> {
    const runtime = await this.#context.planes.runtime();
    const sessions = await runtime.attempt(runtimeApi.listSessions);
    if (!sessions.ok) return [];
    const wanted = sessions.value.items.filter(({ id, mission, mandate }) => {
      if (scope.sessions === 'all') return true;
      if (scope.sessions !== 'under') return scope.sessions.has(id);
      return (
        (mission !== null && mission === scope.mission) ||
        (mandate !== null && scope.mandates !== 'all' && scope.mandates.has(mandate))
      );
    });
    const logs = await Promise.all(wanted.map(({ id, task }) => this.#ofSession(id, task ?? id)));
    return logs.flat();
  }

  async #ofSession(id: string, about: string): Promise<LoggedEvent[]> {
    const runtime = await this.#context.planes.runtime();
    const events: LoggedEvent[] = [];
    for (;;) {
      const page = await runtime.attempt(runtimeApi.sessionLog, {
        params: { id },
        query: { after: this.#sessions.get(id) ?? 0, limit: pageSize },
      });
      if (!page.ok) return events;
      for (const { position, version, at, type, actor, data } of page.value.items) {
        this.#sessions.set(id, version);
        events.push({ plane: 'runtime', position, at, type, actor, about, data });
      }
      if (page.value.items.length < pageSize) return events;
    }
  }
}

/** The mandate an event of control is about; empty when it is about none. */
function mandateOf(item: Readonly<Record<string, unknown>>): string {
  const stream = text(item['stream']);
  return (
    text(field(item['lineage'], 'mandate')) ||
    text(field(item['data'], 'mandate')) ||
    (/^(mandate|verdicts|spend)-/.test(stream) ? stream.slice(stream.indexOf('-') + 1) : '')
  );
}
