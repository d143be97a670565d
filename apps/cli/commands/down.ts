/** `writ down`: lets what is at work finish for a while, then ends runtime, enforcer and control, in that order, and their supervisor. Nothing of Writ is left running. */

import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes, failed } from '../exit.ts';
import { whyClosed } from '../place/home.ts';
import type { CommandRun } from '../program/command.ts';
import { endProcess, graceMs } from '../supervisor/plane-process.ts';
import { isAlive } from '../place/process-identity.ts';
import { endOrder } from '../supervisor/supervise.ts';
import { readSupervisorFile, removeSupervisorFile } from '../supervisor/supervisor-file.ts';
import { refuseInside } from '../program/refuse-inside.ts';
import { waitForWork } from './wait-for-work.ts';

export const run: CommandRun = async (context, input) => {
  refuseInside(context, 'start or stop what governs it');
  const { home } = context;
  const closed = whyClosed(home);
  if (closed !== null) throw failed(`Writ cannot be stopped by you: ${closed}`, 'its owner runs `writ down`');
  const style = context.style();
  const file = readSupervisorFile(home.supervisorFile);
  const left = endOrder.flatMap((plane) => {
    const identity = file?.planes[plane];
    return identity !== undefined && isAlive(identity) ? [{ plane, identity }] : [];
  });
  if (file === null || (!isAlive(file) && left.length === 0)) {
    if (file !== null) removeSupervisorFile(home.supervisorFile, file);
    context.answer({ was_running: false, ended: [] });
    context.say(`${style.tone('quiet', style.mark('idle'))} Writ was not running`);
    return exitCodes.done;
  }
  if (isAlive(file) && !(await waitForWork(context, input))) return exitCodes.interrupted;
  if (isAlive(file)) {
    const ended = endProcess(file, graceMs * 4);
    for (const { plane, identity } of left) {
      while (isAlive(identity) && isAlive(file)) await sleep(20);
      if (!isAlive(identity)) context.say(`${style.tone('good', style.mark('done'))} ${plane} ended`);
    }
    await ended;
  }
  // A supervisor that was killed leaves its planes to us.
  for (const { plane, identity } of left)
    if (isAlive(identity))
      context.say(`${style.tone('good', style.mark('done'))} ${plane} ${await endProcess(identity, graceMs)}`);
  removeSupervisorFile(home.supervisorFile, file);
  context.answer({ was_running: true, ended: left.map(({ plane, identity }) => ({ plane, pid: identity.pid })) });
  context.say('', `Writ is down. What was approved stays recorded; ${style.bold('writ up')} brings it back.`);
  return exitCodes.done;
};
