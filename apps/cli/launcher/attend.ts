/**
 * An attended session from its approval to its close: everything the program needs stands before it is started, and everything it left open is ended and told of after it.
 *
 * The order is the rule: judge and ways out first, then the program; after it, its calls first, then its account, then what was approved for it.
 */

import { join } from 'node:path';
import type { ExpandedPreset } from '@writ/authority';
import { renderHistory } from '@writ/authority';
import type { CallOperations, HarnessAdapter } from '@writ/enforce/attended';
import {
  createCallOperations,
  createVerdicts,
  removeStrays,
  statusFile,
  systemClock,
  wasShown,
} from '@writ/enforce/attended';
import { harnessAdapters } from '@writ/enforce/start';
import { readInbox } from '../connect/inbox.ts';
import { exitCodes } from '../exit.ts';
import type { Context } from '../program/context.ts';
import { styleFor } from '../render/terminal.ts';
import type { AcpSession } from './acp-session.ts';
import { answerProgram } from './answer-program.ts';
import type { Mark } from './changes.ts';
import { worktreeAfter } from './changes.ts';
import type { Harness } from './harness.ts';
import { asksBy, doorTitle, hookedBy } from './harness.ts';
import { createHelpers } from './helpers.ts';
import type { OpenSession } from './open-session.ts';
import type { LaunchPlan } from './plan-launch.ts';
import { programCommand } from './program-command.ts';
import type { EndedProgram } from './run-program.ts';
import { runProgram } from './run-program.ts';
import type { SessionAccount } from './session-account.ts';
import { createSessionAccount } from './session-account.ts';
import { createSessionAsking } from './session-asking.ts';
import type { SessionHooks } from './session-hooks.ts';
import { containmentWith } from './session-network.ts';
import { openSessionOutside } from './session-outside.ts';
import type { Processes } from './session-processes.ts';
import { endSince, holdStill } from './session-processes.ts';
import { keepStatus } from './status-line.ts';
import { greeting, lastLines, screenReset, strengthOf } from './words.ts';

export type Attended = LaunchPlan & {
  readonly preset: ExpandedPreset;
  readonly harness: Harness | null;
  readonly hooks: SessionHooks;
  /** Where the repository stood before. */
  readonly before: Mark;
};

/** Runs the program to its end and closes the session. Resolves with the exit code. */
export async function attend(context: Context, session: OpenSession, start: Attended): Promise<number> {
  const { io, home } = context;
  const { door, root, project, sandbox, harness, hooks } = start;
  const { point: control, pointToken, artifacts, mandate, turns } = session;
  const contained = sandbox !== null;
  const containment = containmentWith(contained, start.network.kind);
  const adapter = hookedBy(door);
  const readOnly = start.preset.name === 'read-only';
  const watches = start.preset.name === 'watch';
  const processes: Processes = { tree: null, standsStill: false };
  const standsStill = (): boolean => processes.standsStill;
  const account = createSessionAccount(session, {
    ...{ root, before: start.before, startedAt: io.now(), asks: door.kind !== 'exec', watches },
    harness: adapter?.name ?? null,
    folder: harness?.folder ?? null,
  });
  const verdicts = createVerdicts({ control, artifacts, pointToken });
  await using calls = createCallOperations({
    ...{ verdicts, control, pointToken, clock: systemClock, standsStill },
    endSince(ticks, why) {
      if (processes.tree !== null) context.progress(`\r\nwrit: a call was ended: ${why}\r`);
      return endSince(processes, ticks);
    },
  });
  await using helpers = createHelpers({ control, pointToken, artifacts, session });
  let editor: AcpSession | null = null;
  const asking = createSessionAsking(context, session, {
    ...{ door, root, preset: start.preset, containment },
    holdStill: () => holdStill(processes),
    editor: () => editor?.proxy() ?? null,
  });
  await using outside = await openSessionOutside(context, session, {
    ...{ project, sandbox, containment, verdicts, account, asking, standsStill },
    plan: start.network,
    hooks,
  });
  const answered = await answerProgram(context, session, {
    ...{ door, root, project, contained, containment, readOnly, watches },
    ...{ calls, verdicts, turns, helpers, asking, account, harness, hooks, outside, processes },
  });
  editor = answered.editor;
  using command = programCommand(io, home, { ...start, session: session.id, readOnly, outside });
  if (command.keptBack.length > 0)
    context.progress(
      `writ  not handed on: ${command.keptBack.join(', ')}; \`writ credential add\` lends one for each use`,
    );
  greet(context, session, start);
  using shown = new DisposableStack();
  const prepared = Promise.all([session.kept, session.held]).then(() => {
    shown.use(showStatus(context, session, start, standsStill));
  });
  prepared.catch(() => undefined); // whoever starts the program hears of it
  const { code, stoppedBecause } = await runProgram({
    ...{ argv: command.argv, readsFilter: command.readsFilter, beginAt: command.beginAt, env: command.env, prepared },
    cwd: io.cwd,
    marker: session.marker,
    place: session.place,
    tell: (sentence) => context.progress(`\r\nwrit: ${sentence}\r`),
    ...{ control, artifacts, mandate, sandbox, calls, processes },
    runtime: session.runtimeAsPoint,
    pointId: session.pointId,
    credential: session.credential,
    session: session.id,
    ways: outside.ways,
    ending: (why) => editor?.end(why),
    talk: editor?.talk ?? null,
    front: io.front,
    // It takes longer to come to a call than this does.
    onGuarded: answered.load,
  });
  editor?.end('the agent ended');
  // What no mount prevents: Git outside would read another configuration by it.
  const strays = contained && !readOnly ? removeStrays(root) : [];
  for (const stray of strays)
    context.progress(`writ: \`${stray}\` was left by it and is taken away: it would lead Git to another configuration`);
  await turns.close();
  asking.keep();
  return await finish(context, session, { root, calls, account, code, stoppedBecause });
}

type Finished = EndedProgram & {
  readonly root: string;
  readonly calls: CallOperations;
  readonly account: SessionAccount;
};

/** Closes what its program left, in its order, and says the last lines. Resolves with the exit code. */
async function finish(context: Context, session: OpenSession, of: Finished): Promise<number> {
  const { root, calls, account, code, stoppedBecause } = of;
  const { stderr } = context.io;
  // Before the session and what was approved for it are closed: what is open is said to be over by whoever saw its end.
  if (stoppedBecause === null) calls.turnOver(() => worktreeAfter(root));
  await (stoppedBecause === null
    ? calls.close('unknown', 'the session ended, and the harness did not say how the call ended')
    : calls.close('interrupted', `${stoppedBecause}; its processes were ended`));
  if (stoppedBecause !== null && stderr.isTTY) stderr.write(screenReset);
  const lines = await account.lines();
  await session.close({ code, summary: lines.map((line) => line.replace(/ {2,}/g, ' ')).join('; '), stoppedBecause });
  const because = stderr.isTTY ? stoppedBecause : null;
  // The terminal of a program that was killed may still be as it set it, where a new line does not begin at its left.
  const left = because === null ? '' : '\r';
  context.progress('', ...lastLines(lines, because, columnsOf(context)).map((line) => left + line));
  return stoppedBecause === null ? code : exitCodes.refused;
}

/** Of the terminal; without one nothing is broken into lines. */
const columnsOf = ({ io }: Context): number => (io.stderr.isTTY ? styleFor(io, 'stderr').columns : Infinity);

/** The first lines: what it works under, how much of that is held, and how it is stopped. */
function greet(context: Context, session: OpenSession, start: Attended): void {
  const { door, under, preset, sandbox } = start;
  const adapter = hookedBy(door);
  const watches = preset.name === 'watch';
  context.progress(
    ...greeting({
      title: under === null ? doorTitle(door) : `${doorTitle(door)} beside mission ${under.id}`,
      ...{ preset: preset.name, mandate: session.mandate, session: session.id },
      strength: strengthOf({ sandbox, asksBy: asksBy(door), watches, network: start.network.kind }),
      order: start.history.map(renderHistory),
      columns: columnsOf(context),
      // The canary is of the harness by itself; an agent of its that speaks with editors is not tried.
      tryWith: adapter === null || door.kind === 'acp' || watches ? null : triedBy(adapter, start, context.home.root),
    }),
  );
}

/** What tries this very program with this very adapter, where nothing showed that it is held. */
function triedBy(adapter: HarnessAdapter, { door, program }: Attended, stateDir: string): string | null {
  const isOurs = Object.values(harnessAdapters).includes(adapter);
  const own = door.kind === 'harness' ? (door.content ?? null) : null;
  const of = isOurs ? { name: adapter.name } : own?.kind === 'bound' ? { name: own.folder, digest: own.digest } : null;
  if (of !== null && wasShown(stateDir, of, program)) return null;
  return isOurs ? 'writ doctor' : 'writ adapter test';
}

/** Keeps the line that its harness shows in a status line of its own, where it can. */
function showStatus(
  context: Context,
  { artifacts, credential }: OpenSession,
  { door, harness, preset, under }: Attended,
  standsStill: () => boolean,
): Disposable | null {
  const shows = hookedBy(door)?.showsStatus;
  if (shows === undefined || !('by' in shows) || harness === null || harness.folder === null) return null;
  return keepStatus(join(harness.folder, statusFile), async () => ({
    preset: preset.name,
    mission: under?.id ?? null,
    standsStill: standsStill(),
    leftMs: artifacts.endsInMs(credential),
    waiting: (await readInbox(context, false)).entries.length,
  }));
}
