/** `writ scope`: what this machine really enforces, as the enforcer itself says. */

import { enforcerApi } from '@writ/protocol';
import { exitCodes } from '../exit.ts';
import { flagOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { renderClasses, renderHarnesses, renderScope } from '../render/scope.ts';

export const run: CommandRun = async (context, input) => {
  const enforcer = await context.planes.enforcer();
  const scope = await enforcer.call(enforcerApi.scope);
  context.answer(scope);
  const render = flagOption(input, 'classes') ? renderClasses : renderScope;
  context.say(...render(scope, context.style()), ...renderHarnesses(scope, context.style()));
  return exitCodes.done;
};
