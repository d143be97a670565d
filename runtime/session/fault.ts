/**
 * What goes wrong in Writ's own work on one session is that session's: its turn ends, it stands still until a person says otherwise, says why in words, and nothing else ends by it.
 *
 * It keeps nothing quiet that is more than one session's: what the store cannot take ends the process, as loudly as elsewhere.
 */

import { JournalError } from '@writ/journal';
import { enforcerApi } from '@writ/protocol';
import { noticesIn } from '../attention/item.ts';
import { openItem } from '../attention/queue.ts';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import { LiveRun } from '../runner/live-run.ts';
import { endActing } from './act-as.ts';
import { decide } from './decide.ts';
import { recordFacts } from './facts.ts';

/** Keeps what was thrown in the work on the session `id` to that session. Rejects with what is not its alone. */
export async function keepFault(ports: Ports, id: string, error: unknown): Promise<void> {
  // While closing, whatever was under way is taken up by the next start.
  if (ports.closing.aborted) return;
  const summary = await endAtFault(ports, id, error);
  // Its mission tries a task again, and says when that is no use.
  if (typeof ports.records.sessions.get(id)?.task === 'string') return;
  const reason = `${summary}; nothing of it goes on by itself, and \`writ unpause ${id}\` tries again`;
  const paused = await ports.records.sessions.act(
    id,
    (session) => decide(session, { do: 'pause', cause: 'fault', reason }),
    itself,
  );
  if (!paused.ok || paused.value.state.name !== 'paused') return;
  const session = paused.value;
  const ask = `${session.title} stands still: ${reason}`.slice(0, 2_000).toWellFormed();
  // Said once, also where it comes again before anybody has seen it.
  const notices = ports.records.items.under(noticesIn(session.project));
  if (notices.some((item) => item.ask === ask && item.state.name === 'open')) return;
  await openItem(ports, {
    ...{ kind: 'notice', approval: null, ask, recommendation: null, session },
    options: [{ key: 'seen', label: 'seen', consequence: 'it stays as it is' }],
  });
}

/** Ends the turn of the session `id` and what runs of it, at what was thrown; what it is called in words. Rejects with what is not this session's alone. */
export async function endAtFault(ports: Ports, id: string, error: unknown): Promise<string> {
  if (error instanceof JournalError && error.kind !== 'input') throw error;
  ports.failed(id, error);
  const words = error instanceof Error ? error.message : String(error);
  const summary = `a fault in Writ ended its work: ${words}`.slice(0, 1_000).toWellFormed();
  for (const run of ports.records.sessions.get(id)?.runs ?? []) {
    const killed = await ports.enforcer.call(enforcerApi.kill, { params: { id: run.id }, body: { why: summary } });
    const [ended, outcome] = killed.ok ? (['killed', 'interrupted'] as const) : (['lost', 'unknown'] as const);
    await new LiveRun(ports, id, run).end({ ended, exitCode: null, why: summary }, outcome);
  }
  const session = ports.records.sessions.get(id);
  if (session?.activity.name === 'turn') {
    // What it acted under ends with the session's own mandate, where it cannot be given back now.
    await endActing(ports, session, summary).catch(() => undefined);
    const data = { turn: session.activity.turn, outcome: 'interrupted' as const, exitCode: null, summary };
    await recordFacts(ports, id, [{ type: 'turn.ended', data }], itself);
  }
  return summary;
}
