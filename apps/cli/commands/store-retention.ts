/** `writ store retention`: how long each plane keeps what may be erased, and changing it in the person's name. */

import { controlApi, runtimeApi } from '@writ/protocol';
import type { retentionWire } from '@writ/protocol';
import { CommandEnd, exitCodes, usage } from '../exit.ts';
import { textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { safeText } from '../render/safe-text.ts';

type Retained = (typeof retentionWire)['_zod']['output'];
type Plane = 'control' | 'runtime';
const planes: readonly Plane[] = ['control', 'runtime'];

export const run: CommandRun = async (context, input) => {
  const [plane, type] = input.words;
  if (plane === undefined) return show(context);
  if (plane !== 'control' && plane !== 'runtime')
    throw usage(`\`${plane}\` is no plane with a journal`, 'give `control` or `runtime`');
  if (type === undefined)
    throw usage(
      'it is not said of what',
      'name a kind of event, such as `writ store retention runtime output.recorded --days 30`',
    );
  const asked = textOption(input, 'days');
  if (asked === undefined) throw usage('it is not said for how long', 'give `--days 30`, or `--days keep`');
  if (asked !== 'keep' && !/^\d{1,5}$/.test(asked))
    throw usage(`\`${asked}\` is no number of days`, 'give a whole number, or `keep`');
  const body = { project: textOption(input, 'project') ?? null, type, days: asked === 'keep' ? null : Number(asked) };
  const retained =
    plane === 'control'
      ? await (await context.planes.control()).call(controlApi.setRetention, { body })
      : got(await (await context.planes.runtime()).attempt(runtimeApi.setRetention, { body }));
  context.answer(retained);
  context.say(lines(plane, retained).join('\n'));
  return exitCodes.done;
};

async function show(context: Parameters<CommandRun>[0]): Promise<number> {
  const retained = {
    control: await (await context.planes.control()).call(controlApi.retention),
    runtime: got(await (await context.planes.runtime()).attempt(runtimeApi.retention)),
  };
  context.answer(retained);
  context.say(planes.flatMap((plane) => lines(plane, retained[plane])).join('\n'));
  return exitCodes.done;
}

type Attempted<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: ConstructorParameters<typeof CommandEnd>[0] };

function got<T>(answered: Attempted<T>): T {
  if (!answered.ok) throw new CommandEnd(answered.problem);
  return answered.value;
}

function lines(plane: Plane, { rules }: Retained): readonly string[] {
  if (rules.length === 0) return [`${plane}: everything is kept`];
  return rules.map(({ project, type, days, set_by, set_at }) => {
    const where = project === null ? '' : ` of ${safeText(project)}`;
    const kept = days === null ? 'is kept' : `is erased ${String(days)} days after it happened`;
    return `${plane}: the data of ${safeText(type)}${where} ${kept}; said by ${safeText(set_by)} at ${set_at}`;
  });
}
