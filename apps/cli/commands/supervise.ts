/** `writ supervise`: the detached process behind `writ up`. Its output is the supervisor's log. */

import { exitCodes } from '../exit.ts';
import { giveBackMemory } from '../place/give-back-memory.ts';
import { interruption } from '../place/interruption.ts';
import { outliveOutput } from '../place/outlive-output.ts';
import { textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { supervise } from '../supervisor/supervise.ts';
import { refuseInside } from '../program/refuse-inside.ts';

/** A line as the planes' logs have them. */
const lineOf = (now: number, sentence: string): string =>
  `${JSON.stringify({ level: 'info', time: new Date(now).toISOString(), plane: 'supervisor', pid: process.pid, fact: 'supervisor.acted', sentence })}\n`;

export const run: CommandRun = async (context, input) => {
  refuseInside(context, 'start or stop what governs it');
  outliveOutput(context.io);
  using stop = interruption();
  giveBackMemory();
  await supervise({
    home: context.home,
    restart: textOption(input, 'restart') === 'never' ? 'never' : 'always',
    env: context.io.env,
    now: context.io.now,
    signal: stop.signal,
    report: (sentence) => context.io.stdout.write(lineOf(context.io.now(), sentence)),
  });
  return exitCodes.done;
};
