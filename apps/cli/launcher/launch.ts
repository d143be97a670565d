/**
 * `writ claude` and `writ exec`: the person's own program, with their own arguments and terminal, under a mandate.
 *
 * The launcher owns the start: it is the one place where starting or resuming can be refused. It ends the program when the mandate ends. What a launch is, in its order:
 *
 * 1. the plan (`plan-launch.ts`): what is started, where, and what bounds it. What cannot be had is refused before anything is approved;
 * 2. hooks and harness (`session-hooks.ts`, `harness.ts`): what the program asks by listens, and refuses everything; its adapter puts its files beside it;
 * 3. the approval (`start-preset.ts`, `open-session.ts`): with Writ up, the person's start approves the preset as it is here, and a session is open under it;
 * 4. the session (`attend.ts`): its person, its judge and its ways out stand, then the program runs to its end, and then come the last lines. It is loaded while all before it waits for
 *    others (`load-attend.ts`).
 */

import { join } from 'node:path';
import { openPlanes } from '../connect/planes.ts';
import { findHome } from '../place/home.ts';
import { outliveOutput } from '../place/outlive-output.ts';
import { contextOf } from '../program/context.ts';
import { wantStandby } from '../standby/want.ts';
import { ensureUp, isUp } from '../supervisor/ensure-up.ts';
import { mark } from './changes.ts';
import { doorName, hookedBy, prepareHarness, programOf } from './harness.ts';
import { loadAttend } from './load-attend.ts';
import { openSession } from './open-session.ts';
import type { LaunchArgs } from './plan-launch.ts';
import { planLaunch } from './plan-launch.ts';
import { openSessionHooks } from './session-hooks.ts';
import { hookSocket } from './session-network.ts';
import { startPreset } from './start-preset.ts';

/** Runs the program to its end. Resolves with its exit code. */
export async function launchHarness(args: LaunchArgs): Promise<number> {
  const { door, io } = args;
  // What was approved is ended also after its terminal is gone.
  outliveOutput(io);
  const home = findHome(io.env);
  const context = contextOf(io, home, openPlanes(io, home), false);
  // What can be asked at once is, and the rest is loaded meanwhile: a person waits for all of it.
  const rest = loadAttend();
  const [plan, wasUp] = await Promise.all([planLaunch(context, args), isUp(context)]);
  const { project, root, sandbox, under, history } = plan;
  const before = mark(root);

  const asking = hookedBy(door);
  await using hooks = await openSessionHooks(
    asking,
    sandbox?.places === 'own' ? hookSocket(home.root, plan.network) : null,
  );
  using harness =
    asking === null || hooks.hook === null
      ? null
      : await prepareHarness(asking, {
          program: plan.program,
          argv: door.kind === 'harness' ? door.argv : door.argv.slice(1),
          hook: hooks.hook,
          env: io.env,
          home: io.env['HOME'] ?? '/',
          cwd: io.cwd,
          stateDir: join(home.root, 'launcher'),
          sandbox,
          context: under?.context ?? null,
        });

  if (!wasUp && !(await ensureUp(context, 'always', () => undefined)).already)
    context.progress('writ  started on this machine, and it stays: `writ down` ends it');
  wantStandby(home, io);
  const preset = await startPreset(context, plan);
  await using session = await openSession(context, {
    kind: doorName(door),
    by: door.kind === 'acp' ? 'by an editor' : 'at a terminal',
    ...{ project, root, preset, history, sandbox, under },
    program: programOf(door, io.env),
    isOneTurn: door.kind === 'exec',
  });
  if (under !== null && harness !== null)
    session.observe({ type: 'context.given', data: { mission: under.id, digest: under.digest, text: under.context } });

  const { attend } = await rest;
  return await attend(context, session, { ...plan, preset, harness, hooks, before: await before });
}
