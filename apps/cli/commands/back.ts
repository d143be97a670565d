/** `writ back`: where you were, or, after `writ leave`, what happened since. Built from facts, each marked verified now, changed or unknown. */

import { controlApi, projectName, runtimeApi } from '@writ/protocol';
import { EventReader } from '../connect/events.ts';
import { readInbox } from '../connect/inbox.ts';
import { repositoryAround } from '../place/repository.ts';
import type { Context } from '../program/context.ts';
import type { Morning } from '../render/morning.ts';
import { morningOf, renderMorning } from '../render/morning.ts';
import type { WaitingWire } from '../connect/wire.ts';
import { everything, findThing } from '../connect/find.ts';
import type { Everything } from '../connect/find.ts';
import { workBranches } from '../connect/work-branches.ts';
import { CommandEnd, exitCodes, problem } from '../exit.ts';
import type { CommandRun } from '../program/command.ts';
import { renderMission } from '../render/mission.ts';
import { renderBack } from '../render/back.ts';
import { underMandate } from '../connect/find.ts';

export const run: CommandRun = async (context, { words: [id] }) => {
  const morning = id === undefined ? await sinceLeaving(context) : undefined;
  if (morning !== undefined) {
    context.answer({ morning });
    context.say(...renderMorning(morning, context.style()));
    return exitCodes.done;
  }
  const runtime = await context.planes.runtime();
  const all = await everything(context);
  const session = sessionFor(id, all);
  const back = await runtime.call(runtimeApi.back, { params: { id: session } });
  context.answer(back);
  const style = context.style();
  const asked = await askedAtControl(context, session);
  const mission = all.missions.find((candidate) => candidate.id === back.session.mission);
  if (mission !== undefined) {
    const mandates = mission.mandate === null ? [] : underMandate(mission.mandate, all.mandates);
    context.say(...renderMission(mission, mandates, [], await workBranches(runtime, mission), style), '');
  }
  context.say(...renderBack(back, asked, style));
  // A closed session has nothing left to be allowed.
  return back.may_continue.yes || back.session.state === 'closed' ? exitCodes.done : exitCodes.refused;
};

/** What happened since somebody left something here, within a day; undefined where nobody did. */
export async function sinceLeaving(context: Context): Promise<Morning | undefined> {
  const { io, planes } = context;
  const around = await repositoryAround(io.cwd);
  const project = projectName(around.kind === 'found' ? around.root : io.cwd);
  const control = await planes.control();
  const all = await control.attempt(controlApi.listAdvances, { query: { all: true } });
  const left = (all.ok ? all.value.items : []).filter((one) => one.kind === 'left' && one.project === project);
  const since = left
    .map(({ given_at: at }) => at)
    .toSorted()
    .at(-1);
  if (since === undefined || Date.parse(since) < io.now() - dayMs) return undefined;
  const [events, inbox, { missions }] = await Promise.all([
    new EventReader(context).next(),
    readInbox(context, false),
    everything(context),
  ]);
  const waiting = inbox.entries.map((entry) =>
    entry.at === 'control'
      ? { id: entry.waiting.id, ask: entry.waiting.ask, since: entry.waiting.since }
      : { id: entry.item.id, ask: entry.item.ask, since: entry.item.created_at },
  );
  return morningOf(since, events, { left, waiting, missions });
}

/** What of a session waits for a yes at control; nothing where control does not answer. */
async function askedAtControl({ planes }: Context, session: string): Promise<readonly WaitingWire[]> {
  const asked = await (await planes.control()).attempt(controlApi.waiting);
  return asked.ok ? asked.value.items.filter((one) => one.session === session) : [];
}

const dayMs = 24 * 3_600_000;

/** The session meant: itself, the latest of a mission or mandate, or the latest of all. */
function sessionFor(id: string | undefined, all: Everything): string {
  const latest = all.sessions.toSorted((a, b) => b.updated_at.localeCompare(a.updated_at));
  const thing = id === undefined ? undefined : findThing(id, all);
  const chosen =
    thing === undefined
      ? latest[0]
      : latest.find((session) =>
          thing.kind === 'session'
            ? session.id === thing.id
            : thing.kind === 'mission'
              ? session.mission === thing.id
              : session.mandate === thing.id,
        );
  if (chosen !== undefined) return chosen.id;
  throw new CommandEnd(
    problem(
      'not_found',
      404,
      id === undefined ? 'there is no session to come back to' : `\`${id}\` has had no session yet`,
      '`writ show` says what there is',
    ),
  );
}
