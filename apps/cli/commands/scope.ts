/** `writ scope`: what this machine really enforces, as the enforcer itself says. */

import { askingTable, askingVersion, eachTime } from '@writ/authority';
import { enforcerApi } from '@writ/protocol';
import { exitCodes } from '../exit.ts';
import { flagOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { renderAsking } from '../render/asking.ts';
import { renderClasses, renderHarnesses, renderScope } from '../render/scope.ts';

export const run: CommandRun = async (context, input) => {
  const enforcer = await context.planes.enforcer();
  const scope = await enforcer.call(enforcerApi.scope);
  context.answer({ ...scope, asking: { version: askingVersion, table: askingTable, each_time: [...eachTime.keys()] } });
  const render = flagOption(input, 'classes') ? renderClasses : renderScope;
  const style = context.style();
  context.say(...render(scope, style), ...renderHarnesses(scope, style), ...renderAsking(style));
  return exitCodes.done;
};
