/**
 * Starts what the scheduler says should run. Every claim is judged again in the append that records it; every attempt asks the mandate before it
 * spends anything. It never starts a task twice and keeps no state that the journal does not have.
 */

import { join } from 'node:path';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import { decide as decideSession } from '../session/decide.ts';
import type { Sandbox, Wake } from '../session/events.ts';
import { worktreePath } from '../workspace/worktree.ts';
import type { AttemptName, AttemptPorts } from './attempt-outcome.ts';
import type { Progress } from './attempt.ts';
import { runAttempt } from './attempt.ts';
import { parseCommand } from './command-line.ts';
import { decide } from './decide.ts';
import type { Mission, Task } from './mission.ts';
import { dueOf, findTask } from './mission.ts';

/** What a timer of Node can wait; what is due later is looked at again then. */
const longestMs = 2 ** 31 - 1;

export type DispatchPorts = AttemptPorts & {
  /** How runs of missions are bounded on this machine. */
  readonly sandbox: () => Promise<Sandbox['kind']>;
};

/** Whether another machine carries the mission: the one it was started on, which has its credential. */
export async function isLedElsewhere(
  { credentials, isOneOfSeveral }: Pick<Ports, 'credentials' | 'isOneOfSeveral'>,
  { id, mandate }: Mission,
): Promise<boolean> {
  return mandate !== null && isOneOfSeveral() && (await credentials.get(`mission-${id}`)) === null;
}

export class Dispatcher {
  private readonly ports: DispatchPorts;
  private readonly atWork = new Map<string, Promise<void>>();
  private readonly kicking = new Map<string, Promise<void>>();
  private readonly again = new Set<string>();
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(ports: DispatchPorts) {
    this.ports = ports;
    ports.closing.addEventListener('abort', () => {
      for (const timer of this.timers.values()) clearTimeout(timer);
    });
  }

  /** Starts whatever of `mission` should run now, one look at a time. */
  kick(mission: string): Promise<void> {
    if (this.ports.closing.aborted || this.ports.isResting()) return Promise.resolve();
    const running = this.kicking.get(mission);
    if (running !== undefined) {
      this.again.add(mission);
      return running;
    }
    const kick = this.look(mission).finally(() => {
      this.kicking.delete(mission);
      if (this.again.delete(mission)) void this.kick(mission);
    });
    this.kicking.set(mission, kick);
    return kick;
  }

  /** Carries on with an attempt that is on record. */
  carryOn(name: AttemptName, progress: Progress): void {
    if (this.atWork.has(name.session)) return;
    const work = runAttempt(this.ports, name, progress).finally(() => {
      this.atWork.delete(name.session);
      void this.kick(name.mission);
    });
    this.atWork.set(name.session, work);
  }

  isAtWork(session: string): boolean {
    return this.atWork.has(session);
  }

  /** Resolves when nothing is at work any more. */
  async settled(): Promise<void> {
    while (this.atWork.size > 0 || this.kicking.size > 0)
      await Promise.allSettled([...this.atWork.values(), ...this.kicking.values()]);
  }

  private async look(id: string): Promise<void> {
    try {
      const mission = this.ports.records.missions.get(id);
      if (mission === undefined || (await isLedElsewhere(this.ports, mission))) return;
      const { start, wakeAt } = dueOf(mission, this.ports.now());
      for (const task of start) await this.claim(id, task);
      this.wakeAt(id, wakeAt);
    } catch (error) {
      // While closing, whatever was begun is taken up by the next start.
      if (!this.ports.closing.aborted) throw error;
    }
  }

  private async claim(id: string, task: string): Promise<void> {
    const { records, now } = this.ports;
    const mission = records.missions.get(id);
    const found = mission === undefined ? undefined : findTask(mission, task);
    if (mission === undefined || found === undefined) return;
    const session = await this.sessionOf(mission, found);
    if (this.atWork.has(session)) return;
    const claimed = await records.missions.act(
      id,
      (state) => decide(state, { do: 'claim', task, session, now: now() }),
      { ...itself, cause: session },
    );
    if (!claimed.ok) return;
    const attempt = findTask(claimed.value, task)?.attempts.at(-1)?.number ?? 0;
    const wake: Wake = found.attempts.some((one) => one.outcome === 'failed') ? 'retry' : 'queue';
    this.carryOn({ mission: id, task, attempt, session }, { from: 'start', wake });
  }

  /** The session a task works in: the one of its last attempt, so that what was learned stays. */
  private async sessionOf(mission: Mission, task: Task): Promise<string> {
    const { records, newId, dir } = this.ports;
    const known = task.session === null ? undefined : records.sessions.get(task.session);
    if (known !== undefined && known.state.name !== 'closed') return known.id;
    const { agent, run, id, title } = task.plan;
    const line = run ?? agent.run;
    const path = worktreePath(join(dir, 'worktrees'), mission.id, id);
    const session = newId('s');
    await records.sessions.create(
      session,
      [
        {
          type: 'session.opened',
          data: {
            title: `${id}: ${title}`,
            project: mission.project,
            agent: agent.name,
            driver: agent.driver,
            mandate: mission.mandate,
            mission: mission.id,
            task: id,
            parent: null,
            workspace: null,
            repository: mission.repository,
            argv: line === null ? [] : parseCommand(line).argv,
            sandbox: { kind: await this.ports.sandbox(), writable: [path], hidden: [], network: agent.network },
          },
        },
      ],
      mission.project,
      { ...itself, cause: mission.id },
    );
    await records.sessions.act(
      session,
      (state) =>
        decideSession(state, {
          do: 'take_lease',
          holder: this.ports.boot,
          machine: this.ports.machine,
          takesOver: false,
        }),
      itself,
    );
    return session;
  }

  private wakeAt(id: string, at: number | null): void {
    clearTimeout(this.timers.get(id));
    this.timers.delete(id);
    if (at === null || this.ports.closing.aborted) return;
    const timer = setTimeout(() => void this.kick(id), Math.min(longestMs, Math.max(10, at - this.ports.now())));
    timer.unref();
    this.timers.set(id, timer);
  }
}
