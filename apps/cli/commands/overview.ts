/** `writ` alone: says what fits here, and what happened since somebody left. Writes nothing, starts nothing. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { agentDoorApi, controlApi, runtimeApi } from '@writ/protocol';
import { exitCodes } from '../exit.ts';
import { whyClosed } from '../place/home.ts';
import { repositoryAround } from '../place/repository.ts';
import { hasChosen } from '../launcher/preset-choice.ts';
import type { Entry } from '../connect/inbox.ts';
import { merge } from '../connect/inbox.ts';
import type { RepositoryAround } from '../place/repository.ts';
import type { CommandRun } from '../program/command.ts';
import { liveAttended } from '../connect/find.ts';
import { answering } from '../supervisor/health.ts';
import type { Context } from '../program/context.ts';
import { hasNews, renderMorning } from '../render/morning.ts';
import { sinceLeaving } from './back.ts';
import { count } from '../render/block.ts';
import { safeText } from '../render/safe-text.ts';
import { missionRow } from '../render/mission.ts';
import { sessionRow } from '../render/session.ts';
import { padTo, table } from '../render/width.ts';
import type { MissionWire, SessionWire } from '../connect/wire.ts';

type Seen = {
  readonly repository: RepositoryAround;
  /** Whether somebody chose a preset for it. */
  readonly isSetUp: boolean;
  readonly missionFile: string | null;
  readonly running: boolean;
  /** Why this person cannot look into the home; null when they can. */
  readonly closed: string | null;
  /** Some of its processes answer, the runtime does not. */
  readonly partly: boolean;
  readonly missions: readonly MissionWire[];
  /** Those a person started at a terminal. */
  readonly sessions: readonly SessionWire[];
  readonly items: readonly Entry[];
};

export const run: CommandRun = async (context) => {
  if (context.door !== null) return inside(context);
  const seen = await look(context);
  const since = seen.running ? await sinceLeaving(context) : undefined;
  const morning = since !== undefined && hasNews(since) ? since : null;
  context.answer({
    running: seen.running,
    home: context.home.root,
    repository: rootOf(seen),
    mission_file: seen.missionFile,
    live_missions: seen.missions.map(({ id, title, state }) => ({ id, title, state })),
    live_sessions: seen.sessions.map(({ id, title, state }) => ({ id, title, state })),
    open_items: seen.items.length,
    morning,
  });
  const style = context.style();
  const live = [
    ...table(seen.missions.map((mission) => missionRow(mission, style))),
    ...table(seen.sessions.map((session) => sessionRow(session, style))),
  ];
  const offers = offersFor(seen);
  const left = Math.max(...offers.map(([command]) => command.length));
  context.say(
    `${style.bold('writ')}: agents work under what you approved, and stop when it no longer holds`,
    '',
    ...situation(seen).map((line) => `  ${style.dim(style.mark('dot'))} ${line}`),
    ...(live.length === 0 ? [] : ['', ...live]),
    ...(morning === null ? [] : ['', ...renderMorning(morning, style)]),
    '',
    style.bold('From here'),
    ...offers.map(([command, what]) => `  ${padTo(command, left)}  ${style.dim(what)}`),
  );
  return exitCodes.done;
};

async function look(context: Context): Promise<Seen> {
  const { cwd } = context.io;
  const repository = await repositoryAround(cwd);
  const missionFile =
    [...new Set([cwd, rootOf({ repository }) ?? cwd])]
      .map((folder) => join(folder, 'mission.md'))
      .find((path) => existsSync(path)) ?? null;
  const [runtime, control] = await Promise.all([context.planes.runtime(), context.planes.control()]);
  const [missions, sessions, mandates, inbox, waiting] = await Promise.all([
    runtime.attempt(runtimeApi.listMissions, { timeoutMs: 2_000 }),
    runtime.attempt(runtimeApi.listSessions, { timeoutMs: 2_000 }),
    control.attempt(controlApi.listMandates, { timeoutMs: 2_000 }),
    runtime.attempt(runtimeApi.inbox, { timeoutMs: 2_000 }),
    control.attempt(controlApi.waiting, { timeoutMs: 2_000 }),
  ]);
  const root = rootOf({ repository });
  return {
    repository,
    isSetUp: root !== null && (await hasChosen(context.home.root, root)),
    missionFile,
    running: missions.ok,
    closed: whyClosed(context.home),
    partly: !missions.ok && (await answering(context.planes)).size > 0,
    missions: missions.ok ? missions.value.items.filter(({ state }) => state === 'running' || state === 'paused') : [],
    sessions: liveAttended({
      sessions: sessions.ok ? sessions.value.items : [],
      mandates: mandates.ok ? mandates.value.items : [],
    }),
    items: merge(inbox.ok ? inbox.value.items : [], waiting.ok ? waiting.value.items : []),
  };
}

function situation({ repository, missionFile, running, closed, partly, missions, sessions, items }: Seen): string[] {
  return [
    ...repositoryLines(repository),
    missionFile === null ? 'no mission.md here' : `a mission file: ${safeText(missionFile)}`,
    running
      ? `Writ is running; ${liveWords(missions.length, sessions.length)}`
      : partly
        ? 'Writ runs only partly: `writ up` starts what is missing'
        : closed === null
          ? 'Writ is not running'
          : `Writ cannot be asked: ${safeText(closed)}`,
    ...(items.length > 0 ? [`${count(items.length, 'item waits', 'items wait')} for you`] : []),
  ];
}

const rootOf = ({ repository }: Pick<Seen, 'repository'>): string | null =>
  repository.kind === 'found' ? repository.root : null;

function repositoryLines(repository: RepositoryAround): string[] {
  switch (repository.kind) {
    case 'found':
      return [`Git repository ${safeText(repository.root)}`];
    case 'none':
      return ['this folder is in no Git repository'];
    case 'unusable':
      return [safeText(repository.sentence), safeText(repository.wayOut)];
  }
}

const liveWords = (missions: number, sessions: number): string =>
  missions + sessions === 0
    ? 'nothing is live'
    : `live: ${[
        missions === 0 ? '' : count(missions, 'mission'),
        sessions === 0 ? '' : `${count(sessions, 'session')} at a terminal`,
      ]
        .filter((part) => part !== '')
        .join(', ')}`;

/** What makes sense here, the most useful first. */
function offersFor({
  repository,
  isSetUp,
  missionFile,
  running,
  missions,
  sessions,
  items,
}: Seen): (readonly [string, string])[] {
  const offers: (readonly [string, string])[] = [];
  if (items.length > 0) offers.push(['writ inbox', 'answer what waits for you']);
  if (missions.length + sessions.length > 0)
    offers.push(['writ show', 'see what is going on'], ['writ stop', 'end it, with a receipt']);
  if (missionFile !== null && missions.length === 0 && repository.kind === 'found')
    offers.push(['writ run mission.md', 'see the plan and decide; nothing starts before you approve']);
  offers.push(['writ look', 'what your agents did so far, from their own histories']);
  if (repository.kind === 'found' && !isSetUp)
    offers.push(['writ init', 'one question: what an agent may do here without asking']);
  if (repository.kind === 'found') offers.push(['writ claude', 'Claude Code in this repository, under a mandate']);
  if (repository.kind !== 'found' || missionFile === null)
    offers.push(['writ first-night', 'watch a whole mission in a folder of its own']);
  offers.push(running ? ['writ down', 'stop Writ on this machine'] : ['writ up', 'start Writ on this machine'], [
    'writ --help',
    'everything else',
  ]);
  return offers;
}

async function inside(context: Context): Promise<number> {
  const me = await (await context.planes.door()).call(agentDoorApi.whoami);
  context.answer(me);
  context.say(
    `inside run ${safeText(me.run)}, under mandate ${safeText(me.mandate)}`,
    '',
    '  writ check ACTION RESOURCE, writ ask, writ note, writ spawn: `writ help agents`',
  );
  return exitCodes.done;
}
