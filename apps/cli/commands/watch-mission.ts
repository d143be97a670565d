/**
 * Watching a mission until it ends, the person leaves, or nothing can go on without one. Watching changes nothing; leaving leaves the work
 * running. In a terminal the frame is drawn again and a question takes one key; elsewhere each change is one line.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { controlApi, runtimeApi } from '@writ/protocol';
import type { MissionWire } from '../connect/wire.ts';
import { workBranches } from '../connect/work-branches.ts';
import { exitCodes } from '../exit.ts';
import { interruption } from '../place/interruption.ts';
import { canAsk, onKeys } from '../place/keyboard.ts';
import { Repaint } from '../place/repaint.ts';
import type { Context } from '../program/context.ts';
import { answerKeys } from '../render/attention.ts';
import { renderChanges, renderFrame, renderOutcome } from '../render/progress.ts';
import type { Moment } from '../render/progress.ts';
import { safeText } from '../render/safe-text.ts';

const pollMs = 200;
/** How long nothing may move, with a question open and nobody to ask here, before that is the answer. */
const stuckMs = 2_000;
const over: ReadonlySet<string> = new Set(['done', 'failed', 'inert']);

/** Resolves with the exit code and the last that was seen. */
export async function watchMission(
  context: Context,
  first: MissionWire,
): Promise<{ readonly exitCode: number; readonly last: Moment }> {
  using stop = interruption();
  const startedAt = context.io.now();
  const asks = !context.json && canAsk(context.io);
  const screen = asks ? new Repaint(context.io) : null;
  const leave = new AbortController();
  const ended = AbortSignal.any([stop.signal, leave.signal]);
  let now: Moment = { mission: first, mandate: null, items: [], lost: '' };
  using _keys = asks
    ? onKeys(context.io, (key) => {
        if (key === '\u0003' || key === 'q') leave.abort();
        else void answerByKey(context, now, key);
      })
    : null;

  let before: Moment | undefined;
  let quietSince = performance.now();
  for (;;) {
    now = await look(context, now);
    if (screen === null) context.say(...renderChanges(before, now, context.style()));
    else screen.draw(renderFrame(now, startedAt, context.style()));
    if (moved(before, now)) quietSince = performance.now();
    before = now;
    if (over.has(now.mission.state) || ended.aborted) break;
    if (!asks && needsPerson(now) && performance.now() - quietSince > stuckMs) return waiting(context, now);
    await sleep(pollMs, undefined, { signal: ended }).catch(() => undefined);
  }
  if (!over.has(now.mission.state)) {
    const id = safeText(now.mission.id);
    context.say(
      '',
      `the work goes on  ${context.style().dim(context.style().mark('way'))} writ show ${id}, writ log ${id} --follow, writ stop ${id}`,
    );
    return { exitCode: exitCodes.interrupted, last: now };
  }
  screen?.clear();
  if (screen !== null)
    context.say(...renderFrame({ ...now, items: [], lost: '' }, startedAt, context.style()).slice(0, -1));
  const branches = await workBranches(await context.planes.runtime(), now.mission);
  context.say('', ...renderOutcome(now, branches, startedAt, context.style()));
  return {
    exitCode:
      now.mission.state === 'done'
        ? exitCodes.done
        : now.mission.state === 'inert'
          ? exitCodes.refused
          : exitCodes.failed,
    last: now,
  };
}

/** The mission, its mandate and its open questions now; what does not answer keeps its last known state, and is named. */
async function look({ planes }: Context, last: Moment): Promise<Moment> {
  const [runtime, control] = await Promise.all([planes.runtime(), planes.control()]);
  const quick = { timeoutMs: 5_000 };
  const mandateId = last.mission.mandate;
  const [mission, inbox, mandate] = await Promise.all([
    runtime.attempt(runtimeApi.getMission, { params: { id: last.mission.id }, ...quick }),
    runtime.attempt(runtimeApi.inbox, quick),
    mandateId === null ? null : control.attempt(controlApi.getMandate, { params: { id: mandateId }, ...quick }),
  ]);
  const lost = [
    mission.ok ? '' : 'the runtime does not answer',
    mandate === null || mandate.ok ? '' : 'control does not answer: nothing consequential happens until it does',
  ];
  return {
    mission: mission.ok ? mission.value : last.mission,
    items: inbox.ok
      ? inbox.value.items.filter((item) => item.mission === last.mission.id && item.state === 'open')
      : last.items,
    mandate: mandate?.ok === true ? mandate.value : last.mandate,
    lost: lost.filter((part) => part !== '').join('; '),
  };
}

async function answerByKey({ planes }: Context, { items: [item] }: Moment, key: string): Promise<void> {
  const option = item?.options[answerKeys(item.options).indexOf(key.toLowerCase())];
  if (item === undefined || option === undefined) return;
  // What became of it shows in the next frame.
  await (await planes.runtime()).attempt(runtimeApi.answer, { params: { id: item.id }, body: { answer: option.key } });
}

const working: ReadonlySet<string> = new Set(['running', 'claimed', 'ready']);
const needsPerson = ({ mission, items }: Moment): boolean =>
  items.length > 0 && !mission.tasks.some(({ state }) => working.has(state));
const moved = (before: Moment | undefined, after: Moment): boolean =>
  before === undefined ||
  before.items.length !== after.items.length ||
  before.mission.tasks.some(({ state }, at) => state !== after.mission.tasks[at]?.state);

function waiting(context: Context, last: Moment): { readonly exitCode: number; readonly last: Moment } {
  const [item] = last.items;
  context.say('', `it waits for a person: writ inbox ${safeText(item?.id ?? '')}`);
  return { exitCode: exitCodes.waiting, last };
}
