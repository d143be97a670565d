/** `writ back`: where you were. Built from facts, each marked verified now, changed or unknown. */

import { runtimeApi } from '@writ/protocol';
import { everything, findThing } from '../connect/find.ts';
import type { Everything } from '../connect/find.ts';
import { workBranches } from '../connect/work-branches.ts';
import { CommandEnd, exitCodes, problem } from '../exit.ts';
import type { CommandRun } from '../program/command.ts';
import { renderMission } from '../render/mission.ts';
import { renderBack } from '../render/back.ts';
import { underMandate } from '../connect/find.ts';

export const run: CommandRun = async (context, { words: [id] }) => {
  const runtime = await context.planes.runtime();
  const all = await everything(context);
  const session = sessionFor(id, all);
  const back = await runtime.call(runtimeApi.back, { params: { id: session } });
  context.answer(back);
  const style = context.style();
  const mission = all.missions.find((candidate) => candidate.id === back.session.mission);
  if (mission !== undefined) {
    const mandates = mission.mandate === null ? [] : underMandate(mission.mandate, all.mandates);
    context.say(...renderMission(mission, mandates, [], await workBranches(runtime, mission), style), '');
  }
  context.say(...renderBack(back, style));
  // A closed session has nothing left to be allowed.
  return back.may_continue.yes || back.session.state === 'closed' ? exitCodes.done : exitCodes.refused;
};

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
