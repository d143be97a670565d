/**
 * Clears one part of a session's state, because old state keeps confusion too: first what it would do, then that, with a receipt. What is cleared stands in the log as before; only what is gone on from
 * changes. It refuses while a turn is at work, and takes nobody's mandate away.
 */

import type { By } from '../log.ts';
import type { Ports } from '../ports.ts';
import type { Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import { decide } from './decide.ts';
import type { ResetDone, ResetPart } from './events.ts';
import { credentialName } from './resume.ts';
import type { Session } from './session.ts';
import { endChildren } from './spawn.ts';

/** What clearing `what` would do, or did. `done` is false where nothing was there to clear, and for a dry run. */
export type Reset = ResetDone & { readonly done: boolean };

/** Clears `what` of the session `id`; with `dryRun` it only says what that would do. */
export async function reset(
  ports: Ports,
  id: string,
  { what, dryRun }: { readonly what: ResetPart; readonly dryRun: boolean },
  by: By,
): Promise<Result<Reset>> {
  const session = ports.records.sessions.get(id);
  if (session === undefined) return reject(refuse('not_found', `there is no session \`${id}\``));
  const receipt = await plan(ports, session, what);
  if (dryRun || receipt.cleared.length === 0) return accept({ ...receipt, done: false });
  const isAtWork = session.activity.name === 'turn' || session.runs.length > 0;
  if (isAtWork && what !== 'queue' && what !== 'children')
    return reject(
      refuse('conflict', `session \`${id}\` is at work`, `wait for its turn, or hold it first: \`writ pause ${id}\``),
    );
  if (what === 'children') await endChildren(ports, session, `the sub-agents of ${id} were cleared`);
  // Recorded first: a credential that is gone without a word would be a riddle.
  const recorded = await ports.records.sessions.record(id, [{ type: 'session.reset', data: receipt }], by);
  if (!recorded.ok) return recorded;
  if (what === 'credentials') await dropCredential(ports, session, by);
  return accept({ ...receipt, done: true });
}

async function plan(ports: Ports, session: Session, what: ResetPart): Promise<ResetDone> {
  const { id, conversation, remembered, queue, children, digest, mandate, version } = session;
  const facts = (kind: string): readonly string[] =>
    remembered.facts.flatMap(({ key }) => (key.startsWith(`${kind}:`) ? [key.slice(kind.length + 1)] : []));
  const log = 'every event of its log';
  const before = `\`writ session fork ${id} --at ${String(version)}\` goes on from before it`;
  switch (what) {
    case 'context':
      return {
        what,
        cleared: conversation === null ? [] : [`the conversation of ${String(conversation.messages)} messages`],
        kept: [log, 'its files', 'notes and facts', 'what waits'],
        undo: before,
      };
    case 'scratchpad':
      return {
        what,
        cleared: digest.notes.length === 0 ? [] : [`${String(digest.notes.length)} notes, out of sight`],
        kept: [log, 'the conversation', 'its files'],
        undo: `they stand in \`writ log ${id}\``,
      };
    case 'connections':
      return {
        what,
        cleared: [
          ...facts('mcp').map((server) => `what was seen of the server ${server}`),
          ...(conversation === null || conversation.agentSession === null
            ? []
            : ['the agent’s own session, which is opened anew']),
        ],
        kept: [log, 'which servers there are, and what of them was trusted: `writ mcp list`'],
        undo: 'they are made and looked at again at the next turn',
      };
    case 'credentials': {
      const held = mandate === null ? null : await ports.credentials.get(credentialName(session));
      return {
        what,
        cleared: held === null ? [] : [`the credential for \`${mandate ?? ''}\` on this machine`],
        kept: [log, 'the mandate itself', 'what waits'],
        undo: `\`writ session take ${id}\` gets another one`,
      };
    }
    case 'services':
      return {
        what,
        cleared: facts('service').map((service) => `what was seen of the service ${service}`),
        kept: [log, 'the processes: nothing is ended by this'],
        undo: 'what still listens is seen again at the next turn',
      };
    case 'queue':
      return {
        what,
        cleared: queue.map(({ by, text }) => `from ${by}: ${text.split('\n')[0]?.slice(0, 120).toWellFormed() ?? ''}`),
        kept: [log, 'the conversation'],
        undo: `its words stand in \`writ log ${id}\`; send them again`,
      };
    case 'children':
      return {
        what,
        cleared: children
          .filter(({ ended }) => !ended)
          .map(({ session: child }) => `sub-agent ${child} and its mandate`),
        kept: [log, 'what they did so far, in their logs'],
        undo: 'start them again; what is ended stays ended',
      };
  }
}

async function dropCredential(ports: Ports, session: Session, by: By): Promise<void> {
  await ports.credentials.drop(credentialName(session));
  const reason = 'its credential was cleared';
  await ports.records.sessions.act(session.id, (now) => decide(now, { do: 'pause', cause: 'credential', reason }), by);
}
