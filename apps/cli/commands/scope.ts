/** `writ scope`: what this machine really enforces, as the enforcer itself says. */

import { enforcerApi } from '@writ/protocol';
import { exitCodes } from '../exit.ts';
import type { CommandRun } from '../program/command.ts';
import { renderScope } from '../render/scope.ts';

export const run: CommandRun = async (context) => {
  const enforcer = await context.planes.enforcer();
  const scope = await enforcer.call(enforcerApi.scope);
  context.answer(scope);
  context.say(...renderScope(scope, context.style()));
  return exitCodes.done;
};
