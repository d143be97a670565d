/**
 * The events of both planes merged by time, from where the last reading ended. Each plane's order is kept; across planes it is their clocks'.
 * A plane that does not answer contributes nothing until it does, and then everything.
 */

import { controlApi, runtimeApi } from '@writ/protocol';
import type { Context } from '../program/context.ts';
import { changesUntil } from './changes.ts';
import type { Everything, Thing } from './find.ts';
import { underMandate } from './find.ts';

export type LoggedEvent = {
  readonly plane: 'control' | 'runtime';
  readonly position: number;
  readonly at: string;
  readonly type: string;
  readonly actor: string;
  readonly stream: string;
  readonly lineage: Readonly<Record<string, string>>;
  readonly data: unknown;
};

const pageSize = 500;

const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  // Any object may be asked for any name.
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** Reads on, each time from where it was. */
export class EventReader {
  readonly #context: Context;
  #control = 0;
  #runtime = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  /** What has happened since the last call, in order of time. */
  async next(): Promise<LoggedEvent[]> {
    const [governance, execution] = await Promise.all([this.#ofControl(), this.#ofRuntime()]);
    return [...governance, ...execution].toSorted((a, b) => a.at.localeCompare(b.at));
  }

  async #ofControl(): Promise<LoggedEvent[]> {
    const control = await this.#context.planes.control();
    const events: LoggedEvent[] = [];
    for (;;) {
      const page = await control.attempt(controlApi.audit, { query: { after: this.#control, limit: pageSize } });
      if (!page.ok) return events;
      const read = page.value.items.map((item) => loggedEvent('control', item));
      this.#control = read.at(-1)?.position ?? this.#control;
      events.push(...read);
      if (read.length < pageSize) return events;
    }
  }

  async #ofRuntime(): Promise<LoggedEvent[]> {
    const { planes } = this.#context;
    const head = await (await planes.runtime()).attempt(runtimeApi.listMissions);
    if (!head.ok) return [];
    const changes = await changesUntil(await planes.runtimeServer(), this.#runtime, head.value.position);
    this.#runtime = changes.at(-1)?.position ?? this.#runtime;
    return changes.map((change) => loggedEvent('runtime', change));
  }
}

/** An event of either plane. What it is about is completed from its stream and its data where its lineage is silent. */
function loggedEvent(plane: LoggedEvent['plane'], item: Readonly<Record<string, unknown>>): LoggedEvent {
  const stream = text(item['stream']);
  const [kind = '', id = ''] = /^([a-z]+)[-/](.*)$/.exec(stream)?.slice(1) ?? [];
  const data = fields(item['data']);
  const known = ['mission', 'mandate', 'task', 'session'].flatMap((name) => {
    const own = kind === name || (name === 'mandate' && (kind === 'verdicts' || kind === 'spend')) ? id : '';
    const value = text(fields(item['lineage'])[name]) || own || text(data[name]);
    return value === '' ? [] : [[name, value]];
  });
  return {
    plane,
    position: Number(text(item['position'])),
    at: text(item['at']),
    type: text(item['type']),
    actor: text(item['actor']),
    stream,
    // Names and values are strings by the lines above.
    lineage: Object.fromEntries(known) as Record<string, string>,
    data: item['data'],
  };
}

/** Whether an event belongs to `thing`: its mission, its session, its mandate or what stands under that. Everything belongs to no thing. */
export function belongsTo(thing: Thing | undefined, all: Everything): (event: LoggedEvent) => boolean {
  if (thing === undefined) return () => true;
  if (thing.kind === 'session')
    return ({ plane, lineage }) =>
      lineage['session'] === thing.id || (plane === 'control' && lineage['mandate'] === thing.session.mandate);
  const root = thing.kind === 'mandate' ? thing.id : thing.mission.mandate;
  const mandates = new Set(root === null ? [] : underMandate(root, all.mandates).map(({ id }) => id));
  return ({ lineage }) =>
    (thing.kind === 'mission' && lineage['mission'] === thing.id) || mandates.has(lineage['mandate'] ?? '');
}
