/** Some commands are a person's alone. It asks nobody: who is inside a run is known by the door above it. */

import { CommandEnd, exitCodes, problem } from '../exit.ts';
import type { Context } from './context.ts';

/** Ends the command inside a run: nothing governed stops its governor. */
export function refuseInside(context: Context, what: string): void {
  if (context.door === null) return;
  throw new CommandEnd(
    problem('not_an_approver', 403, `an agent inside a run cannot ${what}`, 'a person does it from outside the agent'),
    exitCodes.refused,
  );
}
