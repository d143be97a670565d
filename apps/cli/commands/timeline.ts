/** `writ log SESSION --timeline`: turns, commands, tests, Git, services, observations, notes and people of a session in one order, by kind where kinds are named. */

import { runtimeApi, timelineKindWire } from '@writ/protocol';
import { exitCodes, usage } from '../exit.ts';
import { textOption } from '../program/command.ts';
import type { Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { eventLines } from '../render/event.ts';
import { namedSession } from './session.ts';

/** Shows it. Resolves with the exit code. */
export async function showTimeline(context: Context, input: Input, limit: number): Promise<number> {
  const { id } = await namedSession(context, input);
  const kinds = textOption(input, 'kinds') ?? '';
  const unknown = kinds.split(',').find((name) => name !== '' && !timelineKindWire.safeParse(name).success);
  if (unknown !== undefined) throw usage(`\`${unknown}\` is no kind`, `some of ${timelineKindWire.options.join(', ')}`);
  const runtime = await context.planes.runtime();
  const query = { kinds, limit };
  const shown = await runtime.call(runtimeApi.timeline, { params: { id }, query });
  context.answer(shown);
  const style = context.style();
  for (const entry of shown.items)
    context.say(...eventLines(entry, style, entry.in_thread ? entry.kind : `${entry.kind}, rewound`));
  if (shown.items.length === 0) context.say('nothing of that kind happened yet');
  return exitCodes.done;
}
