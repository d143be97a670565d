/** What people do with whole sessions: fork them, grant a mandate to one that has none, take them out of the lists. No route of these is an agent's. */

import { createHash } from 'node:crypto';
import { controlApi, enforcerApi } from '@writ/protocol';
import { askMandate, isSilence, vouching } from '../control/ask.ts';
import type { Refusal, Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import type { AdoptedHome } from '../session/adopt.ts';
import { adopt, previewAdoption } from '../session/adopt.ts';
import { decide } from '../session/decide.ts';
import type { ForkAsk } from '../session/fork.ts';
import { forkSession, historyLength, historyOf } from '../session/fork.ts';
import type { ResetPart, Wake } from '../session/events.ts';
import { open } from '../session/handoff/bundle.ts';
import type { CarriedAway } from '../session/handoff/carry-away.ts';
import { carryAway } from '../session/handoff/carry-away.ts';
import { takeIn } from '../session/handoff/take-in.ts';
import type { HarnessHistory } from '../session/handoff/take-in-history.ts';
import { takeInHistory } from '../session/handoff/take-in-history.ts';
import type { Reset } from '../session/reset.ts';
import { reset } from '../session/reset.ts';
import { credentialName, resume } from '../session/resume.ts';
import type { Session } from '../session/session.ts';
import { isOver, isWrittenElsewhere } from '../session/session.ts';
import { mayView } from '../session/visibility.ts';
import { nextStep, resumePorts } from '../session/turn.ts';
import type { EventView, SessionView } from '../views.ts';
import { eventView, sessionView } from '../views.ts';
import { erasableTypes } from './erasure-commands.ts';
import type { House, Who } from './house.ts';
import { byWho } from './house.ts';

export type HistoryView = EventView & { readonly seq: number; readonly session: string };

export interface ForkCommands {
  /** Another session with this one's history up to an event, in a worktree of its own and without a mandate. */
  fork(id: string, ask: ForkAsk, who: Who): Promise<Result<SessionView>>;
  /** What bringing a fork home would do (`digest` null), or doing exactly what the preview of `digest` showed. */
  adopt(
    id: string,
    ask: { readonly fork: string; readonly digest: string | null },
    who: Who,
  ): Promise<Result<AdoptedHome & { readonly done: boolean }>>;
  /** All of its history, what it has from those it was forked from included. */
  history(
    id: string,
    page: { readonly after: number; readonly limit: number },
  ): Promise<Result<{ readonly items: readonly HistoryView[]; readonly length: number }>>;
  /** Binds a session that has no mandate to one that is in force now. */
  grant(
    id: string,
    given: { readonly mandate: string; readonly credential: string },
    who: Who,
  ): Promise<Result<SessionView>>;
  /** A signed bundle of it for another machine; `withholdWords`: without what people and agents said. */
  carryAway(id: string, withholdWords: boolean, who: Who): Promise<Result<CarriedAway>>;
  /** Takes in a bundle that is signed by this installation's own key or by `key`. */
  takeIn(
    bundle: string,
    ask: { readonly project: string; readonly key: string | null; readonly repository: string | null },
    who: Who,
  ): Promise<Result<SessionView>>;
  /** Takes in what a harness wrote down of a session of its own. */
  takeInHistory(history: HarnessHistory, who: Who): Promise<Result<SessionView>>;
  /** Clears one part of its state; with `dryRun`, says what that would do. */
  reset(id: string, ask: { readonly what: ResetPart; readonly dryRun: boolean }, who: Who): Promise<Result<Reset>>;
  /** A clue for whoever comes back; `for`: one person, who sees it first. */
  leaveNote(
    id: string,
    note: { readonly text: string; readonly for: string | null },
    who: Who,
  ): Promise<Result<SessionView>>;
  /** A new credential for its mandate, to go on with. `take`: and this machine writes it from now on. */
  renew(
    id: string,
    given: { readonly credential: string; readonly take: boolean },
    who: Who,
  ): Promise<Result<SessionView>>;
  archive(id: string, reason: string, who: Who): Promise<Result<SessionView>>;
  unarchive(id: string, reason: string, who: Who): Promise<Result<SessionView>>;
}

/** The fork commands of `house`. */
export function forkCommands(house: House): ForkCommands {
  const { sessions } = house.records;
  const view = (result: Result<Session>): Result<SessionView> =>
    result.ok ? accept(sessionView(result.value)) : result;
  return {
    fork: async (id, ask, who) => view(await forkSession(house, id, ask, byWho(who))),
    async adopt(home, { fork, digest }, who) {
      const found = sessions.get(fork);
      // INVARIANT: what somebody may not see is answered as what does not exist.
      if (found !== undefined && who.kind === 'person' && !mayView(sessions, found, who.name))
        return reject(refuse('not_found', `there is no session \`${fork}\``));
      if (digest === null) {
        const seen = await previewAdoption(house, { home, fork });
        return seen.ok ? accept({ adoption: seen.value, undo: null, done: false }) : seen;
      }
      const adopted = await adopt(house, { home, fork }, digest, byWho(who));
      return adopted.ok ? accept({ ...adopted.value, done: true }) : adopted;
    },
    async history(id, page) {
      const session = sessions.get(id);
      if (session === undefined) return reject(refuse('not_found', `there is no session \`${id}\``));
      const events = await historyOf(house, session, page);
      const items = events.map(({ seq, session: of, event }) => ({ ...eventView(event), seq, session: of }));
      return accept({ items, length: historyLength(sessions, session) });
    },
    grant: async (id, given, who) => view(await grant(house, id, given, who)),
    carryAway: (id, withholdWords, who) =>
      carryAway(house, id, { key: house.evidenceKey, withhold: withholdWords ? erasableTypes : new Set() }, byWho(who)),
    async takeIn(bundle, { project, key, repository }, who) {
      const opened = open(bundle, new Set([house.machine, ...(key === null ? [] : [key])]));
      if (!opened.ok) return opened;
      if (opened.value.carried.project !== project)
        return reject(
          refuse(
            'invalid',
            `the bundle is of project \`${opened.value.carried.project}\`, and you named \`${project}\``,
          ),
        );
      const source = `bundle ${createHash('sha256').update(bundle).digest('hex').slice(0, 32)}`;
      return view(await takeIn(house, opened.value, { source, repository }, byWho(who)));
    },
    takeInHistory: async (history, who) => view(await takeInHistory(house, history, byWho(who))),
    reset: (id, ask, who) => reset(house, id, ask, byWho(who)),
    leaveNote: async (id, note, who) =>
      view(await sessions.record(id, [{ type: 'note.left', data: note }], byWho(who))),
    renew: async (id, given, who) => view(await renew(house, id, given, who)),
    archive: async (id, reason, who) =>
      view(await sessions.act(id, (session) => decide(session, { do: 'archive', reason }), byWho(who))),
    unarchive: async (id, reason, who) =>
      view(await sessions.act(id, (session) => decide(session, { do: 'unarchive', reason }), byWho(who))),
  };
}

/** INVARIANT: what is granted was approved for the same project and is in force; whether a step is inside it is asked at each step. */
async function grant(
  house: House,
  id: string,
  { mandate, credential }: { readonly mandate: string; readonly credential: string },
  who: Who,
): Promise<Result<Session>> {
  const { sessions } = house.records;
  const session = sessions.get(id);
  if (session === undefined) return reject(refuse('not_found', `there is no session \`${id}\``));
  const found = await house.control.call(controlApi.getMandate, { params: { id: mandate } });
  const standing = await askMandate(house.control, mandate);
  if (!found.ok || standing.standing === 'unreachable')
    return reject(
      refuse('unreachable', `how mandate \`${mandate}\` stands cannot be asked now`, 'grant it when control answers'),
    );
  if (standing.standing !== 'in_force')
    return reject(
      refuse(
        'refused',
        'sentence' in standing ? standing.sentence : `\`${standing.successor}\` took the place of \`${mandate}\``,
        'approve a mandate for it and grant that',
        'mandate_inactive',
      ),
    );
  if (found.value.project !== session.project)
    return reject(
      refuse(
        'refused',
        `mandate \`${mandate}\` is for project \`${found.value.project}\`, and session \`${id}\` is in \`${session.project}\``,
        'approve one for that project',
        'out_of_authority',
      ),
    );
  const bound = await sessions.act(id, (now) => decide(now, { do: 'bind', mandate }), {
    ...byWho(who),
    cause: mandate,
  });
  if (!bound.ok) return bound;
  await house.credentials.put(credentialName(bound.value), credential);
  await goOn(house, id, session.fork === null ? 'person' : 'fork');
  return accept(sessions.get(id) ?? bound.value);
}

/** INVARIANT: holding a credential, or having taken the lease, is not being allowed: the next step is asked about like any other. */
async function renew(
  house: House,
  id: string,
  { credential, take }: { readonly credential: string; readonly take: boolean },
  who: Who,
): Promise<Result<Session>> {
  const { sessions } = house.records;
  const session = sessions.get(id);
  if (session === undefined) return reject(refuse('not_found', `there is no session \`${id}\``));
  if (isOver(session))
    return reject(refuse('inert', `session \`${id}\` is ${session.state.name}; fork it to go on from it`));
  if (session.mandate === null)
    return reject(refuse('conflict', `session \`${id}\` has no mandate`, `\`writ session grant ${id}\` gives it one`));
  if (!take && isWrittenElsewhere(session, house.machine))
    return reject(
      refuse(
        'conflict',
        `session \`${id}\` is written by another machine`,
        `\`writ session take ${id}\` continues it here`,
      ),
    );
  if (take) {
    const refused = await interruptElsewhere(house, session, credential);
    if (refused !== null) return reject(refused);
    const taken = await sessions.act(
      id,
      (now) => decide(now, { do: 'take_lease', holder: house.boot, machine: house.machine, takesOver: true }),
      byWho(who),
    );
    if (!taken.ok) return taken;
  }
  await house.credentials.put(credentialName(session), credential);
  await goOn(house, id, take ? 'handoff' : 'credential');
  return accept(sessions.get(id) ?? session);
}

/**
 * INVARIANT: what another machine still runs for the session is told to stop before anybody takes it from there: cut off from control it stands still, and once it hears control again it must not
 * go on beside what is done here. Null once control has it.
 */
async function interruptElsewhere(house: House, session: Session, token: string): Promise<Refusal | null> {
  if (!isWrittenElsewhere(session, house.machine)) return null;
  for (const { operation } of session.runs) {
    const told = await house.control.call(controlApi.interrupt, {
      token,
      ...vouching(house.pointToken),
      params: { id: operation },
      body: {},
    });
    if (!told.ok && told.problem.status !== 404)
      return isSilence(told.problem)
        ? refuse(
            'unreachable',
            'what it does on the other machine cannot be stopped now',
            'take it when control answers',
          )
        : refuse('refused', told.problem.detail, told.problem.way_out, told.problem.code);
  }
  return null;
}

/** Asks whether it may go on, and lets it where it may. */
async function goOn(house: House, id: string, wake: Wake): Promise<void> {
  const session = house.records.sessions.get(id);
  if (session === undefined) return;
  const continuation = await resume(resumePorts(house), id, wake, nextStep(session));
  if (continuation.go !== 'continue') return;
  for (const run of session.runs) await house.enforcer.call(enforcerApi.thaw, { params: { id: run.id } });
  house.drain(id);
}
