/** Holds a session whose harness is not held by its hooks, until a person has looked. It frees nothing. */

import { controlApi } from '@writ/protocol';
import type { Context } from '../program/context.ts';
import type { OpenSession } from './open-session.ts';

/** Holds everything under the session's mandate until a person has looked: its harness did something that was not let through by its hooks. */
export async function quarantine(context: Context, session: OpenSession, tool: string): Promise<void> {
  const reason = `its harness ran \`${tool}\` without a yes: its hooks do not see, or do not hold, everything it does`;
  session.observe({ type: 'adapter.blind', data: { tool } });
  context.progress(`\r\nwrit: held: ${reason}\r`);
  const control = await context.planes.control();
  await control.attempt(controlApi.suspend, { params: { id: session.mandate }, body: { reason } });
}
