/** What people and launchers do with sessions. Input is durable before anything runs, and nothing runs because it was said. */

import { lstat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { JsonValue } from '@writ/journal';
import { pinnedAgent } from '../agent/accepted/pinned-agent.ts';
import { ofSession } from '../attention/item.ts';
import type { Decision } from '../attention/decisions.ts';
import { decisionsFor } from '../attention/decisions.ts';
import { rank } from '../attention/rank.ts';
import type { Refusal, Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import { forgetConversation } from '../session/context.ts';
import { noticeOverlaps } from '../session/overlap.ts';
import { mayTellIn, mayView } from '../session/visibility.ts';
import { decide } from '../session/decide.ts';
import type { Driver, Sandbox, SessionEvent, Visibility, Workspace } from '../session/events.ts';
import type { Fact } from '../session/orientation/fact.ts';
import type { NextStep } from '../session/orientation/next-step.ts';
import { nextStepIn } from '../session/orientation/next-step.ts';
import type { Stale } from '../session/orientation/stale.ts';
import { staleIn } from '../session/orientation/stale.ts';
import { orient } from '../session/orientation.ts';
import { checkPlace, recordPlace } from '../session/place.ts';
import { foundItsPlace } from '../session/queue.ts';
import { credentialName, judge } from '../session/resume.ts';
import { sweepServices } from '../session/services.ts';
import { endChildren } from '../session/spawn.ts';
import type { Session } from '../session/session.ts';
import { isAtTerminal, isOver } from '../session/session.ts';
import { nextStep, resumePorts } from '../session/turn.ts';
import type { AttentionView, EventView, SessionView } from '../views.ts';
import { attentionView, eventView, sessionView } from '../views.ts';
import { git } from '../workspace/git.ts';
import type { Admitted, NewInput } from './admit-input.ts';
import { admitInput, chooseAgent } from './admit-input.ts';
import type { House, Who } from './house.ts';
import { byWho } from './house.ts';
import { endTurn, pauseSession, unpauseSession } from './pause-session.ts';

export type NewSession = {
  readonly title: string;
  readonly project: string;
  readonly agent: string;
  readonly driver: Driver;
  readonly workspace: string | null;
  readonly mandate: string | null;
  readonly credential: string | null;
  readonly argv: readonly string[];
  readonly sandbox: Sandbox | undefined;
  /** An accepted agent that every turn acts as. */
  readonly actAs: string | null;
  /** Who sees it beside the one who opens it; null: everybody with a role in the project. */
  readonly privateTo: readonly string[] | null;
};

export type Orientation = {
  readonly session: SessionView;
  readonly mayContinue: { readonly yes: boolean; readonly sentence: string };
  readonly next: NextStep;
  readonly facts: readonly Fact[];
  readonly stale: readonly Stale[];
  readonly recent: readonly EventView[];
  readonly waiting: readonly AttentionView[];
};

export interface SessionCommands {
  create(given: NewSession, who: Who): Promise<Result<SessionView>>;
  /** Newest first; of one mission where it is named, and without the archived ones unless they are wanted. */
  list(mission: string | null, archived: boolean): readonly SessionView[];
  get(id: string): Result<SessionView>;
  log(
    id: string,
    page: { readonly after: number; readonly limit: number },
  ): Promise<Result<{ readonly items: readonly EventView[]; readonly version: number }>>;
  /** Admits input durably, then works it off as far as control says so. */
  admit(id: string, input: NewInput, who: Who): Promise<Result<Admitted>>;
  /** Whether a person who sees its project sees it; true of one that does not exist. */
  mayView(id: string, person: string): boolean;
  /** Whether what stands in the session `other` may be told in `id`; false where one of them does not exist. */
  mayTellIn(id: string, other: string): boolean;
  /** What people decided in its project, as far as it may be told there, newest first. */
  decisions(id: string): Promise<Result<readonly Decision[]>>;
  share(id: string, visibility: Visibility, who: Who): Promise<Result<SessionView>>;
  takePart(id: string, does: 'join' | 'leave', who: Who): Promise<Result<SessionView>>;
  observe(
    id: string,
    seen: { readonly type: string; readonly data: JsonValue },
    who: Who,
  ): Promise<Result<SessionView>>;
  /** Holds it and what it started; `endsTurn`: and ends its turn instead of freezing it. */
  pause(
    id: string,
    how: { readonly reason: string; readonly endsTurn: boolean },
    who: Who,
  ): Promise<Result<SessionView>>;
  /** `here`: goes on with the place as it is now, where it is not as the session left it. */
  unpause(id: string, here: boolean, who: Who): Promise<Result<SessionView>>;
  close(
    id: string,
    end: { readonly exitCode: number | null; readonly summary: string },
    who: Who,
  ): Promise<Result<SessionView>>;
  /** Where you were, what changed, what waits. */
  back(id: string, who: Who): Promise<Result<Orientation>>;
}

/** The session commands of `house`. */
export function sessionCommands(house: House): SessionCommands {
  const { sessions, items, missions, journal } = house.records;
  const find = (id: string): Result<Session> => {
    const session = sessions.get(id);
    return session === undefined
      ? reject(refuse('not_found', `there is no session \`${id}\``, '`writ show` lists them'))
      : accept(session);
  };
  const shown = (id: string): Result<SessionView> => {
    const found = find(id);
    return found.ok ? accept(sessionView(found.value)) : found;
  };
  return {
    create: (given, who) => create(house, given, who),
    list: (mission, archived) =>
      sessions
        .all()
        .filter((session) => (mission === null || session.mission === mission) && (archived || !session.isArchived))
        .toReversed()
        .map(sessionView),
    get: shown,
    async log(id, { after, limit }) {
      const found = find(id);
      if (!found.ok) return found;
      const events = await journal.read(sessions.streamOf(id), { after, limit });
      return accept({ items: events.map(eventView), version: found.value.version });
    },
    admit: (id, input, who) => admitInput(house, id, input, who),
    mayView(id, person) {
      const session = sessions.get(id);
      return session === undefined || mayView(sessions, session, person);
    },
    mayTellIn(id, other) {
      const [own, told] = [sessions.get(id), sessions.get(other)];
      return own !== undefined && told !== undefined && mayTellIn(sessions, own, told);
    },
    async decisions(id) {
      const found = find(id);
      return found.ok ? accept(await decisionsFor(house, found.value)) : found;
    },
    async share(id, visibility, who) {
      const shared = await sessions.act(
        id,
        (session) => decide(session, { do: 'share', visibility, by: who.name }),
        byWho(who),
      );
      return shared.ok ? accept(sessionView(shared.value)) : shared;
    },
    async takePart(id, does, who) {
      const done = await sessions.act(id, (session) => decide(session, { do: does, who: who.name }), byWho(who));
      return done.ok ? accept(sessionView(done.value)) : done;
    },
    async observe(id, seen, who) {
      const recorded = await sessions.record(id, [{ type: 'observation.recorded', data: seen }], byWho(who));
      return recorded.ok ? accept(sessionView(recorded.value)) : recorded;
    },
    async pause(id, { reason, endsTurn }, who) {
      const found = find(id);
      if (!found.ok) return found;
      if (isOver(found.value))
        return reject(refuse('conflict', `session \`${id}\` is ${found.value.state.name}; there is nothing to pause`));
      if (endsTurn && isAtTerminal(found.value))
        return reject(
          refuse('conflict', `the turns of session \`${id}\` are its terminal's`, `end it whole: \`writ stop ${id}\``),
        );
      const why = `${who.name} ${endsTurn ? 'ended its turn' : 'paused it'}${reason === '' ? '' : `: ${reason}`}`;
      const paused = await pauseSession(house, found.value, why, who);
      if (!paused.ok) return paused;
      if (endsTurn) await endTurn(house, id, why);
      return shown(id);
    },
    async unpause(id, here, who) {
      const found = find(id);
      if (!found.ok) return found;
      const { state } = found.value;
      if (state.name === 'inert')
        return reject(
          refuse(
            'inert',
            `session \`${id}\` is inert: ${state.reason}`,
            'read it with `writ back`; a new session needs a new mandate',
          ),
        );
      // What is at work changes its place itself.
      const isAsked = state.name === 'paused' || (here && found.value.activity.name === 'idle');
      const place = isAsked ? await checkPlace(found.value) : null;
      if (place?.as === 'different') {
        if (!here) return reject(elsewhere(id, place.sentence));
        await recordPlace(house, id);
      }
      // What is one mission's to bring together stays asked.
      if (place !== null && found.value.task === null) await foundItsPlace(house, id);
      await forgetConversation(house, found.value, who.name, byWho(who));
      await unpauseSession(house, found.value, who);
      return shown(id);
    },
    async close(id, end, who) {
      const closed = await sessions.act(id, (session) => decide(session, { do: 'close', ...end }), byWho(who));
      // INVARIANT: nothing works on in a session that is over, nor below it.
      if (closed.ok) await endTurn(house, id, 'its session was closed');
      if (closed.ok) await endChildren(house, closed.value, `session \`${id}\` was closed`);
      if (closed.ok) await house.credentials.drop(`session-${id}`);
      // What it left listening holds its port for nobody.
      if (closed.ok) await sweepServices(house);
      return closed.ok ? accept(sessionView(closed.value)) : closed;
    },
    async back(id, who) {
      const found = find(id);
      if (!found.ok) return found;
      const session = found.value;
      const waiting = rank(
        items.under(ofSession(id)).filter((item) => item.state.name === 'open'),
        (mission) => missions.get(mission),
      );
      const events = await journal.read(sessions.streamOf(id), { after: Math.max(0, session.version - 20) });
      const now = house.now();
      const [may, facts, credential] = await Promise.all([
        mayContinue(house, session),
        orient(house, { session, who: who.name, now: new Date(now).toISOString() }),
        house.credentials.get(credentialName(session)),
      ]);
      const stale = staleIn(session, facts, { now, hasCredential: credential !== null });
      return accept({
        session: sessionView(session),
        mayContinue: may,
        next: nextStepIn(session, may, waiting[0]?.item, stale[0]?.way),
        facts,
        stale,
        recent: events.map(eventView),
        waiting: waiting.map(attentionView),
      });
    },
  };
}

/** INVARIANT: nobody goes on in another place than the one they think of (claude-code#61266): a person chooses. */
const elsewhere = (id: string, sentence: string): Refusal =>
  refuse(
    'conflict',
    `session \`${id}\` does not find its place as it left it: ${sentence}`,
    `bring it back and unpause again, put its files back with \`writ session rewind ${id}\`, or go on with it as it is: \`writ unpause ${id} --here\``,
    'place_differs',
  );

async function mayContinue(house: House, session: Session): Promise<Orientation['mayContinue']> {
  if (isOver(session))
    return {
      yes: false,
      sentence: session.state.name === 'inert' ? `it is inert: ${session.state.reason}` : 'it is closed',
    };
  const continuation = await judge(resumePorts(house), session, null, nextStep(session));
  return { yes: continuation.go === 'continue', sentence: continuation.sentence };
}

async function create(house: House, given: NewSession, who: Who): Promise<Result<SessionView>> {
  const { title, project, mandate, credential } = given;
  const chosen = chooseAgent(house, project, given.actAs);
  if (!chosen.ok) return chosen;
  const pin = chosen.value;
  const defined = pin === null ? null : await pinnedAgent(house.records, project, pin);
  if (defined?.ok === false) return defined;
  const own = defined?.value ?? null;
  const driver = own?.driver ?? given.driver;
  const agent = own?.name ?? given.agent;
  const argv = own !== null && own.argv.length > 0 ? own.argv : given.argv;
  if (given.workspace !== null && !isAbsolute(given.workspace))
    return reject(refuse('invalid', `\`${given.workspace}\` is not an absolute path`, 'name the whole path'));
  if ((driver === 'command' || driver === 'acp') && argv.length === 0)
    return reject(refuse('invalid', `a \`${driver}\` session needs a program`, 'name it in `argv`'));
  const workspace = given.workspace === null ? null : await placeAt(given.workspace);
  const sandbox = given.sandbox ?? {
    kind: await house.sandbox(),
    writable: given.workspace === null ? [] : [given.workspace],
    hidden: [],
    // Who speaks with a model has to reach it; the gate asks about each destination.
    network: driver === 'model' || driver === 'acp' ? ('gated' as const) : ('none' as const),
  };
  const id = house.newId('s');
  if (credential !== null) await house.credentials.put(`session-${id}`, credential);
  const session = await house.records.sessions.create(
    id,
    [
      {
        type: 'session.opened',
        data: {
          title,
          project,
          agent,
          driver,
          mandate,
          mission: null,
          task: null,
          parent: null,
          workspace,
          repository: null,
          argv,
          sandbox,
          pin,
        },
      },
      ...opening(given, who),
    ],
    project,
    byWho(who),
  );
  // A place that cannot be looked at is nothing to tell anybody of.
  await noticeOverlaps(house, id).catch(() => undefined);
  return accept(sessionView(house.records.sessions.get(id) ?? session));
}

/** Whoever opens it takes part, and sees it. */
function opening({ privateTo }: NewSession, who: Who): readonly SessionEvent[] {
  if (who.kind !== 'person') return [];
  const members = [...new Set([who.name, ...(privateTo ?? [])])];
  return [
    ...(privateTo === null
      ? []
      : [{ type: 'visibility.changed' as const, data: { visibility: { to: 'private' as const, members } } }]),
    { type: 'participant.joined', data: { who: who.name } },
  ];
}

/** Branch and HEAD of a checkout a person named, for people to read. */
async function placeAt(path: string): Promise<Workspace> {
  const gitDir = join(path, '.git');
  const isCheckout = await lstat(gitDir).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isCheckout) return { path, branch: null, head: null };
  const [branch, head] = await Promise.all([
    git({ gitDir }, ['symbolic-ref', '--quiet', '--short', 'HEAD']),
    git({ gitDir }, ['rev-parse', '--verify', '--quiet', 'HEAD']),
  ]);
  return {
    path,
    branch: branch.code === 0 ? branch.stdout.trim() : null,
    head: head.code === 0 ? head.stdout.trim() : null,
  };
}
