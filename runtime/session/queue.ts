/** Works off what was admitted to sessions that belong to no task: one turn after the other, each asked for. */

import type { Item } from '../attention/item.ts';
import { ofSession } from '../attention/item.ts';
import { openItem, voidItems } from '../attention/queue.ts';
import type { Ports } from '../ports.ts';
import { keepFault } from './fault.ts';
import type { OpenRun, Session } from './session.ts';
import { isOver, isWrittenElsewhere, waitsForPerson } from './session.ts';
import { endChild } from './spawn.ts';
import type { Turned, Turns } from './turn.ts';
import { adoptTurn, runTurn } from './turn.ts';

/** The questions where the session `id` goes on. */
const asksWhere = ({ records }: Pick<Ports, 'records'>, id: string): readonly Item[] =>
  records.items.under(ofSession(id)).filter(({ kind, state }) => kind === 'conflict' && state.name === 'open');

/** It goes on somewhere: nobody is asked any more where. */
export const foundItsPlace = (ports: Ports, id: string): Promise<void> =>
  voidItems(ports, asksWhere(ports, id), 'it goes on');

export class SessionQueue {
  private readonly ports: Ports;
  private readonly turns: Turns;
  private readonly atWork = new Map<string, Promise<void>>();

  constructor(ports: Ports, turns: Turns) {
    this.ports = ports;
    this.turns = turns;
  }

  /** Starts on the queue of `id` unless somebody is at it. */
  drain(id: string): void {
    const session = this.ports.records.sessions.get(id);
    if (session === undefined || !this.isOurs(session) || this.atWork.has(id)) return;
    this.carry(id, () => this.workOff(id));
  }

  /** Follows a turn that outlived the process that started it, then works off the rest. */
  adopt(session: Session, run: OpenRun | null): void {
    if (this.atWork.has(session.id)) return;
    this.carry(session.id, async () => {
      const end = await adoptTurn(this.ports, this.turns, session, run);
      // Whoever waited for a sub-agent is gone; its end is on record all the same.
      if (session.parent !== null) await endChild(this.ports, session, { turned: 'ended', end });
      if (this.isOurs(session)) await this.workOff(session.id);
    });
  }

  async settled(): Promise<void> {
    while (this.atWork.size > 0) await Promise.allSettled([...this.atWork.values()]);
  }

  /** A task's session is its attempt's to work, a sub-agent's whoever started it, an attended one its launcher's. */
  private isOurs(session: Session): boolean {
    const { driver, task, parent } = session;
    const isFree = driver !== 'attended' && task === null && parent === null;
    return isFree && !isWrittenElsewhere(session, this.ports.machine);
  }

  private carry(id: string, work: () => Promise<void>): void {
    const working = work()
      .catch((error: unknown) => keepFault(this.ports, id, error))
      .finally(() => {
        this.atWork.delete(id);
      });
    this.atWork.set(id, working);
  }

  private async workOff(id: string): Promise<void> {
    for (;;) {
      const session = this.ports.records.sessions.get(id);
      const next = session?.queue[0];
      if (session === undefined || next === undefined || isOver(session) || this.ports.closing.aborted) return;
      if (this.ports.isResting()) return;
      // What is said in a session that waits for a person waits with it; `writ unpause` takes it up.
      if (waitsForPerson(session)) return;
      const turned = await runTurn(this.ports, this.turns, id, next.wake);
      if (turned.turned === 'ended') await foundItsPlace(this.ports, id);
      if (turned.turned === 'ended' && turned.end.ended !== 'refused' && turned.end.ended !== 'unreachable') continue;
      if (needsPerson(turned)) await this.askFor(session, turned);
      return;
    }
  }

  /** A person chooses where it goes on, once. */
  private async askWhere(session: Session, sentence: string): Promise<void> {
    if (asksWhere(this.ports, session.id).length > 0) return;
    await openItem(this.ports, {
      kind: 'conflict',
      approval: null,
      ask: `${session.title} does not find its place as it left it: ${sentence}`.slice(0, 2_000).toWellFormed(),
      options: [
        { key: 'retry', label: 'go on here', consequence: 'it takes the place as it is now' },
        { key: 'leave', label: 'leave it', consequence: 'it stays paused until its place is as it was' },
      ],
      recommendation: null,
      session,
    });
  }

  private async askFor(session: Session, turned: Turned): Promise<void> {
    const sentence =
      turned.turned === 'not_started'
        ? turned.continuation.sentence
        : turned.turned === 'ended'
          ? turned.end.summary
          : turned.sentence;
    if (isElsewhere(turned)) return this.askWhere(session, sentence);
    await openItem(this.ports, {
      kind: 'approval',
      approval: questionOf(turned),
      ask: `${session.title} waits for a yes: ${sentence}`.slice(0, 2_000).toWellFormed(),
      options: [
        { key: 'retry', label: 'ask control again', consequence: 'it goes on if it may' },
        { key: 'leave', label: 'leave it', consequence: 'it stays paused' },
      ],
      recommendation: null,
      session,
    });
  }
}

const isElsewhere = (turned: Turned): boolean =>
  turned.turned === 'not_started' && turned.continuation.go === 'pause' && turned.continuation.cause === 'place';

const needsPerson = (turned: Turned): boolean =>
  isElsewhere(turned) ||
  (turned.turned === 'not_started' && turned.continuation.go === 'pause' && turned.continuation.cause === 'approval') ||
  (turned.turned === 'ended' && turned.end.ended === 'refused' && turned.end.hold !== null);

/** The question control put to people for it. */
function questionOf(turned: Turned): string | null {
  if (turned.turned === 'not_started')
    return turned.continuation.go === 'pause' && turned.continuation.cause === 'approval'
      ? turned.continuation.approval
      : null;
  return turned.turned === 'ended' && turned.end.ended === 'refused' ? (turned.end.hold?.approval ?? null) : null;
}
