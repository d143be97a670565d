/**
 * The runtime as an enforcement point: what it holds, told to control often; and its word on every receipt line about it. Its word is about records and
 * queues only. Processes are attested by whoever holds them.
 */

import { controlApi } from '@writ/protocol';
import type { Held } from './held.ts';
import { whyHeld } from './mission/mission.ts';
import type { Ports } from './ports.ts';

/** A checkpoint of the runtime's journal is signed when the last one is older than this, or has more than that behind it. */
const sealEveryMs = 60_000;
const sealEveryEvents = 1_000;

type Outcome = 'stopped' | 'paused' | 'cancelled' | 'finished_before' | 'continues' | 'unknown';
type Line = {
  readonly kind: string;
  readonly subject: string;
  readonly point: string | null;
  readonly outcome: string;
};

/** Says who this is, what it holds (all of it where control has not heard it under its name), and what it has seen of control's journal. `said`: the name control heard last. Returns whether control heard it. */
export async function report(
  ports: Ports,
  { name, holdings }: Held,
  said: string | null,
  position: number,
): Promise<boolean> {
  const seen = ports.witness.seen();
  const checkpoint = ports.notary.latest;
  const told = await ports.control.call(controlApi.registerPoint, {
    params: { id: ports.point },
    body: {
      kind: 'runtime',
      boot: ports.boot,
      position,
      held: name,
      ...(said !== name && { holdings: [...holdings] }),
      ...(seen !== null && { witness: seen }),
      ...(checkpoint !== null && { checkpoint: { ...checkpoint, plane: 'runtime' as const } }),
    },
  });
  if (!told.ok) return false;
  const isAnother = await ports.witness.note(told.value.standing);
  if (told.value.checkpoint !== null) await ports.notary.witness(told.value.checkpoint, isAnother);
  if (told.value.heard || said !== name) return told.value.heard;
  // A control that started anew has heard nothing yet.
  return report(ports, { name, holdings }, null, position);
}

/** What is due of the runtime's own journal: a checkpoint, a snapshot, an erasure. */
export async function upkeep({ notary, records, retention }: Ports): Promise<void> {
  await notary.sealDue(sealEveryMs, sealEveryEvents);
  await records.keepDue();
  retention.sweepDue();
}

/** After these nothing of it goes on: what is over is over for good, whenever that is said. What was held may have gone on since, and was held again. */
const forGood: readonly string[] = ['revoke', 'expire', 'stop'];

/**
 * Speaks for every receipt line that waits for this point. Lines whose subject did not follow yet are left for the next time, also after the deadline closed their receipt: a machine that was
 * busy, or away, says later what it could not say in time.
 */
export async function acknowledgeReceipts(ports: Ports): Promise<void> {
  const listed = await ports.control.call(controlApi.listReceipts);
  if (!listed.ok) return;
  for (const receipt of listed.value.items) {
    const isLate = receipt.closed_at !== null;
    if (isLate && !forGood.includes(receipt.action)) continue;
    const lines = receipt.lines
      .filter((line) => line.point === ports.point && line.outcome === (isLate ? 'unconfirmed' : 'pending'))
      .flatMap((line) => speakOf(ports, line, receipt.action, isLate));
    if (lines.length > 0)
      await ports.control.call(controlApi.acknowledge, {
        params: { id: receipt.id },
        body: { point: ports.point, lines },
      });
  }
}

function speakOf(ports: Ports, line: Line, action: string, isLate: boolean) {
  const word = wordOn(ports, line, action);
  if (word === null) return [];
  // Whether it was over before the stop nobody can say who looks later.
  const outcome: typeof word =
    isLate && word.outcome === 'finished_before' ? { outcome: 'stopped', note: `it is over: ${word.note}` } : word;
  // The kinds this point registers, and its own line.
  const kind = line.kind as 'session' | 'queued' | 'point';
  return [
    {
      kind,
      subject: line.subject,
      outcome: outcome.outcome,
      attested_by: 'runtime' as const,
      residual_until: null,
      note: outcome.note.slice(0, 500).toWellFormed(),
    },
  ];
}

function wordOn(ports: Ports, { kind, subject }: Line, action: string): Word {
  switch (kind) {
    case 'session':
      return sessionOutcome(ports, subject, action);
    case 'queued':
      return queuedOutcome(ports, subject, action);
    case 'point':
      return {
        outcome: action === 'suspend' ? 'paused' : 'stopped',
        note: 'everything this runtime holds was put in step',
      };
    default:
      return null;
  }
}

type Word = { readonly outcome: Outcome; readonly note: string } | null;

function sessionOutcome({ records }: Ports, id: string, action: string): Word {
  const session = records.sessions.get(id);
  if (session === undefined) return { outcome: 'unknown', note: 'this runtime has no such session' };
  const { state } = session;
  switch (state.name) {
    case 'inert':
      return { outcome: 'stopped', note: state.reason };
    case 'closed':
      return { outcome: 'finished_before', note: state.summary };
    case 'paused':
      return action === 'suspend' || action === 'narrow' ? { outcome: 'paused', note: state.reason } : null;
    case 'live':
      return action === 'narrow'
        ? { outcome: 'continues', note: 'every next step is asked under the narrowed mandate' }
        : null;
  }
}

function queuedOutcome({ records }: Ports, subject: string, action: string): Word {
  const [missionId = '', taskId = ''] = subject.split('/');
  const mission = records.missions.get(missionId);
  const task = mission?.tasks.find((one) => one.plan.id === taskId);
  if (mission === undefined || task === undefined) return { outcome: 'unknown', note: 'this runtime has no such task' };
  const { standing } = task;
  switch (standing.name) {
    case 'cancelled':
      return { outcome: 'cancelled', note: standing.reason };
    case 'failed':
    case 'done':
      return { outcome: 'finished_before', note: `it is ${standing.name}` };
    case 'running':
    case 'claimed':
      // It left the queue meanwhile; its session and its run have lines or were refused.
      return action === 'narrow' ? { outcome: 'continues', note: 'it left the queue' } : null;
    case 'waiting':
    case 'retrying':
    case 'asking': {
      const held = whyHeld(mission);
      if (action === 'suspend') return held === null ? null : { outcome: 'paused', note: held };
      return action === 'narrow' ? { outcome: 'continues', note: 'still covered' } : null;
    }
  }
}
