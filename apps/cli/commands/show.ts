/** `writ show`: everything at a glance, or one thing in full. Works with one of the planes dead, and says which. */

import { controlApi, runtimeApi } from '@writ/protocol';
import { everything, findThing, underMandate } from '../connect/find.ts';
import type { Everything, Thing } from '../connect/find.ts';
import { unknownOperations } from '../connect/unknown.ts';
import type { MandateWire, OperationWire } from '../connect/wire.ts';
import { workBranches } from '../connect/work-branches.ts';
import { exitCodes } from '../exit.ts';
import { flagOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { section } from '../render/block.ts';
import { hasEnded, renderMandate, renderMandateTree } from '../render/mandate.ts';
import { missionRow, renderMission } from '../render/mission.ts';
import { safeText } from '../render/safe-text.ts';
import { renderOperation } from '../render/operation.ts';
import { renderSession, sessionRow } from '../render/session.ts';
import type { Style } from '../render/style.ts';
import { table } from '../render/width.ts';

export const run: CommandRun = async (context, input) => {
  const [id] = input.words;
  if (context.door !== null && id !== undefined) return showOwn(context, id);
  const all = await everything(context);
  for (const { problem } of all.silent)
    context.progress(context.style().tone('held', `${context.style().mark('held')} ${safeText(problem.detail)}`));
  if (id === undefined) return overview(context, all, flagOption(input, 'all'), await unknownOperations(context));
  if (id.startsWith('op-')) return showOperation(context, id);
  return showOne(context, findThing(id, all), all);
};

/** Inside a run: control says what it lets this credential see. */
async function showOwn(context: Context, id: string): Promise<number> {
  const mandate = await (await context.planes.control()).call(controlApi.getMandate, { params: { id } });
  context.answer(mandate);
  context.say(...renderMandate(mandate, context.style()));
  return exitCodes.done;
}

async function showOperation(context: Context, id: string): Promise<number> {
  const found = await (await context.planes.control()).call(controlApi.getOperation, { params: { id } });
  context.answer(found);
  context.say(...renderOperation(found, context.style()));
  return exitCodes.done;
}

function overview(context: Context, all: Everything, ended: boolean, unknown: readonly OperationWire[]): number {
  const style = context.style();
  const inMission = new Set(all.missions.map(({ mandate }) => mandate));
  const over = new Set(['closed', 'inert']);
  const sessions = all.sessions.filter(
    (session) => session.mission === null && (ended || (!over.has(session.state) && !session.archived)),
  );
  const mandates = ended ? all.mandates : all.mandates.filter((mandate) => !hasEnded(mandate));
  context.answer({ missions: all.missions, sessions: all.sessions, mandates: all.mandates, unknown });
  const lines = [
    ...section('Missions', table(all.missions.map((mission) => missionRow(mission, style))), style),
    ...section('Sessions outside missions', table(sessions.map((session) => sessionRow(session, style))), style),
    ...section('Mandates', renderMandateTree(mandates, style), style),
    ...unknownSection(unknown, style),
  ].slice(1);
  if (lines.length === 0)
    context.say(
      all.mandates.length === 0 ? 'nothing yet' : 'nothing is live; `writ show --all` shows what was',
      `  ${style.dim(style.mark('way'))} \`writ run mission.md\` starts a mission, \`writ claude\` a session here`,
    );
  context.say(...lines);
  const waiting = all.missions.reduce((sum, { open_items }) => sum + open_items, 0);
  const hidden = all.mandates.length - mandates.length;
  const notes = [
    waiting > 0 ? `${String(waiting)} waiting for you: writ inbox` : '',
    hidden > 0 ? `${String(hidden)} ended ${hidden === 1 ? 'mandate' : 'mandates'}: writ show --all` : '',
    inMission.size > 0 ? 'one in full: writ show ID' : '',
  ].filter((note) => note !== '');
  if (lines.length > 0 && notes.length > 0) context.say('', style.dim(`  ${notes.join(`  ${style.mark('dot')}  `)}`));
  return exitCodes.done;
}

const unknownSection = (unknown: readonly OperationWire[], style: Style): string[] =>
  section(
    'Nobody knows how it ended',
    unknown.flatMap((operation) => renderOperation(operation, style)),
    style,
  );

async function showOne(context: Context, thing: Thing, all: Everything): Promise<number> {
  const style = context.style();
  const everyUnknown = await unknownOperations(context);
  const unknownUnder = (family: readonly MandateWire[]): readonly OperationWire[] =>
    everyUnknown.filter(({ mandate }) => family.some(({ id }) => id === mandate));
  if (thing.kind === 'mandate') {
    const family = underMandate(thing.id, all.mandates);
    const unknown = unknownUnder(family);
    context.answer({ ...thing.mandate, unknown });
    context.say(
      ...renderMandate(thing.mandate, style),
      ...section('Handed on', family.length > 1 ? renderMandateTree(family, style) : [], style),
      ...unknownSection(unknown, style),
    );
    return exitCodes.done;
  }
  if (thing.kind === 'session') {
    const mandates = thing.session.mandate === null ? [] : underMandate(thing.session.mandate, all.mandates);
    const unknown = unknownUnder(mandates);
    context.answer({ ...thing.session, unknown });
    context.say(
      ...renderSession(thing.session, style),
      ...section('Mandate', renderMandateTree(mandates, style), style),
      ...unknownSection(unknown, style),
    );
    return exitCodes.done;
  }
  const { mission } = thing;
  const runtime = await context.planes.runtime();
  const [inbox, branches] = await Promise.all([runtime.attempt(runtimeApi.inbox), workBranches(runtime, mission)]);
  const items = inbox.ok ? inbox.value.items.filter((item) => item.mission === mission.id) : [];
  const mandates = mission.mandate === null ? [] : underMandate(mission.mandate, all.mandates);
  const unknown = unknownUnder(mandates);
  context.answer({ ...mission, mandates, items, branches, unknown });
  context.say(...renderMission(mission, mandates, items, branches, style), ...unknownSection(unknown, style));
  return exitCodes.done;
}
