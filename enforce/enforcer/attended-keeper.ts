/**
 * Stands behind the launchers of this machine: ends the process tree of a session whose launcher was killed, and holds the one whose launcher
 * stands still, which is a way for a program to get rid of its guard.
 *
 * While a launcher can act, it acts; nothing is thawed here, ever. An approval given by starting a program at a terminal ends with the session, so
 * that of a session whose launcher died is revoked.
 */

import { controlApi } from '@writ/protocol';
import type { ControlClient } from '../client/control-client.ts';
import type { AttendedRecord } from '../supervisor/attended-record.ts';
import { attendedTree, loadAttended, removeAttended } from '../supervisor/attended-record.ts';
import type { EndedSession } from '../supervisor/end-attended.ts';
import { endAttended } from '../supervisor/end-attended.ts';
import { everyProcess, leftOpen } from '../supervisor/found.ts';
import { freeze, members } from '../supervisor/process-tree.ts';
import { isAlive, isStopped, oneProcess, signal } from '../supervisor/processes.ts';
import { bootId } from '../supervisor/run-record.ts';
import type { Word } from './attest.ts';
import type { Report } from './report.ts';

export interface AttendedKeeper {
  /** Looks at every session here; at most twice a second. */
  tick(monotonicMs: number): void;
  /** What became of a session that ended here; undefined where its launcher has to say. */
  word(session: string): Word | undefined;
  /** Notes what became of sessions that were ended for another reason. */
  ended(sessions: readonly EndedSession[], why: string): void;
}

export type AttendedKeeperDeps = {
  readonly dir: string;
  readonly control: ControlClient;
  /** Wall time, milliseconds since the epoch. */
  readonly now: () => number;
  /** Queues the revocation of a mandate whose session is over. */
  readonly revoke: (mandate: string, reason: string) => void;
  /** There is a new word on a session: a receipt may wait for it. */
  readonly onWord: () => void;
  readonly report: Report;
};

const lookMs = 500;
const rememberedWords = 1_000;

/** Stands behind nobody yet. */
export function createAttendedKeeper({
  dir,
  control,
  now,
  revoke,
  onWord,
  report,
}: AttendedKeeperDeps): AttendedKeeper {
  const words = new Map<string, Word>();
  const busy = new Set<string>();
  let looked = -lookMs;

  function remember({ session, survivors, contained }: EndedSession, why: string): void {
    const bounds = contained ? 'namespace' : 'tracked';
    words.set(session, {
      outcome: survivors === 0 ? 'stopped' : 'unknown',
      residual_until: null,
      note:
        survivors === 0
          ? `${why}; ${everyProcess(bounds)} ended, seen by the enforcer${leftOpen(bounds)}`
          : `${why}; ${String(survivors)} processes did not end`,
    });
    for (const oldest of words.keys()) if (words.size > rememberedWords) words.delete(oldest);
    onWord();
  }

  async function end(record: AttendedRecord, why: string): Promise<void> {
    const ended = await endAttended(dir, record, { why, at: now() });
    remember(ended, why);
    report('session.ended_here', {
      session: ended.session,
      mandate: ended.mandate,
      survivors: ended.survivors,
      sentence: why,
    });
    if (isAlive(record.launcher) && record.bootId === bootId()) {
      // Nothing is left for it to guard: it goes on, to close the session.
      signal(record.launcher.pid, 'SIGCONT');
      return;
    }
    revoke(ended.mandate, why);
    if (ended.survivors === 0) removeAttended(dir, ended.session);
  }

  /** Its guard can do nothing now, so it does nothing either; the launcher lets it go on once it has asked. */
  async function standIn(record: AttendedRecord): Promise<void> {
    const tree = attendedTree(record);
    if (tree === null || words.has(record.session)) return;
    if (members(tree).some((member) => !isStopped(member))) freeze(tree);
    const mandate = await control.call(controlApi.getMandate, {
      params: { id: record.mandates.at(-1) ?? record.mandates[0] },
    });
    if (mandate.ok && !goesOn.has(mandate.value.state)) await end(record, mandate.value.state_detail);
  }

  async function look(record: AttendedRecord): Promise<void> {
    if (record.bootId !== bootId()) return end(record, 'the machine was started anew while it ran');
    if (!isAlive(record.launcher)) return end(record, 'its launcher ended without a word');
    const row = oneProcess(record.launcher.pid);
    return row !== null && isStopped(row) ? standIn(record) : undefined;
  }

  return {
    tick(at) {
      if (at - looked < lookMs) return;
      looked = at;
      for (const record of loadAttended(dir)) {
        if (busy.has(record.session)) continue;
        busy.add(record.session);
        void look(record).finally(() => busy.delete(record.session));
      }
    },
    word: (session) => words.get(session),
    ended(sessions, why) {
      for (const session of sessions) remember(session, why);
    },
  };
}

/** States in which a session may stand still and come back; `superseded` is its launcher's to follow. */
const goesOn: ReadonlySet<string> = new Set(['active', 'suspended', 'held', 'superseded']);
