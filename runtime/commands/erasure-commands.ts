/**
 * Erases what a session's log says in somebody's words: output, what an agent or a person said, what was seen. The shape of the work (what started, what ended, where it stands) is not
 * erased, because a session could not be continued from a log without it. Only a person who may, as control says of them, has it done.
 */

import type { Grants } from '@writ/authority';
import { acts, everyProject, mayAct } from '@writ/authority';
import type { Envelope, RetentionChange, RetentionRule } from '@writ/journal';
import { Retention } from '@writ/journal';
import type { Ports } from '../ports.ts';
import type { Records } from '../records.ts';
import type { Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import type { SessionEvent } from '../session/events.ts';
import type { Session } from '../session/session.ts';
import { isOver } from '../session/session.ts';

/** The kinds the fold of a session does without; `evolve` reads their erased data as null. */
export const erasableTypes: ReadonlySet<string> = new Set<SessionEvent['type']>([
  'input.admitted',
  'context.recorded',
  'message.recorded',
  'output.recorded',
  'output.late',
  'fork.adopted',
  'agent.said',
  'tool.judged',
  'tool.updated',
  'observation.recorded',
  'note.left',
  'fact.seen',
  'turn.ended',
  'session.closed',
]);

/** The rules in force, and the types they may be about. */
export type Retained = { readonly rules: readonly RetentionRule[]; readonly types: readonly string[] };

type Who = { readonly name: string; readonly roles: Grants };

export type ErasureCommands = {
  /** What is erased by itself, and after how long. */
  retention(who: Who): Promise<Result<Retained>>;
  /** Says how long one kind of what may be erased is kept. */
  setRetention(change: RetentionChange, who: Who): Promise<Result<Retained>>;
  /** Erases the data of the events at `positions` for good, and records who did it and why. Resolves with the position of that record. */
  erase(
    erasure: { readonly positions: readonly number[]; readonly reason: string },
    who: Who,
  ): Promise<Result<{ readonly position: number; readonly erased: number }>>;
};

/** The retention of the runtime's journal: what work still goes on from is kept until that is over. */
export function openRetention(
  { journal, sessions }: Pick<Records, 'journal' | 'sessions'>,
  options: RetentionParts,
): Retention {
  return new Retention(journal, {
    plane: 'runtime',
    erasable: erasableTypes,
    isKept: (event) => whyKept(event, sessionOf(sessions, event)) !== undefined,
    ...options,
  });
}

type RetentionParts = Pick<ConstructorParameters<typeof Retention>[1], 'now' | 'tell'>;

const sessionOf = (sessions: Records['sessions'], { stream }: Envelope): Session | undefined =>
  sessions.get(stream.slice(stream.indexOf('/') + 1));

function mayNotErase({ name, roles }: Who): ReturnType<typeof reject> | undefined {
  if (mayAct('erase', { name, grants: roles }, { project: everyProject, approvers: [] }).may) return undefined;
  return reject(
    refuse(
      'refused',
      `\`${name}\` may not ${acts.erase.words}: that takes the role ${acts.erase.least} in every project`,
    ),
  );
}

/** The erasures over `ports`. */
export function erasureCommands({ records, retention }: Pick<Ports, 'records' | 'retention'>): ErasureCommands {
  const { journal, sessions } = records;
  const retained = async (): Promise<Result<Retained>> =>
    accept({ rules: await retention.rules(), types: [...erasableTypes] });
  return {
    async retention(who) {
      return mayNotErase(who) ?? (await retained());
    },
    async setRetention(change, who) {
      const refused = mayNotErase(who);
      if (refused !== undefined) return refused;
      if (!erasableTypes.has(change.type))
        return reject(
          refuse(
            'conflict',
            `\`${change.type}\` is kept for ever in the runtime's journal, because a session or mission could not be continued without it`,
            `what may be kept for less: ${[...erasableTypes].join(', ')}`,
          ),
        );
      await retention.set(change, who.name);
      return retained();
    },
    async erase({ positions, reason }, who) {
      const refused = mayNotErase(who);
      if (refused !== undefined) return refused;
      const wanted = [...new Set(positions)];
      for (const position of wanted) {
        const [event] = await journal.readAll({ after: position - 1, limit: 1 });
        const kept = event && whyKept(event, sessionOf(sessions, event));
        if (kept !== undefined) return reject(refuse('conflict', `the event at \`${String(position)}\` ${kept}`));
      }
      const erased = await journal.erase({ positions: wanted, project: '_', actor: who.name, reason });
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
