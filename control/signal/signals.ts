/**
 * Reports about subjects, and what follows from them. A report is one append, with the suspension, end or return of each mandate that depends on
 * the subject and has something under it, and a receipt for each stop; for all others it is derived from then on.
 *
 * It refuses a report about what its source does not speak for, and takes one that is no newer than the last of its source as nothing new.
 */

import { timeSubject, whyMalformedSubject } from '@writ/authority';
import type { SignalValue } from '@writ/authority';
import type { Caller, Itself } from '../caller.ts';
import { nameOf } from '../caller.ts';
import type { Asked, Plan, PlannedWrite } from '../commit.ts';
import { claim, claimOf, planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import { mayNotReport, rightsOf } from '../identity/rights.ts';
import type { Reported } from '../mandate/decide.ts';
import type { Outcome } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import type { InTurn } from '../turns.ts';
import { createTurns } from '../turns.ts';
import { ignoredStream, requestStream, signalStream, sourcesStream } from '../streams.ts';
import { heard, kept } from './latch.ts';
import type { LatchPlace } from './latches.ts';
import { isAnyDue } from './latches.ts';
import { planSettling, runningDependents } from './settle.ts';
import { speakingPerson, speakingSource } from './source.ts';
import { isOld, readingOf } from './subject-record.ts';

/**
 * `source`: a registered source, or a person's own word to keep their counts apart; undefined for whoever asks. `sequence`: the source's own
 * count; undefined for the next one. `observedAt`: when it was seen, in epoch milliseconds; undefined for now.
 */
export type Report = {
  readonly subject: string;
  readonly value: SignalValue;
  readonly source: string | undefined;
  readonly sequence: number | undefined;
  readonly observedAt?: number | undefined;
};

export type Heard = {
  readonly subject: string;
  /** The reading of the subject now. */
  readonly reading: Reported;
  /** Whether the report changed anything: one that is no newer than the last of its source does not. */
  readonly isApplied: boolean;
  readonly receipts: readonly string[];
  /** How many live mandates depend on the subject themselves. */
  readonly dependents: number;
};

/** A report of a source that is known to be allowed it. */
export type Attributed = Omit<Report, 'source'> & { readonly source: string };

/** What a source's message leaves: reports, and what is kept of the message. */
export type DeliveredReports = Pick<Plan<unknown>, 'writes' | 'reliedOn'> & { readonly reports: readonly Attributed[] };

export interface Signals {
  report(report: Report, asked: Asked): Promise<Outcome<Heard>>;
}

export interface SignalKeeping {
  /**
   * What a source delivers, in one append: its reports, none of which is checked again, and what is to be kept of the message. Messages with one
   * `turn` come one after the other. The receipts.
   */
  readonly reportAll: (
    turn: string,
    by: Caller,
    plan: () => Outcome<DeliveredReports>,
  ) => Promise<Outcome<readonly string[]>>;
  /** Brings back what has held for long enough. */
  readonly returnDue: () => Promise<void>;
  /** Writes down what is owed to the mandates under which something runs or is held. The receipts. */
  readonly settleRunning: () => Promise<readonly string[]>;
}

const itself: Itself = { kind: 'control' };

/** The commands, over `core`. */
export function createSignals(core: Core): Signals & SignalKeeping {
  const { projection, commit, now } = core;
  /** By subject: reports on one that come together would only get in each other's way. */
  const inTurn: InTurn = createTurns();

  function attributed(report: Report, by: Caller): Outcome<Attributed> {
    const { subject, value, source: named } = report;
    const why =
      whyMalformedSubject(subject) ??
      (subject === timeSubject ? 'it is the clock, and nobody reports on it' : undefined) ??
      (typeof value === 'number' && !Number.isFinite(value) ? 'its value is no number' : undefined);
    if (why !== undefined)
      return refuse({
        code: 'malformed_request',
        sentence: `\`${subject}\` cannot be reported on: ${why}`,
        wayOut: null,
      });
    const speaking = whoSpeaks(by, subject, named);
    if (speaking === undefined)
      return refuse({ code: 'not_yours', sentence: 'a signal is reported by people and by registered sources' });
    if (!speaking.ok) return refuse({ code: 'out_of_bounds', sentence: speaking.sentence, wayOut: speaking.wayOut });
    return done({ ...report, source: speaking.source });
  }

  function whoSpeaks(by: Caller, subject: string, named: string | undefined) {
    if (by.kind === 'person') return speakingPerson(projection.sources.values(), by.name, { subject, named });
    const own = by.kind === 'source' ? projection.sources.get(by.id) : undefined;
    return own === undefined ? undefined : speakingSource(own, subject);
  }

  /** The writes of reports, and what follows from them for what runs. */
  function planReports(reports: readonly Attributed[], by: Caller | Itself): Outcome<Plan<readonly string[]>> {
    const at = now();
    const writes: PlannedWrite[] = [];
    const after = new Map<string, (place: LatchPlace) => LatchPlace>();
    for (const { subject, value, source, sequence: given, observedAt } of reports) {
      const known = projection.subjects.get(subject);
      const last = known?.sequences.get(source) ?? -1;
      const sequence = given ?? last + 1;
      const place = { project: planeProject, lineage: {} };
      const said = { at, subject, value, source, sequence, by: nameOf(by) };
      if (isOld(known, source, sequence) || after.has(subject)) {
        const events = [{ type: 'signal.ignored' as const, data: { ...said, last } }];
        writes.push({ ...place, stream: ignoredStream(source), events, relies: false });
        continue;
      }
      const data = { ...said, ...(observedAt !== undefined && { observedAt: Math.min(observedAt, at) }) };
      writes.push({ ...place, stream: signalStream(subject), events: [{ type: 'signal.reported', data }] });
      // Whatever position the append gets, it is later than all there are.
      const heardNow = { reading: readingOf(data), before: known?.reading, at, position: Infinity };
      after.set(subject, ({ latch }) => ({ latch: heard(latch, heardNow) }));
    }
    const same = (place: LatchPlace): LatchPlace => place;
    const subjects = [...after.keys()];
    const touched = new Set(subjects.flatMap((subject) => [...(projection.heldDependents.get(subject) ?? [])]));
    for (const id of runningDependents(core)) touched.add(id);
    const settling = planSettling(core, touched, (id) =>
      projection.mandates.owedAfter(id, (place) => (after.get(place.latch.condition.subject) ?? same)(place)),
    );
    if (!settling.ok) return settling;
    const { writes: following, reliedOn, value } = settling.value;
    return done({ writes: [...writes, ...following], reliedOn, value });
  }

  async function settleRunning(): Promise<readonly string[]> {
    if (projection.dependents.size === 0) return [];
    const owing = (): readonly string[] =>
      [...runningDependents(core)].filter((id) => projection.mandates.owed(id).length > 0);
    if (owing().length === 0) return [];
    const settled = await commit(itself, () => planSettling(core, owing(), (id) => projection.mandates.owed(id)));
    return settled.ok ? settled.value : [];
  }

  async function returnDue(): Promise<void> {
    for (let due = projection.returns.first; due !== undefined && due.at <= now(); due = projection.returns.first) {
      projection.returns.take();
      const { id: subject } = due;
      await commit(itself, () => planReturn(subject));
    }
  }

  function planReturn(subject: string): Outcome<Plan<void>> {
    const at = now();
    const reading = projection.subjects.get(subject)?.reading;
    if (!isAnyDue(projection.latches, subject, reading, at))
      return done({ writes: [], reliedOn: [], value: undefined });
    const held: PlannedWrite = {
      stream: signalStream(subject),
      events: [{ type: 'signal.held', data: { at, subject } }],
      project: planeProject,
      lineage: {},
    };
    const back = [...(projection.heldDependents.get(subject) ?? [])];
    const planned = planSettling(core, back, (id) =>
      projection.mandates.owedAfter(id, ({ latch }) => ({
        latch: latch.condition.subject === subject ? kept(latch, reading, at) : latch,
      })),
    );
    if (!planned.ok) return planned;
    const { writes, reliedOn } = planned.value;
    return done({ writes: [held, ...writes], reliedOn, value: undefined });
  }

  async function reportAll(
    turn: string,
    by: Caller,
    plan: () => Outcome<DeliveredReports>,
  ): Promise<Outcome<readonly string[]>> {
    const work = () =>
      commit(by, (): Outcome<Plan<readonly string[]>> => {
        const delivered = plan();
        if (!delivered.ok) return delivered;
        const planned = planReports(delivered.value.reports, by);
        if (!planned.ok) return planned;
        const { writes, reliedOn, value } = planned.value;
        return done({
          value,
          writes: [...delivered.value.writes, ...writes],
          reliedOn: [...delivered.value.reliedOn, ...reliedOn],
        });
      });
    const outcome = await inTurn(turn, work);
    // What began, or was approved, between the plan and its append runs on the other side of the reading.
    return outcome.ok ? done([...outcome.value, ...(await settleRunning())]) : outcome;
  }

  return {
    reportAll,
    returnDue,
    settleRunning,
    async report(report, asked) {
      const id = claimOf(asked, 'signal');
      let isApplied = false;
      const plan = (): Outcome<Plan<readonly string[]>> => {
        const refused = mayNotReport(core, asked.by, report.subject);
        if (refused !== undefined) return refused;
        const allowed = attributed(report, asked.by);
        if (!allowed.ok) return allowed;
        const claimed = claim(projection, asked, 'signal', now());
        if ('ok' in claimed) return claimed;
        isApplied = claimed.kind === 'repeated';
        if (claimed.kind === 'repeated') return done({ writes: [], reliedOn: [], value: claimed.refs.receipts });
        const planned = planReports([allowed.value], asked.by);
        if (!planned.ok) return planned;
        const { writes, reliedOn, value } = planned.value;
        isApplied = writes.some(({ events }) => events.some(({ type }) => type === 'signal.reported'));
        return done({
          value,
          writes: [...claimed.writes, ...writes],
          reliedOn: [...reliedOn, sourcesStream, ...rightsOf(asked.by)],
        });
      };
      const cause = id === undefined ? undefined : requestStream(id);
      const outcome = await inTurn(report.subject, () => commit(asked.by, plan, cause));
      if (!outcome.ok) return outcome;
      const missed = await settleRunning();
      const { subject } = report;
      const reading = projection.subjects.get(subject)?.reading;
      if (reading === undefined) throw new Error(`a report on \`${subject}\` left no reading`);
      return done({
        subject,
        reading,
        isApplied,
        receipts: [...outcome.value, ...missed],
        dependents: projection.dependents.get(subject)?.size ?? 0,
      });
    },
  };
}
