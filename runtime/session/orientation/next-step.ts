/** What comes next in a session, in one sentence and what to type: from where it stands, never from what would be nice. Pure. */

import type { Session } from '../session.ts';
import { isAtTerminal } from '../session.ts';

export type NextStep = { readonly sentence: string; readonly way: string | null };

/** `waiting`: the oldest open item of its inbox. */
export function nextStepIn(
  session: Session,
  may: { readonly yes: boolean; readonly sentence: string },
  waiting: { readonly id: string; readonly ask: string } | undefined,
  /** What answers the first thing that is not as it was. */
  remedy: string | undefined,
): NextStep {
  const { id, state, queue, activity, mandate } = session;
  switch (state.name) {
    case 'inert':
      return {
        sentence: 'it will not run again; what it has can be read, and goes on in a fork',
        way: `writ session fork ${id}`,
      };
    case 'closed':
      return { sentence: 'it is closed; a fork goes on from it', way: `writ session fork ${id}` };
    case 'paused':
    case 'live':
      break;
  }
  if (session.isArchived) return { sentence: 'it is archived', way: `writ session unarchive ${id}` };
  if (waiting !== undefined)
    return {
      sentence: `it waits for you: ${waiting.ask.slice(0, 200).toWellFormed()}`,
      way: `writ inbox ${waiting.id}`,
    };
  if (mandate === null) return { sentence: 'it has no mandate, and may do nothing', way: `writ session grant ${id}` };
  if (state.name === 'paused') {
    const way =
      state.cause === 'place'
        ? (unpausing(remedy) ?? `writ unpause ${id} --here`)
        : state.cause === 'credential'
          ? `writ session take ${id}`
          : `writ unpause ${id}`;
    return { sentence: `it is paused: ${state.reason}`, way };
  }
  if (!may.yes && !isAtTerminal(session))
    return { sentence: `it may not go on: ${may.sentence}`, way: remedy ?? `writ mandate show ${mandate}` };
  if (activity.name === 'turn') return { sentence: 'it is at work', way: `writ log ${id} --follow` };
  const [first] = queue;
  if (first !== undefined)
    return {
      sentence: `what waits runs next: ${first.text.split('\n')[0]?.slice(0, 160).toWellFormed() ?? ''}`,
      way: null,
    };
  if (session.lastTurn?.outcome === 'interrupted')
    return {
      sentence: 'its last turn was cut off, and nothing of it is done again by itself; say it again, or what is next',
      way: `writ session send ${id} "…"`,
    };
  return { sentence: 'nothing runs and nothing waits; say what is next', way: null };
}

/** The remedy, where it is one for a place. */
const unpausing = (remedy: string | undefined): string | undefined =>
  remedy?.startsWith('writ unpause ') === true ? remedy : undefined;
