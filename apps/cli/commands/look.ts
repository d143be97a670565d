/** `writ look`: what agents did on this machine, from their own histories. It needs no Writ running, asks nobody, and writes nothing. */

import { homedir } from 'node:os';
import { findHistories } from '@writ/enforce';
import { exitCodes, usage } from '../exit.ts';
import { fittingPreset } from '../look/fitting-preset.ts';
import { lookAll } from '../look/look-all.ts';
import { timeSpan } from '../place/time-span.ts';
import type { CommandRun, Input } from '../program/command.ts';
import { textOption } from '../program/command.ts';
import type { Heading } from '../render/looked.ts';
import { headings, renderLooked } from '../render/looked.ts';

export const run: CommandRun = async (context, input) => {
  const { io } = context;
  const home = io.env['HOME'] ?? homedir();
  const detail = detailOf(input);
  const since = sinceOf(textOption(input, 'since'), io.now());
  const found = await findHistories(io.env, home);
  const look = await lookAll(found, { home, stateDir: context.home.root, now: io.now() }, since);
  context.answer({ ...look, fits: fittingPreset(look) });
  context.say(...renderLooked(look, context.style(), detail));
  return exitCodes.done;
};

/** `--detail` alone is all of them. */
function detailOf(input: Input): ReadonlySet<Heading> {
  const given = input.options['detail'];
  if (given === true) return new Set(headings);
  return new Set(headings.filter((heading) => heading === given));
}

/** A length of time before `now`, or a day. */
function sinceOf(text: string | undefined, now: number): number {
  if (text === undefined) return 0;
  if (!/^\d{4}-/.test(text)) return now - timeSpan(text);
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw usage(`\`${text}\` is no day`, 'such as `2026-11-01`, or `7d` for the last seven days');
  return at;
}
