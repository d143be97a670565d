/** What a person who left comes back to: what was done since, what was used of what they left, what parked and waits, and what it cost. Built from the record. Pure. */

import type { LoggedEvent } from '../connect/events.ts';
import type { AdvanceWire, MissionWire } from '../connect/wire.ts';
import { bullet, count } from './block.ts';
import { coverWords, usedWords } from './advances.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { relative } from './when.ts';

export type Morning = {
  /** Since when, as they left. */
  readonly since: string;
  readonly done: readonly { readonly action: string; readonly times: number }[];
  readonly refused: number;
  readonly left: readonly AdvanceWire[];
  readonly parked: readonly { readonly id: string; readonly ask: string }[];
  readonly missions: readonly {
    readonly title: string;
    readonly state: string;
    readonly done: number;
    readonly tasks: number;
  }[];
  /** In millionths of each currency that was used. */
  readonly cost: Readonly<Record<string, number>>;
};

type Fields = Readonly<Record<string, unknown>>;
const fields = (value: unknown): Fields =>
  // Any object may be asked for any name.
  typeof value === 'object' && value !== null ? (value as Fields) : {};
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** Reads it from what happened since. */
export function morningOf(
  since: string,
  events: readonly LoggedEvent[],
  now: {
    readonly left: readonly AdvanceWire[];
    readonly waiting: readonly { readonly id: string; readonly ask: string; readonly since: string }[];
    readonly missions: readonly MissionWire[];
  },
): Morning {
  const lately = events.filter(({ at }) => at >= since);
  const begun = new Map(
    events.flatMap(({ type, data }) =>
      type === 'operation.begun' ? [[text(fields(data)['id']), text(fields(data)['action'])] as const] : [],
    ),
  );
  const touched = new Set(lately.map(({ lineage }) => lineage['mission']));
  const times = new Map<string, number>();
  const cost = new Map<string, number>();
  for (const { type, data, stream } of lately) {
    const said = fields(data);
    if (type === 'operation.settled' && said['outcome'] === 'done') {
      const action = begun.get(stream.slice(stream.indexOf('-') + 1)) ?? 'something';
      times.set(action, (times.get(action) ?? 0) + 1);
    }
    const used = number(fields(said['used'])['moneyMicros']);
    if (type === 'spend.used' && said['isFinal'] === true && used > 0) {
      const currency = text(said['currency']);
      cost.set(currency, (cost.get(currency) ?? 0) + used);
    }
  }
  return {
    since,
    done: [...times].map(([action, often]) => ({ action, times: often })).toSorted((a, b) => b.times - a.times),
    refused: lately.filter(({ type }) => type === 'verdict.refused').length,
    left: now.left.filter(({ given_at: at }) => at >= since),
    parked: now.waiting.filter((one) => one.since >= since).map(({ id, ask }) => ({ id, ask })),
    missions: now.missions
      .filter(({ id }) => touched.has(id))
      .map(({ title, state, tasks }) => ({
        title,
        state,
        done: tasks.filter((task) => task.state === 'done').length,
        tasks: tasks.length,
      })),
    cost: Object.fromEntries(cost),
  };
}

/** Whether anything happened that somebody who comes back would look at. */
export const hasNews = ({ done, refused, left, parked, missions }: Morning): boolean =>
  done.length + refused + parked.length + missions.length > 0 || left.some(({ used }) => used > 0);

/** The page. */
export function renderMorning(morning: Morning, style: Style): readonly string[] {
  const { since, done, refused, left, parked, missions, cost } = morning;
  const section = (title: string, lines: readonly string[], none: string): readonly string[] => [
    '',
    style.bold(title),
    ...(lines.length === 0 ? [`  ${style.dim(none)}`] : lines.flatMap((line) => bullet(safeText(line), style))),
  ];
  return [
    `${style.bold('Since you left')} ${style.dim(relative(since, style.now))}`,
    ...section(
      'Done',
      [
        ...missions.map(
          (one) => `${one.title}: ${one.state}, ${String(one.done)} of ${count(one.tasks, 'task')} verified`,
        ),
        ...done.map(({ action, times }) => `${action}, ${count(times, 'time')}`),
        ...(refused === 0
          ? []
          : [`${count(refused, 'call was', 'calls were')} refused: \`writ suggest\` says what was missed`]),
      ],
      'nothing',
    ),
    ...section(
      'Of what you left',
      left.map((one) => `${coverWords(one)}: ${usedWords(one)}`),
      'nothing was used',
    ),
    ...section(
      'Waits for you',
      parked.map(({ id, ask }) => `${id}  ${ask}`),
      'nothing parked',
    ),
    ...section(
      'Cost',
      Object.entries(cost).map(([currency, micros]) => `${(micros / 1_000_000).toFixed(2)} ${currency}`),
      'nothing that was counted in money',
    ),
    ...(parked.length === 0 ? [] : ['', style.dim('answer: writ inbox')]),
  ];
}
