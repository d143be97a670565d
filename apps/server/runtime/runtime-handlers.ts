/** From routes to the runtime's commands and back. Translates spelling; decides nothing. */

import type { attentionWire, compiledWire, missionWire } from '@writ/protocol';
import { sealsIn, verifyToWire } from '../http/verify-to-wire.ts';
import { authoritySetToWire, toWire } from '@writ/protocol';
import type { AttentionView, CompiledView, MissionView, Runtime } from '@writ/runtime';
import type { z } from 'zod';
import type { Answer } from '../http/call.ts';
import { problem } from '../http/problem.ts';
import { retentionToWire } from '../http/retention-to-wire.ts';
import type { RuntimeCaller } from './authentication.ts';
import type { RuntimeHandlers } from './rights.ts';
import { agentHandlers } from './agent-handlers.ts';
import { togetherHandlers } from './together-handlers.ts';
import { forkHandlers } from './fork-handlers.ts';
import { answerOf, event, idOf, ok, oriented, session, wholeIn, who } from './to-wire.ts';
import { behindRoles, projectOfItem, sees, views } from './rights.ts';
import { knownHandlers, strangerTo } from './known-handlers.ts';
import { workspaceHandlers } from './workspace-handlers.ts';

// A view is its wire form in our spelling, by its very type; what is readonly here is the schema's mutable array.
const mission = (view: MissionView) => toWire(view) as z.input<typeof missionWire>; // as above
const item = (view: AttentionView) => toWire(view) as z.input<typeof attentionWire>; // as above
const compiled = ({ authority, ...view }: CompiledView) =>
  ({ ...toWire(view), authorization_details: authoritySetToWire(authority) }) as z.input<typeof compiledWire>; // as above

/** A handler for each route of `runtimeApi`. */
export function runtimeHandlers(runtime: Runtime): RuntimeHandlers {
  return behindRoles(runtime, {
    ...missionHandlers(runtime),
    ...sessionHandlers(runtime),
    ...agentHandlers(runtime),
    ...togetherHandlers(runtime),
    ...forkHandlers(runtime),
    ...workspaceHandlers(runtime),
    ...knownHandlers(runtime),
    ...otherHandlers(runtime),
    ...doorHandlers(runtime),
  });
}

type MissionRoute =
  'compile' | 'createMission' | 'startMission' | 'listMissions' | 'getMission' | 'pauseMission' | 'unpauseMission';

function missionHandlers({ missions, journal }: Runtime): Pick<RuntimeHandlers, MissionRoute> {
  return {
    compile: async ({ body }) => answerOf(await missions.compile(body), compiled),
    createMission: async ({ body, caller, idempotencyKey }) =>
      answerOf(await missions.create(body, who(caller), idempotencyKey), mission),
    startMission: async ({ params, body, caller, idempotencyKey }) =>
      answerOf(await missions.start(idOf(params), body, who(caller), idempotencyKey), mission),
    listMissions: async ({ caller }) =>
      ok({
        items: missions
          .list()
          .filter(({ project }) => sees(caller, project))
          .map(mission),
        position: await journal.head(),
      }),
    getMission: ({ params }) => answerOf(missions.get(idOf(params)), mission),
    pauseMission: async ({ params, body, caller }) =>
      answerOf(await missions.pause(idOf(params), body.reason, who(caller)), mission),
    unpauseMission: async ({ params, caller }) => answerOf(await missions.unpause(idOf(params), who(caller)), mission),
  };
}

type SessionRoute =
  | 'createSession'
  | 'listSessions'
  | 'getSession'
  | 'sessionLog'
  | 'admit'
  | 'observe'
  | 'pauseSession'
  | 'unpauseSession'
  | 'closeSession'
  | 'back';

function sessionHandlers(runtime: Runtime): Pick<RuntimeHandlers, SessionRoute> {
  const { sessions, journal } = runtime;
  return {
    createSession: async ({ body, caller }) =>
      answerOf(
        await sessions.create(
          { ...body, sandbox: body.sandbox, actAs: body.act_as, privateTo: body.private_to },
          who(caller),
        ),
        session,
      ),
    listSessions: async ({ query, caller }) =>
      ok({
        items: sessions
          .list(query.get('mission'), query.get('archived') === 'true')
          .filter(({ id, project }) => sees(caller, project) && views(runtime, caller, id))
          .map(session),
        position: await journal.head(),
      }),
    getSession: ({ params }) => answerOf(sessions.get(idOf(params)), session),
    sessionLog: async ({ params, query }) =>
      answerOf(
        await sessions.log(idOf(params), {
          after: wholeIn(query, 'after', 0),
          limit: Math.min(wholeIn(query, 'limit', 1_000), 10_000),
        }),
        ({ items, version }) => ({ items: items.map(event), version }),
      ),
    admit: async ({
      params,
      body: { text, delivery, wake, running_turn, expected_turn, agent },
      caller,
      idempotencyKey: key,
    }) =>
      answerOf(
        await sessions.admit(
          idOf(params),
          {
            text,
            delivery,
            wake,
            agent,
            key,
            expectedTurn: expected_turn === undefined ? (running_turn ?? undefined) : expected_turn,
          },
          who(caller),
        ),
        ({ input, drives, session: view }) => ({ input, drives, session: session(view) }),
      ),
    observe: async ({ params, body, caller }) =>
      answerOf(await sessions.observe(idOf(params), body, who(caller)), session),
    pauseSession: async ({ params, body, caller }) =>
      answerOf(
        await sessions.pause(idOf(params), { reason: body.reason, endsTurn: body.end_turn }, who(caller)),
        session,
      ),
    unpauseSession: async ({ params, body, caller }) =>
      answerOf(await sessions.unpause(idOf(params), body.here, who(caller)), session),
    closeSession: async ({ params, body: { exit_code: exitCode, summary }, caller }) =>
      answerOf(await sessions.close(idOf(params), { exitCode, summary }, who(caller)), session),
    back: async ({ params, caller }) =>
      answerOf(await sessions.back(idOf(params), who(caller)), (found) => ({
        session: session(found.session),
        may_continue: found.mayContinue,
        ...oriented(found),
        recent: found.recent.map(event),
        waiting: found.waiting.map(item),
      })),
  };
}

function otherHandlers(
  runtime: Runtime,
): Pick<
  RuntimeHandlers,
  'health' | 'inbox' | 'answer' | 'verify' | 'erase' | 'retention' | 'setRetention' | 'rest' | 'runs'
> {
  return {
    health: () => ok({ ok: true as const, plane: 'runtime', boot: runtime.boot }),
    inbox: ({ query, caller }) =>
      ok({
        items: runtime.attention
          .inbox(query.get('all') === 'true')
          .filter((waiting) => sees(caller, projectOfItem(runtime, waiting)) && views(runtime, caller, waiting.session))
          .map(item),
      }),
    answer: async ({ params, body, caller }) =>
      answerOf(await runtime.attention.answer(idOf(params), body.answer, who(caller)), item),
    retention: async ({ caller }) => answerOf(await runtime.retention(personIn(caller)), retentionToWire),
    setRetention: async ({ body, caller }) =>
      answerOf(await runtime.setRetention(body, personIn(caller)), retentionToWire),
    erase: async ({ body, caller }) => {
      return answerOf(await runtime.erase(body, personIn(caller)), (erased) => erased);
    },
    verify: async ({ query }) => ok(verifyToWire(await runtime.verify(sealsIn(query)))),
    rest: ({ body }) => ok({ at_work: runtime.rest(body.resting).map((one) => ({ ...one })) }),
    runs: async () => {
      const runs = await runtime.runs();
      return runs === null
        ? {
            ok: false,
            problem: problem(
              503,
              'enforcer_unreachable',
              'the enforcer cannot be asked what runs',
              'see whether it is up: `writ doctor`',
            ),
          }
        : ok({ items: [...runs] });
    },
  };
}

function doorHandlers(runtime: Runtime): Pick<RuntimeHandlers, 'doorSpawn' | 'doorAsk' | 'doorNote'> {
  const { door } = runtime;
  const stranger = (caller: RuntimeCaller): Answer<never> | null =>
    caller.kind === 'point' && caller.name === 'enforcer'
      ? null
      : { ok: false, problem: problem(403, 'wrong_caller', 'only the enforcer speaks for a run') };
  return {
    doorSpawn: async ({ params, body, caller, idempotencyKey }) => {
      return (
        stranger(caller) ??
        answerOf(
          await door.spawn(idOf(params), { ...body, key: idempotencyKey ?? null }),
          ({ exitCode, ...child }) => ({
            ...child,
            exit_code: exitCode,
          }),
        )
      );
    },
    doorAsk: async ({ params, body: { wait_ms: waitMs, ...question }, caller }) =>
      strangerTo(runtime, caller, idOf(params)) ??
      answerOf(await door.ask(idOf(params), { ...question, waitMs }), (asked) => asked),
    doorNote: async ({ params, body, caller }) =>
      strangerTo(runtime, caller, idOf(params)) ??
      answerOf(await door.note(idOf(params), body.text), () => ({ ok: true as const })),
  };
}

function personIn(caller: RuntimeCaller): Extract<RuntimeCaller, { readonly kind: 'person' }> {
  if (caller.kind !== 'person') throw new Error('a route for people was reached by somebody else');
  return caller;
}
