/**
 * What a run printed after it was written down as ended, because nobody could learn how it stood: kept in its session's log, marked late (vicoa#41).
 *
 * It fetches nothing again that a person had erased, and nothing of what speaks a protocol, whose words are not in the log as they were printed.
 */

import { enforcerApi } from '@writ/protocol';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import type { SessionEvent } from '../session/events.ts';
import { recordFacts } from '../session/facts.ts';
import { holdLease } from '../session/hold-lease.ts';
import { OutputRecorder } from './output.ts';

/** Records what `run` of `session` printed beyond what the log holds of it. */
export async function keepLateOutput(ports: Ports, session: string, run: string): Promise<void> {
  const recorder = new OutputRecorder(run);
  for (let from = await keptUpTo(ports, session, run); from !== null;) {
    const read = await ports.enforcer.call(enforcerApi.output, { params: { id: run }, query: { from } });
    if (!read.ok || read.value.next <= from) return;
    const { next, text } = read.value;
    // After a start nobody writes it yet.
    await holdLease(ports, session);
    const events = recorder.take(from, next, text).map(({ data }): SessionEvent => ({ type: 'output.late', data }));
    const recorded = await recordFacts(ports, session, events, itself);
    from = recorded.ok ? next : null;
  }
}

/** Up to which byte its output is in the log; null where that is not known, or it is not kept there. */
async function keptUpTo({ records }: Ports, session: string, run: string): Promise<number | null> {
  if (records.sessions.get(session)?.driver !== 'command') return null;
  let next = 0;
  for (const { type, data } of await records.journal.read(records.sessions.streamOf(session))) {
    if (type !== 'output.recorded' && type !== 'output.late') continue;
    // Erased: whose it was is not known any more.
    if (data === null) return null;
    const said = data as Readonly<{ run: string; next: number }>; // as events of these types are written
    if (said.run === run) next = Math.max(next, said.next);
  }
  return next;
}
