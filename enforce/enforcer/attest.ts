/**
 * Answers for this machine on receipts: what became of each run and each push a stop was about, as the operating system shows it.
 *
 * It says nothing it has not looked at: a line is answered once its processes are verified stopped or gone, and asked about again until then.
 */

import type { receiptWire } from '@writ/protocol';
import { controlApi } from '@writ/protocol';
import type { ControlClient } from '../client/control-client.ts';
import { everyProcess, leftOpen } from '../supervisor/found.ts';
import type { Run } from '../supervisor/run.ts';

export type ReceiptWire = ReturnType<typeof receiptWire.parse>;
type Line = ReceiptWire['lines'][number];

export type Word = {
  readonly outcome: 'stopped' | 'frozen' | 'finished_before' | 'interrupted' | 'unknown' | 'continues';
  readonly residual_until: string | null;
  readonly note: string;
};

export type AttestDeps = {
  readonly control: ControlClient;
  readonly point: string;
  readonly runs: () => readonly Run[];
  /** What became of an operation of the broker's or the gate's; undefined when it is not one, null while it is not known yet. */
  readonly operationWord: (operation: string) => Word | null | undefined;
  /** What became of an attended session that ended here in its launcher's place; undefined where its launcher has to say. */
  readonly sessionWord: (session: string) => Word | undefined;
};

export interface Attestor {
  /** A receipt was opened: it is answered until nothing of ours is left on it. */
  open(receipt: string): void;
  /** Looks for open receipts: after a gap, or a new connection. */
  findOpen(): Promise<void>;
  /** Answers what can be answered now. */
  flush(): Promise<void>;
}

/** How long an unanswered receipt is kept in mind, in answers tried. */
const mostTries = 600;

/** An attestor with nothing to answer yet. */
export function createAttestor(deps: AttestDeps): Attestor {
  /** One that is opened again while it is answered has another entry then. */
  const open = new Map<string, { tries: number }>();
  let flushing: Promise<void> | null = null;

  async function answer(id: string): Promise<void> {
    const opened = open.get(id);
    if (opened === undefined) return;
    const found = await deps.control.call(controlApi.getReceipt, { params: { id } });
    if (!found.ok) {
      if (found.problem.status === 404) open.delete(id);
      return;
    }
    const ours = found.value.lines.filter((line) => line.outcome === 'pending' || line.outcome === 'unconfirmed');
    const words = await Promise.all(ours.map(async (line) => ({ line, word: await wordOn(line, found.value, deps) })));
    const said = words.flatMap(({ line, word }) =>
      word === null || word === undefined
        ? []
        : [
            {
              kind: line.kind,
              subject: line.subject,
              attested_by: 'os' as const,
              ...word,
              note: word.note.slice(0, 512),
            },
          ],
    );
    if (said.length > 0) {
      const taken = await deps.control.call(controlApi.acknowledge, {
        params: { id },
        body: { point: deps.point, lines: said },
      });
      if (!taken.ok) return;
    }
    opened.tries += 1;
    const isAnswered = words.every(({ word }) => word !== null) || opened.tries > mostTries;
    // INVARIANT: a line that was added meanwhile was not answered with the others.
    if (isAnswered && open.get(id) === opened) open.delete(id);
  }

  async function flushOnce(): Promise<void> {
    for (const id of [...open.keys()]) await answer(id);
  }
  const flush = (): Promise<void> =>
    (flushing ??= flushOnce().finally(() => {
      flushing = null;
    }));

  return {
    open(receipt) {
      open.set(receipt, { tries: 0 });
      void flush();
    },
    async findOpen() {
      const found = await deps.control.call(controlApi.listReceipts);
      if (!found.ok) return;
      for (const receipt of found.value.items)
        if (receipt.lines.some((line) => line.outcome === 'pending')) open.set(receipt.id, { tries: 0 });
      await flush();
    },
    flush,
  };
}

/** How the point of an attended session is called. */
const launcherPrefix = 'launcher-';

/** The word on one line; undefined when it is not ours to say, null when it is too early. */
async function wordOn(
  line: Line,
  receipt: ReceiptWire,
  { point, runs, operationWord, sessionWord }: AttestDeps,
): Promise<Word | null | undefined> {
  switch (line.kind) {
    case 'process_group': {
      const session = sessionWord(line.subject);
      if (session !== undefined) return session;
      if (line.point !== null && line.point !== point) return undefined;
      const run = runs().find((candidate) => candidate.request.id === line.subject);
      if (run !== undefined) return runWord(run, receipt, 'stopped');
      return line.point === point
        ? {
            outcome: 'unknown',
            residual_until: null,
            note: 'this enforcer does not know it: it ended before this enforcer started',
          }
        : undefined;
    }
    case 'operation': {
      const word = operationWord(line.subject);
      if (word !== undefined) return word;
      const run = runs().find((candidate) => candidate.operation === line.subject);
      return run === undefined ? undefined : runWord(run, receipt, 'interrupted');
    }
    case 'point':
      if (line.subject.startsWith(launcherPrefix)) return sessionWord(line.subject.slice(launcherPrefix.length));
      return line.subject === point
        ? {
            outcome: runs().some((run) => !run.isOver) ? 'continues' : 'stopped',
            residual_until: null,
            note: `holds ${String(runs().filter((run) => !run.isOver).length)} runs of any mandate now`,
          }
        : undefined;
    case 'session':
    case 'queued':
    case 'connection':
    case 'permit':
      return undefined;
  }
}

async function runWord(run: Run, receipt: ReceiptWire, killed: 'stopped' | 'interrupted'): Promise<Word | null> {
  const { state, ended_at, exit_code, why } = run.wire();
  const { bounds } = run;
  if (state === 'exited') {
    const before = ended_at !== null && Date.parse(ended_at) < Date.parse(receipt.opened_at);
    return {
      outcome: before ? 'finished_before' : 'stopped',
      residual_until: null,
      note: `ended by itself with exit code ${String(exit_code)}; no process is left${leftOpen(bounds)}`,
    };
  }
  if (state === 'killed') return { outcome: killed, residual_until: null, note: `${why}${leftOpen(bounds)}` };
  if (run.causes.has('ending')) return null;
  if (state === 'frozen' && run.causes.has('suspended')) {
    const moving = await run.verifyFrozen(500);
    if (moving.length > 0)
      return {
        outcome: 'unknown',
        residual_until: new Date(run.expiresAt).toISOString(),
        note: `${String(moving.length)} processes did not stop`,
      };
    return {
      outcome: 'frozen',
      residual_until: null,
      note: `${everyProcess(bounds)} stands still: ${why}${leftOpen(bounds)}`,
    };
  }
  // A narrowing that leaves it permitted, and completion, which lets work end by itself.
  if (receipt.action === 'narrow' || receipt.action === 'complete')
    return { outcome: 'continues', residual_until: null, note: 'renewed after the change' };
  return null;
}
