/** What is said in a session: durable before anything runs, said once however often it is sent with one key, and nothing runs because it was said. */

import { createHash } from 'node:crypto';
import { pinOf } from '../agent/accepted/pinned-agent.ts';
import type { Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import { decide } from '../session/decide.ts';
import { keepFault } from '../session/fault.ts';
import type { AgentPin, Delivery, Wake } from '../session/events.ts';
import type { AdmittedRequest } from '../session/requests.ts';
import { cameOf } from '../session/requests.ts';
import { resume } from '../session/resume.ts';
import type { Session } from '../session/session.ts';
import { nextStep, resumePorts } from '../session/turn.ts';
import { maySteer } from '../session/who-steers.ts';
import type { SessionView } from '../views.ts';
import { sessionView } from '../views.ts';
import type { House, Who } from './house.ts';
import { byWho } from './house.ts';

export type NewInput = {
  readonly text: string;
  readonly delivery: Delivery;
  readonly wake: Wake;
  /** The turn the caller saw running; null where it saw none, undefined where it does not care. */
  readonly expectedTurn: string | null | undefined;
  /** An accepted agent, for this message alone. */
  readonly agent: string | null;
  /** Sent again with the same key, it is said once. */
  readonly key: string | undefined;
};

/** `drives`: false of who may not steer. */
export type Admitted = { readonly input: string; readonly drives: boolean; readonly session: SessionView };

/** Admits it durably, then works it off as far as control says so. */
export async function admitInput(
  house: House,
  id: string,
  { key, ...asked }: NewInput,
  who: Who,
): Promise<Result<Admitted>> {
  const { text, delivery, wake, expectedTurn, agent: named } = asked;
  const session = house.records.sessions.get(id);
  if (session === undefined) return reject(refuse('not_found', `there is no session \`${id}\``));
  const request =
    key === undefined ? null : { claim: digestOf([who.kind, who.name, key]), bodyDigest: digestOf(asked) };
  const before = cameOf(session.requests, request);
  if (before !== null && before !== 'other') return accept(repeated(session, before));
  const chosen = chooseAgent(house, session.project, named);
  if (!chosen.ok) return chosen;
  const agent = chosen.value;
  const input = house.newId('i');
  const steers = who.kind === 'point' ? 'yes' : await maySteer(house, session, who.name);
  // What cannot be asked now is asked before anything is done by it.
  const drives = steers !== 'no';
  const admitted = await house.records.sessions.act(
    id,
    (now) =>
      decide(now, {
        ...{ do: 'admit', input, text, delivery, wake, by: byWho(who).actor, drives },
        ...{ agent, expectedTurn, request, person: who.kind === 'person' ? who.name : null },
      }),
    byWho(who),
  );
  if (!admitted.ok) return admitted;
  // The same request, sent twice at once, was first.
  const first = cameOf(admitted.value.requests, request);
  if (first !== null && first !== 'other' && first.input !== input) return accept(repeated(admitted.value, first));
  if (session.driver === 'attended') {
    // Its launcher runs it; what is asked here is whether it is still a session that can be run at all.
    if (session.mandate !== null) await resume(resumePorts(house), id, wake, nextStep(session));
  } else if (drives) {
    // Who steers is not kept waiting until it is heard. What nobody heard is taken up after the turn, before all else.
    if (delivery === 'steer' && agent === null && steers === 'yes')
      void sayInto(house, id, { input, text }, who).catch((error: unknown) => keepFault(house, id, error));
    house.drain(id);
  }
  return accept({ input, drives, session: sessionView(house.records.sessions.get(id) ?? admitted.value) });
}

const repeated = (session: Session, { input, drives }: AdmittedRequest): Admitted => ({
  input,
  drives,
  session: sessionView(session),
});

const digestOf = (what: object): string => createHash('sha256').update(JSON.stringify(what)).digest('base64url');

/** Says it into the turn that is running, where its driver can; otherwise it is the next turn, before all that waits. */
async function sayInto(
  house: House,
  id: string,
  { input, text }: { readonly input: string; readonly text: string },
  who: Who,
): Promise<void> {
  const { activity } = house.records.sessions.get(id) ?? {};
  const heard = house.turns
    .get(id)
    ?.steer(text)
    .catch(() => false); // its program is gone
  if (activity?.name !== 'turn' || (await heard) !== true || house.closing.aborted) return;
  await house.records.sessions.record(
    id,
    [{ type: 'input.steered', data: { input, turn: activity.turn } }],
    byWho(who),
  );
}

/** The pin of the agent that was named; null where none was. */
export const chooseAgent = (house: House, project: string, name: string | null): Result<AgentPin | null> =>
  name === null ? accept(null) : pinOf(house.records, project, name);
