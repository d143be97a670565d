/** `writ pause` and `writ unpause`: hold the work, let it go on. What was approved is not touched by either. */

import { runtimeApi } from '@writ/protocol';
import { everything, findThing, theLiveWork } from '../connect/find.ts';
import type { Thing } from '../connect/find.ts';
import { exitCodes, usage } from '../exit.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { markOf, missionLooks, wordOf } from '../render/look.ts';
import { safeText } from '../render/safe-text.ts';
import { looksOf } from '../render/session.ts';

async function named(
  context: Context,
  input: Input,
  what: 'pause' | 'unpause',
): Promise<Exclude<Thing, { kind: 'mandate' }>> {
  // Inside a run this refuses, before anything is looked up.
  await context.planes.runtime();
  const all = await everything(context);
  const [id] = input.words;
  const thing = id === undefined ? theLiveWork(all, what) : findThing(id, all);
  if (thing.kind !== 'mandate') return thing;
  throw usage(
    `\`${thing.id}\` is a mandate; a ${what} holds or releases work, not what was approved`,
    `for the mandate itself: \`writ mandate ${what === 'pause' ? 'suspend' : 'reinstate'} ${thing.id}\``,
  );
}

export const runPause: CommandRun = async (context, input) => {
  const thing = await named(context, input, 'pause');
  const runtime = await context.planes.runtime();
  const params = { id: thing.id };
  const [reason, endTurn] = [textOption(input, 'reason') ?? '', flagOption(input, 'endTurn')];
  if (endTurn && thing.kind === 'mission')
    throw usage(`\`${thing.id}\` is a mission, and sessions have turns`, 'name a session: `writ show` lists them');
  const after =
    thing.kind === 'mission'
      ? await runtime.call(runtimeApi.pauseMission, { params, body: { reason } })
      : await runtime.call(runtimeApi.pauseSession, { params, body: { reason, end_turn: endTurn } });
  context.answer(after);
  const style = context.style();
  context.say(
    `${style.tone('held', style.mark('held'))} ${thing.kind} ${safeText(thing.id)} paused; \`writ unpause ${safeText(thing.id)}\` lets it go on`,
  );
  return exitCodes.done;
};

export const runUnpause: CommandRun = async (context, input) => {
  const thing = await named(context, input, 'unpause');
  const runtime = await context.planes.runtime();
  const asked = { params: { id: thing.id } };
  const body = { here: flagOption(input, 'here') };
  const after =
    thing.kind === 'mission'
      ? await runtime.call(runtimeApi.unpauseMission, asked)
      : await runtime.call(runtimeApi.unpauseSession, { ...asked, body });
  context.answer(after);
  const style = context.style();
  const looks = thing.kind === 'mission' ? missionLooks : looksOf(thing.session);
  const detail = after.state_detail === '' ? '' : `: ${safeText(after.state_detail)}`;
  context.say(
    `${markOf(style, looks, after.state)} ${thing.kind} ${safeText(thing.id)} ${wordOf(style, looks, after.state)}${detail}`,
  );
  return after.state === 'inert' ? exitCodes.refused : exitCodes.done;
};
