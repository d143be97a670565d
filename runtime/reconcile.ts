/**
 * Keeps what runs in step with what is allowed: on every change control reports, and every second besides, each mandate something here is bound to is
 * asked how it stands, and sessions, missions and attention items follow. Derived each time from what is there, so that nothing has to be listed by hand.
 *
 * It decides nothing about authority and takes no message for an answer: a change only makes it ask.
 */

import { controlApi, enforcerApi } from '@writ/protocol';
import type { Item } from './attention/item.ts';
import { isOpenName, ofMission, ofSession } from './attention/item.ts';
import { voidItems } from './attention/queue.ts';
import type { SpentSubject } from './attention/spent.ts';
import { followSpent } from './attention/spent.ts';
import type { Bounds, MandateStanding } from './control/ask.ts';
import { askMandate, askStep, whatWasLost } from './control/ask.ts';
import { parseCommand } from './mission/command-line.ts';
import { decide as decideMission } from './mission/decide.ts';
import type { MissionCommand } from './mission/decide.ts';
import type { Dispatcher } from './mission/dispatch.ts';
import { isLedElsewhere } from './mission/dispatch.ts';
import type { Mission, Task } from './mission/mission.ts';
import type { Ports } from './ports.ts';
import { itself } from './ports.ts';
import { LiveRun } from './runner/live-run.ts';
import { containmentOfSandbox } from './runner/run.ts';
import { decide as decideSession } from './session/decide.ts';
import type { SessionCommand } from './session/decide.ts';
import { mayRecord } from './session/facts.ts';
import { keepFault } from './session/fault.ts';
import { tellOfYes } from './session/held-call.ts';
import { isForeign, resume } from './session/resume.ts';
import type { PauseCause } from './session/events.ts';
import type { Session } from './session/session.ts';
import { isOver } from './session/session.ts';
import type { Turns } from './session/turn.ts';
import { nextStep, resumePorts } from './session/turn.ts';

/** What a session paused for that can be over without anybody saying so. */
const passing: ReadonlySet<PauseCause> = new Set<PauseCause>(['mandate', 'budget', 'unreachable']);

/** What is to be known stays, also when nothing can wait for it any more. */
const waitsForIt = ({ kind }: Pick<Item, 'kind'>): boolean => kind !== 'notice';

type Ended = Extract<MandateStanding, { readonly standing: 'ended' }>;

export type ReconcilePorts = Ports & {
  readonly turns: Turns;
  readonly dispatcher: Dispatcher;
  readonly sandbox: () => Promise<'contain' | 'none'>;
  readonly drain: (session: string) => void;
};

export class Reconciler {
  private readonly ports: ReconcilePorts;
  /** The version at which queued work was last compared with each mandate. */
  private readonly comparedAt = new Map<string, number>();
  /** What each session was last known to be allowed. After a start it is what is found then. */
  private readonly bounds = new Map<string, { readonly mandate: string; readonly bounds: Bounds }>();

  constructor(ports: ReconcilePorts) {
    this.ports = ports;
  }

  /** One pass over everything that is bound to a mandate. */
  async pass(): Promise<void> {
    const standings = new Map<string, MandateStanding>();
    const ask = async (mandate: string): Promise<MandateStanding> => {
      const known = standings.get(mandate) ?? (await askMandate(this.ports.control, mandate));
      standings.set(mandate, known);
      return known;
    };
    for (const session of this.ports.records.sessions.all()) {
      if (session.mandate === null || isOver(session)) continue;
      const standing = await ask(session.mandate);
      await this.followSession(session, standing).catch((error: unknown) => keepFault(this.ports, session.id, error));
    }
    for (const mission of this.ports.records.missions.all()) {
      if (mission.mandate === null || mission.state.name === 'inert' || mission.state.name === 'ended') continue;
      await this.followMission(mission, await ask(mission.mandate));
    }
    await this.followAnswers();
  }

  /** What waits for an answer that was given at control goes on, or finds out that it was a no, by asking again. */
  private async followAnswers(): Promise<void> {
    const { records, control } = this.ports;
    for (const item of records.items.under(isOpenName)) {
      if (item.approval === null) continue;
      const found = await control.call(controlApi.getApproval, { params: { id: item.approval } });
      if (!found.ok || found.value.state === 'waiting') continue;
      const reason = `it was answered at control: \`${item.approval}\` is ${found.value.state}`;
      const { mission, task, session } = item;
      // First of all: the item is what it is found by after a crash.
      if (found.value.state === 'given') await tellOfYes(this.ports, item);
      await voidItems(this.ports, [item], reason);
      if (mission !== null && task !== null) {
        await this.onMission(mission, { do: 'reopen', task, reason });
        void this.ports.dispatcher.kick(mission);
      } else if (session !== null) this.ports.drain(session);
    }
  }

  private async followSession(session: Session, standing: MandateStanding): Promise<void> {
    switch (standing.standing) {
      case 'unreachable':
        return;
      case 'held':
        await this.onSession(session.id, { do: 'pause', cause: 'mandate', reason: standing.sentence });
        return;
      case 'superseded':
        await this.onSession(session.id, { do: 'rebind', to: standing.successor });
        return;
      case 'ended':
        await this.endSession(session, standing);
        return;
      case 'in_force':
        if (await isForeign(this.ports, session)) return;
        // A mission speaks for its sessions.
        if (session.mission === null && session.mandate !== null)
          await this.followSpent({ ...session, session: session.id, mandate: session.mandate }, standing.spent);
        await this.tell(session, standing.bounds);
        // A turn that is under way finishes, or control interrupts it: what it began last may be what spent the budget. Nothing more is started after it.
        if (standing.spent !== null && session.mission === null) {
          if (session.activity.name !== 'turn')
            await this.onSession(session.id, { do: 'pause', cause: 'budget', reason: standing.spent });
        } else if (session.state.name === 'paused' && passing.has(session.state.cause)) await this.tryAgain(session);
        else if (this.isForgotten(session)) this.ports.drain(session.id);
    }
  }

  private followSpent({ project, mission, session, mandate }: SpentSubject, spent: string | null): Promise<void> {
    return followSpent(this.ports, { project, mission, session, mandate }, spent);
  }

  /** INVARIANT: what waits for a yes has an item that says so, also where a process ended between the question and the item: it is asked again then, and control knows it for the same. */
  private isForgotten({ id, mission, state }: Session): boolean {
    if (mission !== null || state.name !== 'paused' || state.cause !== 'approval') return false;
    return !this.ports.records.items.under(ofSession(id)).some((item) => item.state.name === 'open');
  }

  /** Its mandate may be back. Whether the session goes on is for `resume` to say. */
  private async tryAgain(session: Session): Promise<void> {
    if (await isForeign(this.ports, session)) return;
    const continuation = await resume(resumePorts(this.ports), session.id, 'queue', nextStep(session));
    if (continuation.go !== 'continue') return;
    for (const run of session.runs) await this.ports.enforcer.call(enforcerApi.thaw, { params: { id: run.id } });
    this.ports.drain(session.id);
  }

  /** A session learns what its mandate lost, once. */
  private async tell({ id, mandate }: Session, bounds: Bounds): Promise<void> {
    const known = this.bounds.get(id);
    if (mandate === null) return;
    this.bounds.set(id, { mandate, bounds });
    const sentence = known?.mandate === mandate ? whatWasLost(mandate, known.bounds, bounds) : null;
    if (sentence === null) return;
    const told = { type: 'session.told', data: { sentence, words: [...bounds.words] } } as const;
    await this.ports.records.sessions.record(id, [told], itself);
  }

  /** INVARIANT: work that was accepted is not cut off: what runs of it drains, and nothing new begins, because each step is asked about. */
  private async endSession(session: Session, { sentence: reason, drains }: Ended): Promise<void> {
    this.bounds.delete(session.id);
    if (drains && (await this.isStillHeld(session))) return;
    await this.onSession(
      session.id,
      drains ? { do: 'close', exitCode: null, summary: reason } : { do: 'make_inert', reason },
    );
    this.ports.turns.get(session.id)?.stop(reason);
    for (const run of session.runs)
      await this.ports.enforcer.call(enforcerApi.kill, { params: { id: run.id }, body: { why: reason } });
    await voidItems(this.ports, this.ports.records.items.under(ofSession(session.id)).filter(waitsForIt), reason);
  }

  /**
   * Whether a run of the session may still end by itself. One whose follower lost the session before it ended has its end put on record here, as the enforcer knows it; where that knows nothing of
   * it and control holds it open no more, it is lost.
   */
  private async isStillHeld(session: Session): Promise<boolean> {
    const { id, runs } = session;
    if (runs.length === 0) return false;
    const listed = await this.ports.enforcer.call(enforcerApi.listRuns);
    if (!listed.ok || !mayRecord(session, this.ports.boot)) return true;
    for (const run of runs) {
      const state = listed.value.items.find((one) => one.id === run.id)?.state;
      if (state === 'running' || state === 'frozen') return true;
      const live = new LiveRun(this.ports, id, run);
      if (state !== undefined) {
        await live.follow(() => undefined, { record: true });
        continue;
      }
      const found = await this.ports.control.call(controlApi.getOperation, { params: { id: run.operation } });
      if (!found.ok || found.value.state === 'begun') return true;
      await live.end({ ended: 'lost', exitCode: null, why: 'the enforcer does not know it any more' }, 'unknown');
    }
    return (this.ports.records.sessions.get(id)?.runs.length ?? 0) > 0;
  }

  private async followMission(mission: Mission, standing: MandateStanding): Promise<void> {
    switch (standing.standing) {
      case 'unreachable':
        return;
      case 'held':
        await this.onMission(mission.id, { do: 'hold', cause: 'mandate', reason: standing.sentence });
        return;
      case 'superseded':
        await this.onMission(mission.id, { do: 'rebind', to: standing.successor });
        void this.ports.dispatcher.kick(mission.id);
        return;
      case 'ended':
        if (standing.drains && (await this.drains(mission, standing.sentence))) return;
        await this.onMission(mission.id, { do: 'make_inert', reason: standing.sentence });
        await voidItems(
          this.ports,
          this.ports.records.items.under(ofMission(mission.id)).filter(waitsForIt),
          standing.sentence,
        );
        return;
      case 'in_force':
        if (await isLedElsewhere(this.ports, mission)) return;
        if (mission.mandate !== null)
          await this.followSpent(
            { project: mission.project, mission: mission.id, session: null, mandate: mission.mandate },
            standing.spent,
          );
        await this.compareQueue(mission, standing.version);
        if (standing.spent !== null)
          await this.onMission(mission.id, { do: 'hold', cause: 'budget', reason: standing.spent });
        else await this.release(mission);
    }
  }

  /** Cancels what waits of a mission whose work was accepted. Whether something of it is still under way. */
  private async drains(mission: Mission, reason: string): Promise<boolean> {
    for (const { plan, standing } of mission.tasks)
      if (standing.name === 'waiting' || standing.name === 'retrying' || standing.name === 'asking')
        await this.onMission(mission.id, { do: 'cancel', task: plan.id, reason });
    return mission.tasks.some(({ session, standing }) => {
      const runs = this.ports.records.sessions.get(session ?? '')?.runs.length ?? 0;
      return (standing.name === 'running' || standing.name === 'claimed') && runs > 0;
    });
  }

  /** Queued tasks that a narrowed mandate no longer covers are cancelled, by verdict. */
  private async compareQueue(mission: Mission, version: number): Promise<void> {
    const key = `${mission.id} ${mission.mandate ?? ''}`;
    if (this.comparedAt.get(key) === version) return;
    for (const task of mission.tasks) {
      if (task.standing.name !== 'waiting' && task.standing.name !== 'retrying') continue;
      const asked = await this.askTask(mission, task);
      if (asked?.answer === 'unreachable') return;
      if (asked?.answer === 'refuse' && asked.code === 'out_of_authority')
        await this.onMission(mission.id, {
          do: 'cancel',
          task: task.plan.id,
          reason: `its mandate does not cover it any more: ${asked.sentence}`,
        });
    }
    this.comparedAt.set(key, version);
  }

  private async release(mission: Mission): Promise<void> {
    if (mission.state.name !== 'held' || mission.state.cause === 'person') return;
    const next = mission.tasks.find((task) => task.standing.name === 'waiting' || task.standing.name === 'retrying');
    const asked = next === undefined ? null : await this.askTask(mission, next);
    if (asked !== null && asked.answer !== 'permit') return;
    await this.onMission(mission.id, {
      do: 'release',
      by: 'mandate',
      sentence: asked?.sentence ?? 'its mandate is in force',
    });
    void this.ports.dispatcher.kick(mission.id);
  }

  private async askTask(mission: Mission, { plan }: Task) {
    const line = plan.run ?? plan.agent.run;
    const credential = await this.ports.credentials.get(`mission-${mission.id}`);
    if (line === null || mission.mandate === null || credential === null) return null;
    const { program } = parseCommand(line);
    const resource = `shell://${mission.project}/${encodeURIComponent(program)}`;
    const containment = containmentOfSandbox({ kind: await this.ports.sandbox(), network: plan.agent.network });
    return askStep(
      this.ports,
      mission.mandate,
      credential,
      { action: 'shell.run', resource, parameters: {}, containment },
      null,
    );
  }

  private async onSession(id: string, command: SessionCommand): Promise<void> {
    await this.ports.records.sessions.act(id, (session) => decideSession(session, command), itself);
  }

  private async onMission(id: string, command: MissionCommand): Promise<void> {
    await this.ports.records.missions.act(id, (mission) => decideMission(mission, command), itself);
  }
}
