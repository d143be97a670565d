/**
 * What may be recorded in a session, given where it stands: commands to events, or a refusal. Pure.
 *
 * INVARIANT: nothing starts in a session that is paused, inert or closed, nor under a lease that somebody else has taken since, and one run at a time.
 */

import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import type { AgentPin, Delivery, PauseCause, SessionEvent, Visibility, Wake } from './events.ts';
import type { Request } from './requests.ts';
import { cameOf } from './requests.ts';
import type { Session } from './session.ts';
import { isAtTerminal, isOver, isWrittenElsewhere } from './session.ts';

export type SessionCommand =
  /** `takesOver`: from another machine too, because a person said so; what ran there is lost to this log. */
  | {
      readonly do: 'take_lease';
      readonly holder: string;
      readonly machine: string;
      readonly takesOver: boolean;
    }
  | {
      readonly do: 'admit';
      readonly input: string;
      readonly text: string;
      readonly delivery: Delivery;
      readonly wake: Wake;
      readonly by: string;
      /** The person who says it, who takes part from then on; null where nobody does. */
      readonly person: string | null;
      readonly drives: boolean;
      /** The agent chosen for it alone. */
      readonly agent: AgentPin | null;
      /** The turn the caller saw running, null where it saw none; undefined where it does not care, which who steers may not. */
      readonly expectedTurn: string | null | undefined;
      /** The idempotency key it is sent with; null for none. */
      readonly request: Request | null;
    }
  | {
      readonly do: 'start_turn';
      readonly turn: string;
      /** What it begins with, as its writer asked about it: the first that waits, or null for nothing. */
      readonly input: string | null;
      readonly wake: Wake;
      readonly holder: string;
      readonly token: number;
    }
  /** By the process whose lease is the newest; `run` as it is recorded. */
  | {
      readonly do: 'start_run';
      readonly holder: string;
      readonly run: Extract<SessionEvent, { readonly type: 'run.started' }>['data'];
    }
  /** `above`: the session that a person paused, where this one is below it. */
  | { readonly do: 'pause'; readonly cause: PauseCause; readonly reason: string; readonly above?: string | null }
  | { readonly do: 'resume'; readonly wake: Wake; readonly sentence: string }
  | { readonly do: 'make_inert'; readonly reason: string }
  | { readonly do: 'close'; readonly exitCode: number | null; readonly summary: string }
  | { readonly do: 'share'; readonly visibility: Visibility; readonly by: string }
  | { readonly do: 'join' | 'leave'; readonly who: string }
  | { readonly do: 'rebind'; readonly to: string }
  | { readonly do: 'bind'; readonly mandate: string }
  | { readonly do: 'archive'; readonly reason: string }
  | { readonly do: 'unarchive'; readonly reason: string };

export type Decision =
  { readonly ok: true; readonly events: readonly SessionEvent[] } | { readonly ok: false; readonly refusal: Refusal };

/** Judges `command` on `session`. An accepted command that changes nothing gives no event. */
export function decide(session: Session, command: SessionCommand): Decision {
  switch (command.do) {
    case 'take_lease':
      return takeLease(session, command);
    case 'admit':
      return admit(session, command);
    case 'start_turn':
      return startTurn(session, command);
    case 'start_run':
      return startRun(session, command);
    case 'pause':
      return pause(session, command);
    case 'resume':
      if (isOver(session)) return no('conflict', over(session));
      if (session.state.name === 'live') return { ok: true, events: [] };
      return yes({ type: 'session.resumed', data: { wake: command.wake, sentence: command.sentence } });
    case 'make_inert':
      if (isOver(session)) return { ok: true, events: [] };
      return yes({ type: 'session.inert', data: { reason: command.reason } });
    case 'close':
      if (isOver(session)) return { ok: true, events: [] };
      return yes({ type: 'session.closed', data: { exitCode: command.exitCode, summary: command.summary } });
    case 'share':
      return share(session, command.visibility, command.by);
    case 'join':
      if (session.participants.includes(command.who)) return { ok: true, events: [] };
      return yes({ type: 'participant.joined', data: { who: command.who } });
    case 'leave':
      if (!session.participants.includes(command.who)) return { ok: true, events: [] };
      return yes({ type: 'participant.left', data: { who: command.who } });
    case 'rebind':
      if (isOver(session)) return no('conflict', over(session));
      if (session.mandate === null || session.mandate === command.to) return { ok: true, events: [] };
      return yes({ type: 'session.rebound', data: { from: session.mandate, to: command.to } });
    case 'bind':
      return bind(session, command.mandate);
    case 'archive':
      return archive(session, command.reason);
    case 'unarchive':
      if (!session.isArchived) return { ok: true, events: [] };
      return yes({ type: 'session.unarchived', data: { reason: command.reason } });
  }
}

/**
 * INVARIANT: a second writer fails before it starts anything. Another process of the same machine follows the one before it, which is over; another machine takes the session only because a person said
 * so, and then the fencing token has risen and whatever the first one still writes is refused.
 */
function takeLease(
  session: Session,
  { holder, machine, takesOver }: Extract<SessionCommand, { readonly do: 'take_lease' }>,
): Decision {
  if (isOver(session)) return no('conflict', over(session));
  const isElsewhere = isWrittenElsewhere(session, machine);
  if (isElsewhere && !takesOver)
    return no(
      'conflict',
      `session \`${session.id}\` is written by another machine; \`writ session take ${session.id}\` continues it on this one, \`writ session fork ${session.id}\` beside it`,
    );
  const token = (session.lease?.token ?? 0) + 1;
  const why = 'another machine took the session over';
  const left: readonly SessionEvent[] = !isElsewhere
    ? []
    : [
        ...session.runs.map(({ id: run, operation }): SessionEvent => ({
          type: 'run.ended',
          data: { run, operation, ended: 'lost', exitCode: null, why },
        })),
        ...(session.activity.name === 'turn'
          ? [
              {
                type: 'turn.ended',
                data: { turn: session.activity.turn, outcome: 'interrupted', exitCode: null, summary: why },
              } as const,
            ]
          : []),
      ];
  return yes({ type: 'lease.taken', data: { holder, token, machine } }, ...left);
}

function bind(session: Session, mandate: string): Decision {
  if (isOver(session)) return no('inert', over(session));
  if (session.mandate === mandate) return { ok: true, events: [] };
  if (session.mandate !== null)
    return no(
      'conflict',
      `session \`${session.id}\` works under \`${session.mandate}\`; extend that, or fork the session`,
    );
  return yes({ type: 'session.bound', data: { mandate } });
}

/** INVARIANT: nothing that is under way disappears from the lists, and nothing ends by being archived. */
function archive(session: Session, reason: string): Decision {
  if (session.isArchived) return { ok: true, events: [] };
  const waiting = session.children.filter(({ ended }) => !ended).length;
  if (!isOver(session) && (session.activity.name === 'turn' || session.runs.length > 0 || isAtTerminal(session)))
    return no('conflict', `session \`${session.id}\` is at work; stop or pause it first: \`writ stop ${session.id}\``);
  if (waiting > 0)
    return no('conflict', `${String(waiting)} of the sub-agents of session \`${session.id}\` have not ended`);
  if (session.queue.length > 0)
    return no('conflict', `input waits in session \`${session.id}\`; stop it first: \`writ stop ${session.id}\``);
  return yes({ type: 'session.archived', data: { reason } });
}

/** INVARIANT: what everybody could see is not taken back, and nobody is left who cannot see what they are a member of. */
function share(session: Session, visibility: Visibility, by: string): Decision {
  const { visibility: before } = session;
  if (before.to === 'project')
    return visibility.to === 'project'
      ? { ok: true, events: [] }
      : no(
          'conflict',
          `session \`${session.id}\` was seen by others already; open a private one, or fork nothing of it`,
        );
  if (visibility.to === 'private' && !visibility.members.includes(by))
    return no('invalid', `\`${by}\` would not see session \`${session.id}\` any more; name yourself too`);
  return yes({ type: 'visibility.changed', data: { visibility } });
}

function admit(session: Session, command: Extract<SessionCommand, { readonly do: 'admit' }>): Decision {
  const { request } = command;
  const before = cameOf(session.requests, request);
  if (before === 'other')
    return no('conflict', `the idempotency key was used for other words in session \`${session.id}\`; use a new key`);
  // It was said already, whatever became of the session since.
  if (before !== null) return yes();
  if (isOver(session)) return no('inert', over(session));
  if (session.isArchived)
    return no(
      'conflict',
      `session \`${session.id}\` is archived; \`writ session unarchive ${session.id}\` brings it back`,
    );
  const running = session.activity.name === 'turn' ? session.activity.turn : null;
  const expected = command.delivery === 'steer' ? (command.expectedTurn ?? null) : command.expectedTurn;
  if (expected !== undefined && expected !== running)
    return no(
      'conflict',
      running === null
        ? `turn \`${expected ?? 'none'}\` of session \`${session.id}\` is not running any more; send it with \`queue\``
        : `session \`${session.id}\` is at turn \`${running}\`; look again and steer that one, or send it with \`queue\``,
    );
  const { input, text, delivery, wake, by, drives, agent } = command;
  const { person } = command;
  const said: SessionEvent = {
    type: 'input.admitted',
    data: {
      ...{ input, text, delivery, wake, by, drives, agent },
      ...(person === null ? {} : { person: true }),
      ...(request === null ? {} : { request }),
    },
  };
  return person === null || session.participants.includes(person)
    ? yes(said)
    : yes({ type: 'participant.joined', data: { who: person } }, said);
}

function startTurn(session: Session, command: Extract<SessionCommand, { readonly do: 'start_turn' }>): Decision {
  if (isOver(session)) return no('inert', over(session));
  if (session.lease?.holder !== command.holder || session.lease.token !== command.token)
    return no('conflict', writtenByAnother(session));
  if (session.state.name === 'paused') return no('conflict', paused(session, session.state.reason));
  if (session.isArchived) return no('conflict', `session \`${session.id}\` is archived`);
  if (session.activity.name === 'turn')
    return no('conflict', `session \`${session.id}\` is at turn \`${session.activity.turn}\` already`);
  const input = session.queue[0]?.id ?? null;
  if (input !== command.input) return no('conflict', `something else waits first in session \`${session.id}\` now`);
  return yes({
    type: 'turn.started',
    data: { turn: command.turn, input, wake: command.wake, token: command.token },
  });
}

function startRun(session: Session, { holder, run }: Extract<SessionCommand, { readonly do: 'start_run' }>): Decision {
  if (isOver(session)) return no('inert', over(session));
  if (session.lease?.holder !== holder) return no('conflict', writtenByAnother(session));
  // What was begun with the last of a budget is carried out.
  if (session.state.name === 'paused' && session.state.cause !== 'budget')
    return no('conflict', paused(session, session.state.reason));
  const turn = session.activity.name === 'turn' ? session.activity.turn : null;
  if (run.turn !== null && run.turn !== turn)
    return no('conflict', `turn \`${run.turn}\` of session \`${session.id}\` is over`);
  const [other] = session.runs;
  if (other !== undefined) return no('conflict', `run \`${other.id}\` is at work in session \`${session.id}\` already`);
  return yes({ type: 'run.started', data: run });
}

const paused = ({ id }: Session, reason: string): string =>
  `session \`${id}\` is paused: ${reason}; go on with \`writ unpause ${id}\``;

const writtenByAnother = (session: Session): string =>
  `session \`${session.id}\` is written by \`${session.lease?.holder ?? 'nobody'}\` now; this writer has nothing to say any more`;

function pause(
  session: Session,
  { cause, reason, above = null }: Extract<SessionCommand, { readonly do: 'pause' }>,
): Decision {
  if (isOver(session)) return { ok: true, events: [] };
  // INVARIANT: a person's pause is ended by a person; nothing else that pauses or resumes takes its place.
  if (session.state.name === 'paused' && (session.state.cause === 'person' || session.state.cause === cause))
    return { ok: true, events: [] };
  return yes({ type: 'session.paused', data: { cause, reason, ...(above === null ? {} : { above }) } });
}

function over(session: Session): string {
  switch (session.state.name) {
    case 'inert':
      return `session \`${session.id}\` is inert: ${session.state.reason}; it can be read, and a new session needs a new mandate`;
    case 'closed':
      return `session \`${session.id}\` is closed; open a new one`;
    case 'live':
    case 'paused':
      return `session \`${session.id}\` goes on`;
  }
}

const yes = (...events: readonly SessionEvent[]): Decision => ({ ok: true, events });
const no = (kind: Refusal['kind'], sentence: string): Decision => ({ ok: false, refusal: refuse(kind, sentence) });
