/**
 * Whose input drives anything: asked as somebody says it, and again before anything is done by it, because it may have waited for a mandate, or for control to answer.
 *
 * INVARIANT: no turn begins with the words of a person who may not steer under the mandate it begins under. What such a person said is kept, and drives nothing.
 */

import { askSteerers } from '../control/ask.ts';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import type { Session } from './session.ts';

/** `unknown`: nobody can say now, or there is no mandate yet. */
export type Steers = 'yes' | 'no' | 'unknown';

/** Whether what `person` says may drive anything in `session`. */
export async function maySteer(
  { control }: Pick<Ports, 'control'>,
  { mandate }: Session,
  person: string,
): Promise<Steers> {
  if (mandate === null) return 'unknown';
  const steerers = await askSteerers(control, mandate);
  return steerers === null ? 'unknown' : steerers.includes(person) ? 'yes' : 'no';
}

/** What the next turn of `id` begins with, once what nobody may steer by is set aside. `unknown`: whether its first input may is not known now. */
export async function firstThatSteers(
  ports: Ports,
  id: string,
): Promise<{ readonly input: string | null } | 'unknown'> {
  for (;;) {
    const session = ports.records.sessions.get(id);
    const next = session?.queue[0];
    if (session === undefined || next === undefined) return { input: null };
    const steers = next.isPersons ? await maySteer(ports, session, next.by) : 'yes';
    if (steers === 'unknown') return 'unknown';
    if (steers === 'yes') return { input: next.id };
    const reason = `\`${next.by}\` may not steer under mandate \`${session.mandate ?? ''}\``;
    await ports.records.sessions.act(
      id,
      (now) => ({
        ok: true,
        events: now.queue.some((one) => one.id === next.id)
          ? [{ type: 'input.set_aside', data: { input: next.id, reason } }]
          : [],
      }),
      itself,
    );
  }
}
