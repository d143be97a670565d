/**
 * Reports about subjects, and what follows from them: the suspensions, ends and returns of every mandate that depends on the subject, each with
 * its receipt, in the same append as the report.
 */

import type { SignalValue } from '@writ/authority';
import type { Caller, Itself } from '../caller.ts';
import { nameOf } from '../caller.ts';
import type { Asked, Plan, PlannedWrite } from '../commit.ts';
import { claim, claimOf, planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import { mayNotReport } from '../identity/rights.ts';
import type { Reported } from '../mandate/decide.ts';
import { decide } from '../mandate/decide.ts';
import type { MandateRecord } from '../mandate/mandate-record.ts';
import type { Outcome } from '../refusal.ts';
import { done } from '../refusal.ts';
import { planStop } from '../stop.ts';
import { mandateStream, requestStream, signalStream } from '../streams.ts';
import { consequenceOf } from './consequence.ts';
import { isOld } from './subject-record.ts';

/** `sequence`: the source's own count; undefined for the next one. */
export type Report = {
  readonly subject: string;
  readonly value: SignalValue;
  readonly source: string;
  readonly sequence: number | undefined;
};
export type Heard = { readonly subject: string; readonly reading: Reported; readonly receipts: readonly string[] };

export interface Signals {
  /** A report that is not newer than what its source said before changes nothing. */
  report(report: Report, asked: Asked): Promise<Outcome<Heard>>;
}

const itself: Itself = { kind: 'control' };

/** The commands, over `core`. */
export function createSignals(core: Core): Signals {
  const { projection, commit, find } = core;

  function plan(report: Report, by: Caller): Outcome<Plan<readonly string[]>> {
    const { subject, value, source } = report;
    const known = projection.subjects.get(subject);
    const sequence = report.sequence ?? (known?.sequences.get(source) ?? -1) + 1;
    if (isOld(known, source, sequence)) return done({ writes: [], reliedOn: [], value: [] });
    const at = core.now();
    const reading: Reported = { value, at, sequence, source };
    const said: PlannedWrite = {
      stream: signalStream(subject),
      events: [{ type: 'signal.reported', data: { at, subject, value, source, sequence, by: nameOf(by) } }],
      project: planeProject,
      lineage: {},
    };
    const following = consequences(subject, (asked) => (asked === subject ? reading : core.readings(asked)));
    if (!following.ok) return following;
    return done({ ...following.value, writes: [said, ...following.value.writes] });
  }

  function consequences(subject: string, readings: Core['readings']): Outcome<Plan<string[]>> {
    const after: Core = { ...core, readings };
    const writes: PlannedWrite[] = [];
    const receipts: string[] = [];
    const dependents = [...(projection.dependents.get(subject) ?? [])];
    for (const id of dependents) {
      const record = find(id);
      if (record === undefined) continue;
      const planned = planOne(after, record);
      if (!planned.ok) return planned;
      writes.push(...planned.value.writes);
      if (planned.value.receipt !== undefined) receipts.push(planned.value.receipt);
    }
    return done({ writes, reliedOn: dependents.map(mandateStream), value: receipts });
  }

  function planOne(
    after: Core,
    record: MandateRecord,
  ): Outcome<{ readonly writes: readonly PlannedWrite[]; readonly receipt?: string }> {
    const follows = consequenceOf(record, after.readings, after.now());
    switch (follows.kind) {
      case 'none':
        return done({ writes: [] });
      case 'suspend':
        return planStop(after, record, { type: 'suspend', cause: follows.cause }, { by: itself });
      case 'revoke':
        return planStop(after, record, { type: 'revoke', reason: follows.reason }, { by: itself });
      case 'reinstate': {
        const { mandate } = record;
        const decided = decide({ type: 'reinstate', reason: follows.reason }, record, {
          by: itself,
          now: after.now(),
          textDigest: '',
          readings: after.readings,
        });
        if (!decided.ok) return decided;
        return done({
          writes: [
            {
              stream: mandateStream(mandate.id),
              events: decided.events,
              project: mandate.project,
              lineage: { mandate: mandate.id, mandateVersion: mandate.version + 1 },
            },
          ],
        });
      }
    }
  }

  return {
    async report(report, asked) {
      const id = claimOf(asked, 'signal');
      const outcome = await commit(
        asked.by,
        () => {
          const claimed = claim(projection, asked, 'signal', core.now());
          if ('ok' in claimed) return claimed;
          if (claimed.kind === 'repeated') return done({ writes: [], reliedOn: [], value: claimed.refs.receipts });
          const refused = mayNotReport(core, asked.by, report.subject);
          if (refused !== undefined) return refused;
          const planned = plan(report, asked.by);
          if (!planned.ok || planned.value.writes.length === 0) return planned;
          return done({ ...planned.value, writes: [...claimed.writes, ...planned.value.writes] });
        },
        id === undefined ? undefined : requestStream(id),
      );
      if (!outcome.ok) return outcome;
      // A mandate approved between the plan and its append depends on the subject too; after the append none can be missed.
      const missed = await commit(itself, () => consequences(report.subject, core.readings));
      if (!missed.ok) return missed;
      const reading = core.readings(report.subject);
      return done({
        subject: report.subject,
        reading: reading ?? { value: report.value, source: report.source, at: core.now(), sequence: 0 },
        receipts: [...outcome.value, ...missed.value],
      });
    },
  };
}
