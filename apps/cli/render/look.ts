/** What every state looks like: one table per kind of thing, from state to mark, tone and word. A state nobody listed is shown as it is named. */

import type { MarkName, Style, Tone } from './style.ts';
import { safeText } from './safe-text.ts';

type Look = readonly [MarkName, Tone, string?];
type Looks = Readonly<Record<string, Look>>;

export const mandateLooks: Looks = {
  proposed: ['ask', 'held'],
  active: ['live', 'good'],
  suspended: ['held', 'held'],
  held: ['held', 'held', 'held from above'],
  revoked: ['failed', 'bad'],
  expired: ['failed', 'quiet'],
  completed: ['done', 'good'],
  superseded: ['way', 'quiet', 'replaced by its successor'],
  refused: ['failed', 'quiet'],
  lapsed: ['failed', 'quiet'],
  cascaded: ['failed', 'bad', 'ended from above'],
};

export const missionLooks: Looks = {
  planned: ['idle', 'quiet'],
  running: ['live', 'busy'],
  paused: ['held', 'held'],
  inert: ['failed', 'bad', 'inert: readable, not runnable'],
  done: ['done', 'good'],
  failed: ['failed', 'bad'],
};

export const sessionLooks: Looks = {
  idle: ['idle', 'quiet'],
  running: ['live', 'busy'],
  paused: ['held', 'held'],
  inert: ['failed', 'bad'],
  closed: ['done', 'quiet'],
};

/** A program of a person's at a terminal has no turns: between its start and its end nothing more is known than that it is open. */
export const attendedLooks: Looks = { ...sessionLooks, idle: ['live', 'busy', 'open at a terminal'] };

export const taskLooks: Looks = {
  waiting: ['idle', 'quiet'],
  ready: ['idle', 'plain'],
  running: ['live', 'busy'],
  asking: ['ask', 'held'],
  claimed: ['live', 'busy', 'checking'],
  done: ['done', 'good'],
  failed: ['failed', 'bad'],
  cancelled: ['failed', 'quiet'],
  held: ['held', 'held'],
};

/** What became of a thing that a stop had to stop. */
export const outcomeLooks: Looks = {
  pending: ['idle', 'busy'],
  stopped: ['done', 'good'],
  frozen: ['held', 'good'],
  paused: ['held', 'good'],
  cancelled: ['done', 'good'],
  finished_before: ['done', 'plain', 'finished before'],
  interrupted: ['done', 'good'],
  void: ['done', 'good'],
  unknown: ['ask', 'held'],
  unconfirmed: ['ask', 'held', 'not confirmed'],
  continues: ['live', 'held'],
};

/** The mark of `state`, in its tone. */
export function markOf(style: Style, looks: Looks, state: string): string {
  const [mark, tone] = looks[state] ?? (['dot', 'plain'] satisfies Look);
  return style.tone(tone, style.mark(mark));
}

/** The word for `state`, in its tone. */
export function wordOf(style: Style, looks: Looks, state: string): string {
  const [, tone, word] = looks[state] ?? (['dot', 'plain'] satisfies Look);
  return style.tone(tone, word ?? safeText(state));
}
