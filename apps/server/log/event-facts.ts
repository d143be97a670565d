/**
 * The line a recorded event makes in the log: its type is the fact, beside it where it stands and what it was done under. Pure.
 *
 * Of its data only words of closed lists are told: the rest is what people and agents wrote.
 */

import type { Envelope, JsonValue } from '@writ/journal';
import type { Facts, Log } from './log.ts';

/** Types that come with every step of work, by what they begin with; the rest is what a person would want to have been told. */
const everyStep = [
  'operation.',
  'spend.',
  'history.',
  'verdict.',
  'slice.',
  'request.',
  'credential.',
  'receipt.',
  'point.',
  'signal.',
  'journal.',
  'checkpoint.',
  'lease.',
  'output.',
  'tool.',
  'turn.',
  'run.',
  'agent.',
  'observation.',
  'attempt.started',
  'attempt.claimed',
] as const;

const told: ReadonlySet<string> = new Set([
  'operation.interrupt_requested',
  'receipt.opened',
  'receipt.closed',
  'journal.restored',
  'journal.erased',
  'journal.retention_set',
  'verdict.refused',
]);

/** How loud the event is in the log. */
export const levelOf = (type: string): 'debug' | 'info' =>
  !told.has(type) && everyStep.some((prefix) => type.startsWith(prefix)) ? 'debug' : 'info';

/** What is said of it. */
export const factsOf = ({ position, stream, version, project, actor, cause, lineage, data }: Envelope): Facts => ({
  position,
  stream,
  version,
  project,
  actor,
  cause,
  mandate: lineage.mandate,
  mandate_version: lineage.mandateVersion,
  mission: lineage.mission,
  task: lineage.task,
  attempt: lineage.attempt,
  session: lineage.session,
  agent: lineage.agent,
  ...codesIn(data),
});

/** Words of closed lists: why, how consequential, how it ended. */
function codesIn(data: JsonValue): Facts {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return {};
  const { reason, actionClass, outcome, code } = data as Readonly<Record<string, JsonValue>>; // it is no array
  const why = typeof reason === 'object' && reason !== null && 'code' in reason ? reason.code : code;
  return { reason: word(why), class: word(actionClass), outcome: word(outcome) };
}

/** What is no such word, a sentence for one, is left out. */
const word = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' && /^[a-z][a-z_]{1,39}$/.test(value) ? value : undefined;

/** Says each of `events`. */
export function logEvents(log: Log, events: readonly Envelope[]): void {
  if (!log.writes('info')) return;
  for (const event of events) {
    const level = levelOf(event.type);
    if (log.writes(level)) log[level](event.type, factsOf(event));
  }
}
