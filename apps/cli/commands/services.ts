/** `writ services`: what listens on this machine for sessions, and who has it: taken over by a person, or ended. Nothing is started by it. */

import { runtimeApi } from '@writ/protocol';
import { exitCodes } from '../exit.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { safeText } from '../render/safe-text.ts';
import { table } from '../render/width.ts';

export const runList: CommandRun = async (context) => {
  const { items } = await (await context.planes.runtime()).call(runtimeApi.services);
  context.answer({ items });
  if (items.length === 0) context.say('nothing listens for a session');
  context.say(
    ...table(
      items.map((one) => [
        safeText(one.service),
        `${safeText(one.address)}:${String(one.port)}`,
        safeText(one.program),
        String(one.pid),
        safeText(one.session),
        one.state,
      ]),
    ),
  );
  return exitCodes.done;
};

const act =
  (route: typeof runtimeApi.adoptService, word: string) =>
  async (context: Context, input: Input): Promise<number> => {
    const runtime = await context.planes.runtime();
    const service = await runtime.call(route, { params: { id: input.words[0] ?? '' } });
    context.answer(service);
    context.say(`${safeText(service.service)} ${word}`);
    return exitCodes.done;
  };

export const runAdopt: CommandRun = act(runtimeApi.adoptService, 'is yours now; it is not ended with its session');
export const runReap: CommandRun = act(runtimeApi.reapService, 'was ended');
