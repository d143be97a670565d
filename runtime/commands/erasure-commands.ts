/**
 * Erases what a session's log says in somebody's words: output, what an agent or a person said, what was seen. The shape of the work (what started, what ended, where it stands) is not
 * erased, because a session could not be continued from a log without it. Only a person who may, as control says of them, has it done.
 */

import type { Grants } from '@writ/authority';
import { acts, everyProject, mayAct } from '@writ/authority';
import type { Envelope } from '@writ/journal';
import type { Ports } from '../ports.ts';
import type { Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import type { SessionEvent } from '../session/events.ts';
import type { Session } from '../session/session.ts';
import { isOver } from '../session/session.ts';

/** The kinds the fold of a session does without; `evolve` reads their erased data as null. */
export const erasableTypes: ReadonlySet<string> = new Set<SessionEvent['type']>([
  'input.admitted',
  'output.recorded',
  'agent.said',
  'tool.judged',
  'tool.updated',
  'observation.recorded',
  'note.left',
  'turn.ended',
  'session.closed',
]);

export type ErasureCommands = {
  /** Erases the data of the events at `positions` for good, and records who did it and why. Resolves with the position of that record. */
  erase(
    erasure: { readonly positions: readonly number[]; readonly reason: string },
    who: { readonly name: string; readonly roles: Grants },
  ): Promise<Result<{ readonly position: number; readonly erased: number }>>;
};

/** The erasures over `ports`. */
export function erasureCommands({ records }: Pick<Ports, 'records'>): ErasureCommands {
  const { journal, sessions } = records;
  return {
    async erase({ positions, reason }, { name, roles }) {
      if (!mayAct('erase', { name, grants: roles }, { project: everyProject, approvers: [] }).may)
        return reject(
          refuse(
            'refused',
            `\`${name}\` may not ${acts.erase.words}: that takes the role ${acts.erase.least} in every project`,
          ),
        );
      const wanted = [...new Set(positions)];
      for (const position of wanted) {
        const [event] = await journal.readAll({ after: position - 1, limit: 1 });
        const kept = event && whyKept(event, sessions.get(event.stream.slice(event.stream.indexOf('/') + 1)));
        if (kept !== undefined) return reject(refuse('conflict', `the event at \`${String(position)}\` ${kept}`));
      }
      const erased = await journal.erase({ positions: wanted, project: '_', actor: name, reason });
      if (!erased.ok) throw new Error('an erasure expects nothing of any stream');
      return accept({ position: erased.position, erased: wanted.length });
    },
  };
}

/** Why an event keeps its data, if it does: its kind, or work that still goes on from it. */
function whyKept({ type, stream, data }: Envelope, session: Session | undefined): string | undefined {
  if (!erasableTypes.has(type) || !stream.startsWith('session/'))
    return `is \`${type}\`, and a session or mission could not be continued without it: it is never erased; what may be erased: ${[...erasableTypes].join(', ')}`;
  if (session === undefined || typeof data !== 'object' || data === null) return undefined;
  const isOpen =
    (type === 'turn.ended' && !isOver(session)) ||
    ('run' in data && session.runs.some(({ id }) => id === data['run'])) ||
    ('input' in data && session.queue.some(({ id }) => id === data['input'])) ||
    ('input' in data && session.activity.name === 'turn' && session.activity.input?.id === data['input']);
  return isOpen ? `belongs to work of \`${stream}\` that still waits or runs; erase it when that is over` : undefined;
}
