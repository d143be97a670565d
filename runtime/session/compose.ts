/**
 * Puts together what a turn is given, and records it before anything runs: the agent it acts as, the very words, its tools, model and configuration, with a digest that stays when the
 * words are erased.
 */

import type { JsonValue } from '@writ/journal';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import type { Result } from '../refusal.ts';
import { accept, refuse } from '../refusal.ts';
import type { ActingAs } from './act-as.ts';
import { beginActing, endActing, pinOfTurn } from './act-as.ts';
import { contextEvents, textDigest } from './context.ts';
import { isTurnOf } from './facts.ts';
import type { Session } from './session.ts';
import { acting } from './session.ts';

/** What a driver is given to say. */
export type Given = {
  readonly prompt: string;
  /** What the agent is told of itself; null where none was chosen. */
  readonly system: string | null;
  readonly model: string | null;
  readonly config: Readonly<Record<string, JsonValue>>;
};

export type Composed = {
  /** As the turn acts. */
  readonly session: Session;
  readonly given: Given & { readonly turn: string; readonly adopt: null };
};

/** Composes the turn that `session` has just begun. A refusal leaves nothing behind but the turn itself. */
export async function compose(ports: Ports, session: Session, turn: string): Promise<Result<Composed>> {
  const pin = pinOfTurn(session);
  const begun: Result<ActingAs | null> = pin === null ? accept(null) : await beginActing(ports, session, pin, turn);
  if (!begun.ok) return begun;
  const as = begun.value;
  const { activity } = session;
  const given: Given = {
    prompt: activity.name === 'turn' ? (activity.input?.text ?? '') : '',
    system: as?.definition.prompt ?? null,
    model: as?.definition.model ?? null,
    config: as?.definition.config ?? {},
  };
  const { driver, argv, sandbox, mandate, conversation } = { ...session, ...as?.acting };
  const text = JSON.stringify({
    agent: pin,
    mandate,
    driver,
    argv,
    tools: as?.acting?.actions ?? null,
    sandbox,
    after: conversation?.digest ?? null,
    ...given,
  });
  const { model } = given;
  const data = { turn, digest: textDigest(text), driver, model, acting: as?.acting ?? null };
  const events = [{ type: 'turn.composed' as const, data }, ...contextEvents(turn, text)];
  // INVARIANT: a turn that ended meanwhile, or that another machine took, is not composed any more: no log says so of a turn it is not at.
  const recorded = await ports.records.sessions.act(
    session.id,
    (now) =>
      isTurnOf(now, turn, ports.boot)
        ? { ok: true, events }
        : { ok: false, refusal: refuse('conflict', `turn \`${turn}\` of session \`${session.id}\` is over`) },
    itself,
  );
  if (!recorded.ok) {
    await endActing(ports, { ...session, activity: withActing(session, as) }, 'it could not be recorded');
    return recorded;
  }
  return accept({ session: acting(recorded.value), given: { ...given, turn, adopt: null } });
}

const withActing = ({ activity }: Session, as: ActingAs | null): Session['activity'] =>
  activity.name === 'turn' ? { ...activity, acting: as?.acting ?? null } : activity;
