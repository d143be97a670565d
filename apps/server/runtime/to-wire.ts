/** What the handlers of the runtime's routes share: who calls, and views in the wire's spelling. */

import { toWire } from '@writ/protocol';
import type { orientedWire, sessionWire } from '@writ/protocol';
import type { EventView, Orientation, Result, Runtime, SessionView, Who } from '@writ/runtime';
import type { z } from 'zod';
import type { Answer } from '../http/call.ts';
import type { RuntimeCaller } from './authentication.ts';
import { problem } from '../http/problem.ts';
import { refusalProblem } from './refusal-problem.ts';

/** An answer of `body`. */
export const ok = <T>(body: T): { readonly ok: true; readonly body: T } => ({ ok: true, body });

/** The answer of a command's result. */
export function answerOf<T, W>(result: Result<T>, wire: (value: T) => W): Answer<W> {
  return result.ok ? ok(wire(result.value)) : { ok: false, problem: refusalProblem(result.refusal) };
}

// A view is its wire form in our spelling, by its very type; what is readonly here is the schema's mutable array.
export const session = (view: SessionView) => toWire(view) as z.input<typeof sessionWire>;
export const event = ({ data, ...rest }: EventView) => ({ ...rest, data: data as z.core.util.JSONType }); // a JSON value either way

/** What of an orientation everybody reads who may. */
export const oriented = ({
  facts,
  stale,
  next,
}: Orientation): { -readonly [K in keyof typeof orientedWire]: z.input<(typeof orientedWire)[K]> } => ({
  next,
  facts: facts.map(({ observedAt, ...fact }) => ({ ...fact, observed_at: observedAt })),
  stale: stale.map((one) => ({ ...one })),
});

type Found = Awaited<ReturnType<Runtime['search']['find']>>;

/** What was found by words, with the titles of where. */
export function searched({ sessions }: Pick<Runtime, 'sessions'>, found: Found) {
  if (found === null)
    return {
      ok: false as const,
      problem: problem(400, 'malformed_request', 'there is no word to search for', 'give `?q=`'),
    };
  const titleOf = (id: string): string => {
    const shown = sessions.get(id);
    return shown.ok ? shown.value.title : '';
  };
  return ok({ items: found.items.map((one) => ({ ...one, title: titleOf(one.session) })), position: found.position });
}

type SeenView = Extract<Awaited<ReturnType<Runtime['workspace']['seenBefore']>>, { readonly ok: true }>['value'];

export const sightings = ({ sightings: seen, eventsRead, isAll }: SeenView) => ({
  items: seen.map((one) => ({ ...one, followed: [...one.followed] })),
  events_read: eventsRead,
  is_all: isAll,
});

/** The person or point that calls a route which is for them. */
export function who(caller: RuntimeCaller): Who {
  if (caller.kind !== 'person' && caller.kind !== 'point')
    throw new Error('a route for people and points was reached by somebody else');
  return caller;
}

/** A whole number of the query; `fallback` where there is none. */
export const wholeIn = (query: URLSearchParams, name: string, fallback: number): number => {
  const value = Number(query.get(name) ?? fallback);
  return Number.isSafeInteger(value) && value >= 0 ? value : fallback;
};
export const idOf = (params: Readonly<Record<string, string>>): string => params['id'] ?? '';
