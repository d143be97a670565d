/** I7: what each plane says after a crash, from its log alone, is what it said before from what it had folded as it went, field by field. What its log shows to have changed meanwhile is left out. */

import { controlApi, runtimeApi } from '@writ/protocol';
import type { World } from './world.ts';

/** By the stream it is of. */
type Said = Map<string, Readonly<Record<string, unknown>>>;

/** Crashes both planes, starts them again, and compares. */
export async function compareAfterRestart(now: World): Promise<void> {
  const { log } = now.runtime;
  const positions = [now.log.position, log.position] as const;
  const [control, runtime] = [await controlSays(now), await runtimeSays(now)];
  now.crashControl();
  now.bootControl();
  for (const node of now.runtime.nodes) node.restart(100);
  await new Promise<void>((resolve) => void setTimeout(resolve, 3_000));
  const [controlAgain, runtimeAgain] = [await controlSays(now), await runtimeSays(now)];
  if (control === null || controlAgain === null) now.say('control does not say what it has at the end');
  else compare(now, { before: control, after: controlAgain, moved: now.log.streams.slice(positions[0] + 1) });
  if (runtime === null || runtimeAgain === null) now.say('the runtime does not say what it has at the end');
  else compare(now, { before: runtime, after: runtimeAgain, moved: log.streams.slice(positions[1] + 1) });
}

type Compared = { readonly before: Said; readonly after: Said; readonly moved: readonly string[] };

function compare(now: World, { before, after, moved }: Compared): void {
  for (const [stream, said] of before) {
    // What is left of a budget moves with operations, and how a mission stands with its sessions and what waits.
    const isShared = stream.startsWith('spend-') || stream.startsWith('mission/');
    if (isShared ? moved.length > 0 : moved.includes(stream)) continue;
    const again = after.get(stream) ?? {};
    for (const [field, value] of Object.entries(said))
      if (JSON.stringify(value) !== JSON.stringify(again[field]))
        now.say(
          `I7: \`${field}\` of ${stream} was ${JSON.stringify(value)} before a restart, and is ${JSON.stringify(again[field])}`,
        );
  }
}

/** Everything but what changes by time, or by what happens above it. */
async function controlSays(now: World): Promise<Said | null> {
  const { desk } = now.callers;
  const said: Said = new Map();
  for (const { id } of now.model.mandates) {
    const found = await desk.call(controlApi.getMandate, { params: { id } });
    const budget = await desk.call(controlApi.budget, { params: { id } });
    if (now.setBacks > 0 && !found.ok && found.problem.status === 404) continue;
    if (!found.ok || !budget.ok) return null;
    const { state: _, state_detail: _why, spent: _spent, legal_actions: _may, ...mandate } = found.value;
    said.set(`mandate-${id}`, mandate);
    const lines = budget.value.items.map(({ mandate: of, lines: each }) => [of, each] as const);
    said.set(`spend-${id}`, Object.fromEntries(lines));
  }
  for (const id of now.begun) {
    const found = await desk.call(controlApi.getOperation, { params: { id } });
    if (!found.ok) return null;
    said.set(`operation-${id}`, found.value);
  }
  return said;
}

async function runtimeSays(now: World): Promise<Said | null> {
  const { person } = now.runtime;
  const [sessions, missions] = [await person.call(runtimeApi.listSessions), await person.call(runtimeApi.listMissions)];
  const inbox = await person.call(runtimeApi.inbox, { query: { all: true } });
  if (!sessions.ok || !missions.ok || !inbox.ok) return null;
  const said: Said = new Map();
  for (const session of sessions.value.items) said.set(`session/${session.id}`, session);
  for (const mission of missions.value.items) said.set(`mission/${mission.id}`, mission);
  // What an answer unblocks is told of its mission.
  for (const { unblocks: _, because: _why, ...item } of inbox.value.items) said.set(`item/${item.id}`, item);
  return said;
}
