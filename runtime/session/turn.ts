/**
 * One turn of a session, from asking to its end. Whatever woke the session, nothing runs before `resume` said so, and nothing is taken up by a writer
 * whose lease is not the newest.
 */

import { acpDriver } from '../agent/acp.ts';
import { commandDriver } from '../agent/command.ts';
import { modelDriver } from '../agent/model/model-driver.ts';
import { modelProgram } from '../agent/model/model-program.ts';
import type { Driver, TurnEnd } from '../agent/driver.ts';
import { personDriver } from '../agent/person.ts';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import type { Refusal } from '../refusal.ts';
import { stepOf } from '../runner/run.ts';
import type { ToldTurn } from '../told.ts';
import { toldTurn } from '../told.ts';
import { takeCheckpoint } from './checkpoints.ts';
import type { Continuation } from './core/judge-resume.ts';
import { asNextTurn, endActing, programOfSession } from './act-as.ts';
import type { Given } from './compose.ts';
import { compose } from './compose.ts';
import { decide } from './decide.ts';
import type { TurnOutcome, Wake } from './events.ts';
import { isWrittenHere, recordFacts } from './facts.ts';
import { holdLease } from './hold-lease.ts';
import { lookAround } from './look-around.ts';
import { noticeOverlaps } from './overlap.ts';
import { sweepServices } from './services.ts';
import { recordPlace } from './place.ts';
import { resume } from './resume.ts';
import type { OpenRun, Session } from './session.ts';
import { acting } from './session.ts';
import { firstThatSteers } from './who-steers.ts';

export type Turned =
  | { readonly turned: 'ended'; readonly end: TurnEnd }
  | { readonly turned: 'not_started'; readonly continuation: Exclude<Continuation, { readonly go: 'continue' }> }
  /** Somebody else is at it, or there is nothing to do. */
  | { readonly turned: 'busy'; readonly sentence: string };

/** Turns under way in this process, by session. */
export type Turns = Map<
  string,
  {
    readonly stop: (why: string) => void;
    /** Says something into the turn; false where its driver cannot. */
    readonly steer: (text: string) => Promise<boolean>;
    readonly done: Promise<unknown>;
  }
>;

export const resumePorts = (ports: Ports) => ({
  control: ports.control,
  pointToken: ports.pointToken,
  credentials: ports.credentials,
  sessions: ports.records.sessions,
  journal: ports.records.journal,
  actor: itself.actor,
});

/** The next known step of a session: starting its program. */
export function nextStep(session: Session) {
  const [program = programOfSession(session) ?? session.agent, ...rest] =
    session.argv.length > 0 || session.driver !== 'model' ? session.argv : modelProgram;
  return stepOf(session, [program, ...rest], session.workspace?.path ?? '/');
}

/** Runs the next turn of `id`: the oldest admitted input of who may steer, under `wake`. */
export async function runTurn(ports: Ports, turns: Turns, id: string, wake: Wake): Promise<Turned> {
  for (;;) {
    const turned = await nextTurn(ports, turns, id, wake);
    if (turned !== 'another') return turned;
  }
}

/** `another`: what it was to begin with is not what waits first any more. */
async function nextTurn(ports: Ports, turns: Turns, id: string, wake: Wake): Promise<Turned | 'another'> {
  const { sessions } = ports.records;
  const waited = sessions.get(id)?.queue.length ?? 0;
  const first = await firstThatSteers(ports, id);
  const before = sessions.get(id);
  if (before === undefined) return { turned: 'busy', sentence: `there is no session \`${id}\`` };
  if (waited > 0 && before.queue.length === 0)
    return { turned: 'busy', sentence: `nothing waits in session \`${id}\` that may drive it` };
  const continuation = await resume(resumePorts(ports), id, wake, nextStep(await asNextTurn(ports, before)));
  if (continuation.go !== 'continue') return { turned: 'not_started', continuation };
  // Another mandate may be steered by others.
  if (sessions.get(id)?.mandate !== before.mandate) return 'another';
  if (first === 'unknown') return { turned: 'not_started', continuation: await waitForSteerers(ports, id) };
  const leased = await holdLease(ports, id);
  if (leased === null) return { turned: 'busy', sentence: `the lease of session \`${id}\` could not be taken` };
  const turn = ports.newId('t');
  if (isKept(before)) await takeCheckpoint(ports, id, { why: 'before_turn', turn }, itself);
  const started = await ports.records.sessions.act(
    id,
    (session) =>
      decide(session, { do: 'start_turn', turn, wake, holder: ports.boot, token: leased, input: first.input }),
    itself,
  );
  if (!started.ok && (sessions.get(id)?.queue[0]?.id ?? null) !== first.input) return 'another';
  if (!started.ok) return { turned: 'busy', sentence: started.refusal.sentence };
  const composed = await compose(ports, started.value, turn);
  if (!composed.ok) return { turned: 'ended', end: await notComposed(ports, id, turn, composed.refusal) };
  return { turned: 'ended', end: await work(ports, turns, composed.value.session, composed.value.given) };
}

async function waitForSteerers(ports: Ports, id: string) {
  const sentence = 'who may steer it cannot be asked now';
  const pause = { do: 'pause', cause: 'unreachable', reason: sentence } as const;
  await ports.records.sessions.act(id, (session) => decide(session, pause), itself);
  return { go: 'pause', cause: 'unreachable', sentence } as const;
}

/** It was given nothing, so nothing ran. */
async function notComposed(ports: Ports, id: string, turn: string, refusal: Refusal): Promise<TurnEnd> {
  const { code, sentence: summary, wayOut } = refusal;
  await recordFacts(
    ports,
    id,
    [
      {
        type: 'turn.ended',
        data: { turn, outcome: 'interrupted', exitCode: null, summary: summary.slice(0, 4_000).toWellFormed() },
      },
    ],
    itself,
  );
  return { ended: 'refused', hold: null, code, summary, wayOut };
}

/** Follows a turn that outlived the process that started it. */
export async function adoptTurn(ports: Ports, turns: Turns, session: Session, adopt: OpenRun | null): Promise<TurnEnd> {
  const { activity } = session;
  if (activity.name !== 'turn') return { ended: 'interrupted', summary: 'it was at no turn' };
  await holdLease(ports, session.id);
  const prompt = activity.input?.text ?? '';
  return work(ports, turns, acting(session), { turn: activity.turn, ...plain, prompt, adopt });
}

export const canAdopt = (ports: Ports, session: Session): boolean => driverOf(ports, acting(session)).adopts;

/** Records that a turn nobody can follow any more is over. */
export async function dropTurn(ports: Ports, session: Session, summary: string): Promise<void> {
  if (session.activity.name !== 'turn') return;
  const { turn } = session.activity;
  await endActing(ports, session, summary);
  await recordFacts(
    ports,
    session.id,
    [{ type: 'turn.ended', data: { turn, outcome: 'interrupted', exitCode: null, summary } }],
    itself,
  );
}

/** What a turn is given beside its prompt, where no agent was chosen. */
const plain = { system: null, model: null, config: {} } as const;

type What = Given & { readonly turn: string; readonly adopt: OpenRun | null };

function work(ports: Ports, turns: Turns, session: Session, what: What): Promise<TurnEnd> {
  const { id, agent, driver, mandate, task } = session;
  const told: ToldTurn = { session: id, agent, driver, mandate, task };
  return toldTurn.tracePromise(async () => {
    const end = await carryOut(ports, turns, session, what);
    told.outcome = end.ended;
    return end;
  }, told);
}

async function carryOut(ports: Ports, turns: Turns, session: Session, what: What): Promise<TurnEnd> {
  const { turn } = what;
  const stopping = new AbortController();
  let take: (text: string) => Promise<boolean> = () => Promise.resolve(false);
  const running = driverOf(ports, session).run({
    ...what,
    session,
    argv: session.argv,
    cwd: session.workspace?.path ?? '/',
    steer: (how) => {
      take = how;
    },
    signal: stopping.signal,
  });
  turns.set(session.id, {
    stop: (why) => {
      stopping.abort(why);
    },
    steer: (text) => take(text),
    done: running.catch(() => undefined),
  });
  try {
    const end = await running.catch((error: unknown): TurnEnd => {
      // While closing, the turn goes on without this process, and whoever comes next ends it.
      if (ports.closing.aborted) throw error;
      return {
        ended: 'failed',
        exitCode: null,
        summary: `it could not be carried on: ${error instanceof Error ? error.message : String(error)}`,
      };
    });
    const outcome: TurnOutcome =
      end.ended === 'done' || end.ended === 'failed' || end.ended === 'interrupted' ? end.ended : 'interrupted';
    const exitCode = end.ended === 'done' || end.ended === 'failed' ? end.exitCode : null;
    // Where somebody took the session meanwhile, what is seen here is not of the place they write about.
    const isOurs = isWrittenHere(ports, session.id);
    if (isOurs && isKept(session)) {
      await takeCheckpoint(ports, session.id, { why: 'after_turn', turn }, itself);
      await lookAround(ports, session.id, what.prompt);
      // A place that cannot be looked at is nothing to tell anybody of.
      await noticeOverlaps(ports, session.id).catch(() => undefined);
      await sweepServices(ports);
    }
    // What its own turn did to the place is no surprise to the next; a task's is committed first.
    if (isOurs && session.task === null && session.driver !== 'attended') await recordPlace(ports, session.id);
    await endActing(ports, session, outcome);
    await recordFacts(
      ports,
      session.id,
      [{ type: 'turn.ended', data: { turn, outcome, exitCode, summary: end.summary.slice(0, 4_000).toWellFormed() } }],
      itself,
    );
    return end;
  } finally {
    turns.delete(session.id);
  }
}

/** A sub-agent works in the place of whoever started it, and the turn of that one keeps its files. */
const isKept = ({ parent, workspace }: Session): boolean => parent === null && workspace !== null;

function driverOf(ports: Ports, session: Session): Driver {
  switch (session.driver) {
    case 'command':
      return commandDriver(ports);
    case 'model':
      return modelDriver(ports);
    case 'acp':
      return acpDriver(ports);
    case 'person':
      return personDriver(ports);
    case 'attended':
      // Its launcher runs it elsewhere; here it is only written down.
      return {
        adopts: false,
        run: () =>
          Promise.resolve({
            ended: 'refused',
            hold: null,
            code: 'invalid',
            summary: 'its launcher runs it, at its own terminal',
            wayOut: null,
          }),
      };
  }
}
