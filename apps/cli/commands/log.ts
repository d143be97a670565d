/** `writ log`: what happened, from both planes' journals, in the order of time, in sentences. */

import { setTimeout as sleep } from 'node:timers/promises';
import { everything, findThing, underMandate } from '../connect/find.ts';
import type { Everything, Thing } from '../connect/find.ts';
import { EventReader } from '../connect/events.ts';
import type { LoggedEvent, Scope } from '../connect/events.ts';
import { exitCodes, usage } from '../exit.ts';
import { interruption } from '../place/interruption.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { eventLine, isHousekeeping } from '../render/event.ts';
import { safeJson } from '../render/safe-text.ts';

const pollMs = 300;

export const run: CommandRun = async (context, input) => {
  await context.planes.runtime();
  const lines = Number(textOption(input, 'lines') ?? '50');
  if (!(Number.isInteger(lines) && lines >= 0))
    throw usage(`\`${textOption(input, 'lines') ?? ''}\` is no number of lines`, 'such as `--lines 20`');
  const all = await everything(context);
  const [id] = input.words;
  const thing = id === undefined ? undefined : findThing(id, all);
  const reader = new EventReader(context, () => scopeOf(thing, all));
  const wanted = (event: LoggedEvent): boolean =>
    context.json || flagOption(input, 'all') || !isHousekeeping(event.type);
  const events = (await reader.next()).filter(wanted);
  const shown = lines === 0 ? [] : events.slice(-lines);
  const follow = flagOption(input, 'follow');
  const style = context.style();
  if (context.json && !follow) context.answer({ items: shown });
  const print = (event: LoggedEvent): void => {
    if (context.json) context.io.stdout.write(`${safeJson(event)}\n`);
    else
      context.say(eventLine(event, context.style(), id === undefined || thing?.kind === 'mission' ? event.about : ''));
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
    for (const event of await reader.next()) if (wanted(event)) print(event);
  }
  return exitCodes.interrupted;
};

/** Which streams belong to a thing: its mandates, and its sessions. */
function scopeOf(thing: Thing | undefined, all: Everything): Scope {
  if (thing === undefined) return { mandates: 'all', sessions: 'all', mission: null };
  const mandate =
    thing.kind === 'mandate' ? thing.id : thing.kind === 'mission' ? thing.mission.mandate : thing.session.mandate;
  const mandates =
    mandate === null ? new Set<string>() : new Set(underMandate(mandate, all.mandates).map(({ id }) => id));
  if (thing.kind === 'session')
    return { mandates: new Set(mandate === null ? [] : [mandate]), sessions: new Set([thing.id]), mission: null };
  return { mandates, sessions: 'under', mission: thing.kind === 'mission' ? thing.id : null };
}
