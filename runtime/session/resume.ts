/**
 * The one resume function. Restart, retry, timer, queue drain, a child's notification and a person's wish all come through here before anything
 * runs: load the binding, ask the mandate about the next known step, verify the place, then continue, pause or be inert.
 *
 * It refuses to take any of these for permission: that the process could be started, that it ran before, that a credential is still here.
 */

import type { Caller } from '@writ/enforce';
import type { Journal } from '@writ/journal';
import type { MandateStanding, Step } from '../control/ask.ts';
import { askMandate, askStep, putQuestion } from '../control/ask.ts';
import type { Credentials } from '../credentials.ts';
import type { Log } from '../log.ts';
import type { Ports } from '../ports.ts';
import { checkContext } from './context.ts';
import type { Continuation } from './core/judge-resume.ts';
import { judgeResume } from './core/judge-resume.ts';
import type { ToldResume } from '../told.ts';
import { toldResume } from '../told.ts';
import { decide } from './decide.ts';
import type { SessionEvent, Wake } from './events.ts';
import { checkPlace } from './place.ts';
import type { Session } from './session.ts';
import { isOver, isWrittenElsewhere, waitsForPerson } from './session.ts';

export type ResumePorts = {
  readonly control: Caller;
  readonly pointToken: () => string | null;
  readonly credentials: Credentials;
  readonly sessions: Log<Session, SessionEvent>;
  readonly journal: Pick<Journal, 'read'>;
  readonly actor: string;
};

/** Judges whether `session` may take `step` now, and records what follows from it. A person's pause, and a fault's, is only ended by `wake: 'person'`. */
export function resume(ports: ResumePorts, id: string, wake: Wake, step: Step): Promise<Continuation> {
  const told: ToldResume = { session: id, wake };
  return toldResume.tracePromise(async () => {
    const continuation = await judged(ports, id, wake, step);
    told.go = continuation.go;
    return continuation;
  }, told);
}

async function judged(ports: ResumePorts, id: string, wake: Wake, step: Step): Promise<Continuation> {
  const bound = await rebind(ports, id);
  const session = ports.sessions.get(id);
  if (session === undefined) return { go: 'inert', sentence: `there is no session \`${id}\`` };
  if (isOver(session))
    return { go: 'inert', sentence: session.state.name === 'inert' ? session.state.reason : 'it is closed' };
  if (session.state.name === 'paused' && waitsForPerson(session) && wake !== 'person')
    return { go: 'pause', cause: 'mandate', sentence: session.state.reason };
  const continuation = await putBefore(ports, session, step, await judge(ports, session, bound, step));
  await recordContinuation(ports, id, wake, continuation);
  return continuation;
}

/** A step that waits for a yes is put before people; one they refused is not taken. */
async function putBefore(
  ports: ResumePorts,
  session: Session,
  step: Step,
  continuation: Continuation,
): Promise<Continuation> {
  const credential = await ports.credentials.get(credentialName(session));
  if (continuation.go !== 'pause' || continuation.cause !== 'approval' || credential === null) return continuation;
  const put = await putQuestion(ports, session.mandate ?? '', credential, step, session.id);
  if (put === null) return continuation;
  return put.refusedBecause === null
    ? { ...continuation, approval: put.id }
    : { go: 'pause', cause: 'scope', sentence: put.refusedBecause };
}

/** What would become of `session` if it took `step` now. Records nothing. */
export async function judge(
  ports: ResumePorts,
  session: Session,
  mandate: MandateStanding | null,
  step: Step,
): Promise<Continuation> {
  if (session.mandate === null)
    return judgeResume({
      binding: null,
      mandate: null,
      step: null,
      place: { as: 'unneeded' },
      context: { as: 'unneeded' },
    });
  const credential = await ports.credentials.get(credentialName(session));
  // The credential of an attended session is its launcher's to keep.
  const hasCredential = credential !== null || session.driver === 'attended';
  const standing = mandate ?? (await askMandate(ports.control, session.mandate));
  const asked =
    standing.standing === 'in_force' && hasCredential
      ? await askStep(ports, session.mandate, credential, step, session.id)
      : null;
  const unneeded = { as: 'unneeded' } as const;
  const place = asked?.answer === 'permit' ? await checkPlace(session) : unneeded;
  const { journal, sessions } = ports;
  const context =
    asked?.answer === 'permit' ? await checkContext(journal, sessions.streamOf(session.id), session) : unneeded;
  const binding = { mandate: session.mandate, hasCredential };
  return judgeResume({ binding, mandate: standing, step: asked, place, context });
}

/** Binds the session to whatever took the place of its mandate, and says how that stands. */
async function rebind(ports: ResumePorts, id: string): Promise<MandateStanding | null> {
  for (let hops = 0; hops < 16; hops += 1) {
    const mandate = ports.sessions.get(id)?.mandate ?? null;
    if (mandate === null) return null;
    const standing = await askMandate(ports.control, mandate);
    if (standing.standing !== 'superseded') return standing;
    const { successor } = standing;
    const done = await ports.sessions.act(id, (session) => decide(session, { do: 'rebind', to: successor }), {
      actor: ports.actor,
      cause: mandate,
    });
    if (!done.ok) return null;
  }
  return null;
}

async function recordContinuation(
  ports: ResumePorts,
  id: string,
  wake: Wake,
  continuation: Continuation,
): Promise<void> {
  const by = { actor: ports.actor };
  switch (continuation.go) {
    case 'continue':
      await ports.sessions.act(
        id,
        (session) => decide(session, { do: 'resume', wake, sentence: continuation.sentence }),
        by,
      );
      return;
    case 'pause':
      await ports.sessions.act(
        id,
        (session) => decide(session, { do: 'pause', cause: continuation.cause, reason: continuation.sentence }),
        by,
      );
      return;
    case 'inert': {
      const { sentence, isAccepted } = continuation;
      // What still runs of it ends by itself; it is closed then.
      if (isAccepted === true && (ports.sessions.get(id)?.runs.length ?? 0) > 0) return;
      await ports.sessions.act(
        id,
        (session) =>
          decide(
            session,
            isAccepted === true
              ? { do: 'close', exitCode: null, summary: sentence }
              : { do: 'make_inert', reason: sentence },
          ),
        by,
      );
      return;
    }
  }
}

/** Whether another machine works on it: it writes it, or nobody has yet and its credential was given elsewhere. */
export async function isForeign(
  { machine, credentials, isOneOfSeveral }: Pick<Ports, 'machine' | 'credentials' | 'isOneOfSeveral'>,
  session: Session,
): Promise<boolean> {
  if (isWrittenElsewhere(session, machine)) return true;
  if (session.lease !== null || session.mandate === null || !isOneOfSeveral()) return false;
  return (await credentials.get(credentialName(session))) === null;
}

/** The name a session's credential is kept under: its mission's, or its own; acting as an agent, that of the turn. */
export function credentialName({ mission, id, parent, activity, mandate }: Session): string {
  if (activity.name === 'turn' && activity.acting !== null && activity.acting.mandate === mandate)
    return `turn-${activity.turn}`;
  return mission !== null && parent === null ? `mission-${mission}` : `session-${id}`;
}
