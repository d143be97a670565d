/**
 * Runs that were written down as lost, because the enforcer could not be asked: what becomes of them once it can be.
 *
 * It takes back nothing of what was written down: their turns are over, and what they said since is late.
 */

import { enforcerApi } from '@writ/protocol';
import { isSilence } from '../control/ask.ts';
import type { Ports } from '../ports.ts';
import { sessionsWithLostRuns } from '../session/session.ts';
import { keepLateOutput } from './late-output.ts';

/** Looks after runs that were lost while the enforcer could not be asked: INVARIANT: nothing works on that nobody follows, and what it said until it ended is kept. */
export class LostRuns {
  private readonly ports: Ports;
  /** Those there is nothing more to learn of. */
  private readonly done = new Set<string>();

  constructor(ports: Ports) {
    this.ports = ports;
  }

  /** Ends each that still runs, and keeps what it said. One the enforcer says nothing of is looked for again at the next call. */
  async look(): Promise<void> {
    for (const { id, lostRuns } of sessionsWithLostRuns(this.ports.records.sessions))
      for (const { run, machine } of lostRuns) {
        if (this.done.has(run) || (machine !== null && machine !== this.ports.machine)) continue;
        if (await this.isOver(id, run)) this.done.add(run);
      }
  }

  private async isOver(session: string, run: string): Promise<boolean> {
    const { enforcer } = this.ports;
    const found = await enforcer.call(enforcerApi.getRun, { params: { id: run } });
    if (!found.ok && isSilence(found.problem)) return false;
    const isLive = found.ok && (found.value.state === 'running' || found.value.state === 'frozen');
    if (isLive || !found.ok) {
      const why = 'it was lost, and nobody follows it';
      const killed = await enforcer.call(enforcerApi.kill, { params: { id: run }, body: { why } });
      // Another enforcer's, one from long ago, or one that never came to it: nothing is left of it here, and it does not start any more.
      if (!killed.ok) return !found.ok && !isSilence(killed.problem);
    }
    await keepLateOutput(this.ports, session, run);
    return true;
  }
}
