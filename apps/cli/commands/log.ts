/** `writ log`: what happened, from both planes' journals, in the order of time, in sentences. */

import { setTimeout as sleep } from 'node:timers/promises';
import { everything, findThing } from '../connect/find.ts';
import type { Thing } from '../connect/find.ts';
import { EventReader, belongsTo } from '../connect/events.ts';
import type { LoggedEvent } from '../connect/events.ts';
import { exitCodes, usage } from '../exit.ts';
import { interruption } from '../place/interruption.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { eventLines, isHousekeeping } from '../render/event.ts';
import { safeJson } from '../render/safe-text.ts';
import { showTimeline } from './timeline.ts';

const pollMs = 300;

export const run: CommandRun = async (context, input) => {
  await context.planes.runtime();
  const lines = Number(textOption(input, 'lines') ?? '50');
  if (!(Number.isInteger(lines) && lines >= 0))
    throw usage(`\`${textOption(input, 'lines') ?? ''}\` is no number of lines`, 'such as `--lines 20`');
  if (flagOption(input, 'timeline')) return showTimeline(context, input, lines);
  const all = await everything(context);
  const [id] = input.words;
  const thing = id === undefined ? undefined : findThing(id, all);
  const tasks = new Map(all.sessions.map((session) => [session.id, session.task]));
  const reader = new EventReader(context);
  // New sub-mandates may come while following.
  let belongs = belongsTo(thing, all);
  const wanted = (event: LoggedEvent): boolean =>
    belongs(event) && (context.json || flagOption(input, 'all') || !isHousekeeping(event));
  const events = (await reader.next()).filter(wanted);
  const shown = lines === 0 ? [] : events.slice(-lines);
  const follow = flagOption(input, 'follow');
  const style = context.style();
  if (context.json && !follow) context.answer({ items: shown });
  const print = (event: LoggedEvent): void => {
    if (context.json) context.io.stdout.write(`${safeJson(event)}\n`);
    else context.say(...eventLines(event, context.style(), aboutOf(event, thing, tasks)));
  };
  if (!context.json && events.length > shown.length)
    context.say(
      style.dim(`  … ${String(events.length - shown.length)} earlier: writ log --lines ${String(events.length)}`),
    );
  if (!context.json && events.length === 0 && !follow) context.say('nothing has happened yet');
  if (!context.json || follow) for (const event of shown) print(event);
  if (!follow) return exitCodes.done;

  using stop = interruption();
  while (!stop.signal.aborted) {
    await sleep(pollMs, undefined, { signal: stop.signal }).catch(() => undefined);
    const fresh = await reader.next();
    if (fresh.some(({ type }) => type === 'mandate.proposed' || type === 'mandate.delegated'))
      belongs = belongsTo(thing, await everything(context));
    for (const event of fresh) if (wanted(event)) print(event);
  }
  return exitCodes.interrupted;
};

/** What an event is about, as far as it is not what was asked for: the task or session, or a mandate that is not the thing's own. */
function aboutOf(
  { lineage }: LoggedEvent,
  thing: Thing | undefined,
  tasks: ReadonlyMap<string, string | null>,
): string {
  const { session = '', mission, mandate } = lineage;
  const task = lineage['task'] ?? tasks.get(session);
  if (thing?.kind === 'session' && session === thing.id) return '';
  if (task !== undefined && task !== null) return task;
  if (session !== '') return session;
  const own =
    thing?.kind === 'mission' ? thing.mission.mandate : thing?.kind === 'session' ? thing.session.mandate : thing?.id;
  const ownMission = thing?.kind === 'mission' ? thing.id : undefined;
  if (mission !== undefined) return mission === ownMission ? '' : mission;
  return mandate === undefined || mandate === own ? '' : mandate;
}
