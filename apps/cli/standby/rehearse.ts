/**
 * Loads all that a start needs, and goes its way once as far as that has no effect: it parses a command, looks for a repository, tries the sandbox and asks whether the planes answer. A start
 * after it finds code that ran before.
 */

import { PassThrough } from 'node:stream';
import { controlApi } from '@writ/protocol';
import '../commands/launch-harness.ts';
import { openPlanes } from '../connect/planes.ts';
import type { Io } from '../io.ts';
import '../launcher/attend.ts';
import '../launcher/launch.ts';
import { lookAhead } from '../launcher/look-ahead.ts';
import { presetHere } from '../launcher/repository-preset.ts';
import type { Home } from '../place/home.ts';
import { contextOf } from '../program/context.ts';
import { runCli } from '../run-cli.ts';
import { isUp } from '../supervisor/ensure-up.ts';

/** How often what asks the planes is gone through: enough for what Node compiles on the way. */
const times = 5;

/** Resolves when it is done. What does not answer now is found out again by the start. */
export async function rehearse(home: Home): Promise<void> {
  const { root } = home;
  // Nothing of a terminal is asked of it, and the standard input of this process is not touched yet.
  const nowhere = new PassThrough().resume() as unknown as Io['stdin'] & Io['stdout'];
  const io: Io = { stdin: nowhere, stdout: nowhere, stderr: nowhere, env: process.env, cwd: root, now: Date.now };
  const context = contextOf(io, home, openPlanes(io, home), false);
  const { around, probe } = lookAhead(io);
  await runCli(['exec', '--help'], io);
  const control = await context.planes.control();
  for (let time = 0; time < times; time += 1) {
    await isUp(context);
    await control.attempt(controlApi.listMandates, {});
  }
  presetHere('worktree', { home: root, root, project: 'rehearsal' });
  await Promise.all([around, probe]);
}
