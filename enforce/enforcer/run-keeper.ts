/**
 * Keeps every run of this machine within what control says: freezes, thaws and ends them.
 *
 * INVARIANT: a run goes on only under an operation control renewed after the last cause to stop it. Everything else stands still or is
 * dead. It never thaws on its own judgement, and never ends a run because nobody answered: that takes the end of its lease or its chain.
 */

import type { ProblemWire } from '@writ/protocol';
import type { ControlClient } from '../client/control-client.ts';
import type { Reading } from '../client/clock.ts';
import { everyProcess, leftOpen } from '../supervisor/found.ts';
import { leaseStanding, leased } from '../supervisor/lease.ts';
import type { FreezeCause, Run } from '../supervisor/run.ts';
import { beginAgain, chainOf, renewOperation } from './ask-control.ts';
import type { Reaction } from './reaction.ts';
import { consequenceOf, isSilence, stateIn } from './renewal-answer.ts';
import type { Settlements } from './settlements.ts';
import { namesOf } from './report.ts';
import type { Report } from './report.ts';

export interface RunKeeper {
  add(run: Run): void;
  get(id: string): Run | undefined;
  readonly runs: readonly Run[];
  /** Runs that are not over. */
  readonly live: readonly Run[];
  /** Does what a change asks, at once. */
  react(reaction: Reaction): void;
  /** Stops every run where it stands. Synchronous. */
  freezeAll(cause: FreezeCause, why: string): void;
  /** Asks control about every live run. */
  askAll(): void;
  /** Asks control whether `run` may go on; thaws it when it may. Null when it may, else why not. */
  ask(run: Run): Promise<ProblemWire | null>;
  /** Freezes, kills and settles. */
  end(run: Run, why: string): Promise<void>;
  /** Renewals that are due, leases and chains that are over. */
  tick(now: Reading): void;
}

const killDeadlineMs = 2_000;
/** Between two attempts to renew after one that was refused or not answered; each that is refused doubles it, as a change is told and need not be asked for. */
const retryMs = 400;
const longestRetryMs = 5_000;
/** Between two sweeps for processes that leave a run without a namespace. */
const lookMs = 500;
/** Ended runs that are still answered for. */
const rememberedRuns = 1_000;

export type RunKeeperDeps = {
  readonly control: ControlClient;
  readonly pointToken: () => string | null;
  readonly now: () => Reading;
  readonly settlements: Settlements;
  readonly report: Report;
  /** Whether control is heard now, its changes included. Looks at the clocks first, and stops every run where they jumped. */
  readonly isHeard: () => boolean;
};

/** A keeper with nothing to keep yet. */
export function createRunKeeper({ control, pointToken, now, settlements, report, isHeard }: RunKeeperDeps): RunKeeper {
  const runs = new Map<string, Run>();
  /** Raised with each cause to stop: an answer to a question asked before it thaws nothing. */
  const stops = new Map<string, number>();
  const asking = new Map<string, Promise<ProblemWire | null>>();
  const askedLast = new Map<string, number>();
  /** How long a run that was refused waits before it asks again by itself. */
  const waits = new Map<string, number>();
  const looked = new Map<string, number>();
  const ending = new Set<string>();
  const live = (): readonly Run[] => [...runs.values()].filter((run) => !run.isOver);
  const under = (mandate: string): readonly Run[] => live().filter((run) => run.chain.includes(mandate));

  function stop(run: Run, cause: FreezeCause, why: string): void {
    stops.set(run.request.id, (stops.get(run.request.id) ?? 0) + 1);
    run.freeze(cause, why);
  }

  function stopAll(all: readonly Run[], cause: FreezeCause, why: string): void {
    for (const run of all) run.halt();
    for (const run of all) stop(run, cause, why);
  }

  async function end(run: Run, why: string): Promise<void> {
    if (run.isOver || ending.has(run.request.id)) return;
    ending.add(run.request.id);
    stop(run, 'ending', why);
    const survivors = await run.kill(why, killDeadlineMs);
    ending.delete(run.request.id);
    const evidence =
      survivors.length === 0
        ? `${why}; ${everyProcess(run.bounds)} ended, verified by the operating system${leftOpen(run.bounds)}`
        : `${why}; still there: ${survivors.join(', ')}`;
    report('run.killed', { ...namesOf(run.request), survivors: survivors.length, sentence: evidence });
    await settlements.say({
      operation: run.operation,
      credential: run.request.credential,
      outcome: survivors.length === 0 ? 'interrupted' : 'unknown',
      evidence,
    });
  }

  function ask(run: Run): Promise<ProblemWire | null> {
    const { id } = run.request;
    const running = asking.get(id);
    if (running !== undefined) return running;
    const question = askOnce(run).finally(() => asking.delete(id));
    asking.set(id, question);
    return question;
  }

  async function askOnce(run: Run): Promise<ProblemWire | null> {
    for (;;) {
      const askedAt = now();
      askedLast.set(run.request.id, askedAt.monotonic);
      const stopsBefore = stops.get(run.request.id) ?? 0;
      const answer = await renewOrBegin(run, askedAt);
      const isHeardNow = isHeard();
      if (run.isOver || ending.has(run.request.id)) return null;
      if (answer.ok || isSilence(answer.problem)) waits.delete(run.request.id);
      else waits.set(run.request.id, Math.min(2 * (waits.get(run.request.id) ?? retryMs), longestRetryMs));
      if (!answer.ok) {
        await refused(run, answer.problem);
        return answer.problem;
      }
      if (answer.value.interrupt_requested) {
        await end(run, `operation \`${run.operation}\` was told to stop`);
        return null;
      }
      run.lease = leased(run.request.lease_ms, answer.value, askedAt);
      if ((stops.get(run.request.id) ?? 0) !== stopsBefore) continue; // something stopped it meanwhile: ask again
      for (const cause of ['suspended', 'jump'] as const) run.release(cause);
      // An answer is not enough: what changes after it would not be heard.
      if (isHeardNow) run.release('control_unheard');
      return null;
    }
  }

  /** Renews; what ended while the run stood still is begun again, and judged anew by that. */
  async function renewOrBegin(run: Run, askedAt: Reading) {
    const answer = await renewOperation(
      { control, pointToken },
      { credential: run.request.credential, leaseMs: run.request.lease_ms },
      run.operation,
    );
    const sleptThrough =
      !answer.ok &&
      answer.problem.code === 'operation_over' &&
      run.causes.size > 0 &&
      leaseStanding(run.lease, askedAt) === 'over';
    if (!sleptThrough) return answer;
    const old = run.operation;
    const begun = await beginAgain({ control, pointToken }, run.request, old);
    if (!begun.ok)
      return begun.problem.code === 'operation_over' ? begun : { ok: false as const, problem: begun.problem };
    run.operation = begun.value.id;
    await settlements.say({
      operation: old,
      credential: run.request.credential,
      outcome: 'interrupted',
      evidence: `frozen until its lease ended; goes on as operation \`${begun.value.id}\``,
    });
    return begun;
  }

  async function refused(run: Run, problem: ProblemWire): Promise<void> {
    const chain = await chainOf(control, run.chain.at(-1) ?? run.request.mandate);
    switch (consequenceOf(problem, stateIn(chain))) {
      case 'wait':
      case 'drain':
        return;
      case 'hold':
        stop(run, 'suspended', problem.detail);
        return;
      case 'end':
        await end(run, problem.detail);
    }
  }

  /** After an extension the successor's chain is what counts. */
  async function askWithChain(run: Run): Promise<void> {
    if ((await ask(run)) !== null || run.isOver) return;
    const leaf = run.chain.at(-1) ?? run.request.mandate;
    const chain = await chainOf(control, leaf);
    const followed =
      chain.ok && chain.value.leaf.successor !== null ? await chainOf(control, chain.value.leaf.successor) : chain;
    if (!followed.ok) return;
    run.chain = [...new Set([...followed.value.ids, run.request.mandate])];
    run.expiresAt = followed.value.expiresAt;
  }

  return {
    add(run) {
      runs.set(run.request.id, run);
      for (const [id, old] of runs) {
        if (runs.size <= rememberedRuns) break;
        if (!old.isOver) continue;
        for (const memory of [runs, stops, askedLast, waits, looked]) memory.delete(id);
      }
    },
    get: (id) => runs.get(id),
    get runs() {
      return [...runs.values()];
    },
    get live() {
      return live();
    },
    react(reaction) {
      switch (reaction.what) {
        case 'hold':
          stopAll(under(reaction.mandate), 'suspended', reaction.why);
          return;
        case 'end': {
          const over = under(reaction.mandate);
          stopAll(over, 'ending', reaction.why);
          for (const run of over) void end(run, reaction.why);
          return;
        }
        case 'ask':
          for (const run of under(reaction.mandate)) void askWithChain(run);
          return;
        case 'interrupt':
          for (const run of live())
            if (run.operation === reaction.operation) void end(run, `operation \`${run.operation}\` was told to stop`);
          return;
        case 'attest':
        case 'nothing':
          return;
      }
    },
    freezeAll(cause, why) {
      stopAll(
        live().filter((run) => !run.causes.has(cause)),
        cause,
        why,
      );
    },
    askAll() {
      for (const run of live()) void ask(run);
    },
    ask,
    end,
    tick(at) {
      for (const run of live()) {
        run.lookAtRules();
        // A sandbox has its own pid namespace: nothing leaves that unseen.
        if (run.bounds === 'tracked' && at.monotonic - (looked.get(run.request.id) ?? 0) >= lookMs) {
          looked.set(run.request.id, at.monotonic);
          run.look();
        }
        const standing = leaseStanding(run.lease, at);
        if (at.wall >= run.expiresAt) void end(run, 'its mandate, or one above it, has expired');
        else if (standing === 'over' && !run.causes.has('suspended') && !run.causes.has('asked'))
          void end(run, 'its lease ended without a renewal');
        else if (
          standing !== 'held' ||
          run.causes.has('suspended') ||
          run.causes.has('control_unheard') ||
          run.causes.has('jump')
        ) {
          if (at.monotonic - (askedLast.get(run.request.id) ?? 0) >= (waits.get(run.request.id) ?? retryMs))
            void ask(run);
        }
      }
    },
  };
}
