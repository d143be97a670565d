/**
 * A run that was started, by this process or by one before it: its output, its end, and the two records that close it. It judges nothing; whether the
 * run may go on is between the enforcer and control.
 */

import { controlApi, enforcerApi } from '@writ/protocol';
import { isSilence, vouching } from '../control/ask.ts';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import { mayRecord, recordFacts } from '../session/facts.ts';
import { OutputRecorder } from './output.ts';
import type { RunEnd } from './run.ts';
import { recordRunFacts } from './run-facts.ts';

export type RunName = { readonly id: string; readonly operation: string; readonly outputNext: number };
type Begun = { readonly command: string; readonly since: number };
type Ended = {
  readonly ended: 'exited' | 'killed' | 'lost' | 'not_started';
  readonly exitCode: number | null;
  readonly why: string;
};
type FollowedEnd = Exclude<RunEnd, { readonly ended: 'refused' | 'unreachable' }>;

/** How long one look waits for the run's end, and so how old output may be before it is in the log; milliseconds. */
const lookMs = 200;
const elsewhere = 'its session is written by somebody else now';
/** How long one that is ended is waited for, milliseconds. */
const endMs = 2_000;
/** How many looks in a row may go unanswered before the run counts as lost. */
const maxSilentLooks = 25;

export class LiveRun {
  readonly id: string;
  readonly operation: string;
  private readonly ports: Ports;
  private readonly session: string;
  private readonly output: OutputRecorder;
  private next: number;
  private readonly work: Begun | null;
  /** Not where it speaks a protocol. */
  private isRecorded = true;

  /** `work`: what it was started with, by whoever started it. */
  constructor(ports: Ports, session: string, { id, operation, outputNext }: RunName, work: Begun | null = null) {
    this.work = work;
    this.ports = ports;
    this.session = session;
    this.id = id;
    this.operation = operation;
    this.next = outputNext;
    this.output = new OutputRecorder(id);
  }

  /** Follows to the end, recording output as it comes; `onText` sees the same. Records and settles the end. Rejects when this process closes. */
  async follow(onText: (text: string) => void, { record }: { readonly record: boolean }): Promise<FollowedEnd> {
    this.isRecorded = record;
    let silent = 0;
    for (;;) {
      // The run goes on without this process; whoever comes next follows it.
      this.ports.closing.throwIfAborted();
      const looked = await this.ports.enforcer.call(enforcerApi.getRun, {
        params: { id: this.id },
        query: { wait_ms: lookMs },
      });
      if (!looked.ok) {
        silent += 1;
        if (!isSilence(looked.problem) || silent >= maxSilentLooks) return this.lost(looked.problem.detail);
        await new Promise((resolve) => setTimeout(resolve, lookMs));
        continue;
      }
      silent = 0;
      if (!mayFollow(this.ports, this.session)) {
        // INVARIANT: what runs for a session that is written elsewhere now has nobody to answer to.
        await this.giveUp();
        return { ended: 'killed', why: elsewhere, output: this.output.tail };
      }
      await this.drain(onText, record);
      const { state, exit_code: exitCode, why, signal } = looked.value;
      if (state === 'running' || state === 'frozen') continue;
      if (state === 'exited' && exitCode !== null) {
        await this.end({ ended: 'exited', exitCode, why }, exitCode === 0 ? 'done' : 'failed');
        return { ended: 'exited', exitCode, output: this.output.tail };
      }
      const reason = why === '' ? `it was ended by ${signal ?? 'a signal'}` : why;
      await this.end({ ended: 'killed', exitCode, why: reason }, 'interrupted');
      return { ended: 'killed', why: reason, output: this.output.tail };
    }
  }

  /** Ends it, because its session is written elsewhere, and keeps what it said until then. */
  async giveUp(): Promise<void> {
    await this.kill(elsewhere);
    const params = { id: this.id };
    const ended = await this.ports.enforcer.call(enforcerApi.getRun, { params, query: { wait_ms: endMs } });
    await this.drain(() => undefined, true);
    const exitCode = ended.ok && ended.value.state === 'exited' ? ended.value.exit_code : null;
    await this.end({ ended: exitCode === null ? 'killed' : 'exited', exitCode, why: elsewhere }, 'interrupted');
  }

  /** Writes to its standard input. */
  async input(text: string): Promise<boolean> {
    return (await this.ports.enforcer.call(enforcerApi.input, { params: { id: this.id }, body: { text } })).ok;
  }

  async kill(why: string): Promise<void> {
    await this.ports.enforcer.call(enforcerApi.kill, { params: { id: this.id }, body: { why } });
  }

  /** Records how it ended and settles its operation. */
  async end(ended: Ended, outcome: 'done' | 'failed' | 'interrupted' | 'unknown'): Promise<void> {
    const { id: run, operation } = this;
    await recordFacts(this.ports, this.session, [{ type: 'run.ended', data: { run, operation, ...ended } }], {
      ...itself,
      cause: operation,
    });
    await settle(
      this.ports,
      { run, operation },
      outcome,
      ended.exitCode === null ? ended.why : `exit code ${String(ended.exitCode)}`,
    );
    // A command that was cut off because its session is written elsewhere says nothing of the place there.
    if (this.work === null || !this.isRecorded || !mayFollow(this.ports, this.session)) return;
    if (ended.ended === 'exited' || ended.ended === 'killed')
      await recordRunFacts(this.ports, this.session, {
        ...this.work,
        exitCode: ended.exitCode,
        output: this.output.longTail,
      });
  }

  /** Records what it printed since its output was last looked at. */
  async collect(): Promise<void> {
    await this.drain(() => undefined, true);
  }

  private async lost(detail: string): Promise<FollowedEnd> {
    await this.end({ ended: 'lost', exitCode: null, why: detail }, 'unknown');
    return { ended: 'lost', why: detail, output: this.output.tail };
  }

  private async drain(onText: (text: string) => void, record: boolean): Promise<void> {
    for (;;) {
      const from = this.next;
      const read = await this.ports.enforcer.call(enforcerApi.output, { params: { id: this.id }, query: { from } });
      if (!read.ok || read.value.next <= from) return;
      this.next = read.value.next;
      onText(read.value.text);
      const events = this.output.take(from, this.next, read.value.text);
      if (record && events.length > 0) await recordFacts(this.ports, this.session, events, itself);
    }
  }
}

/** The name under which the credential that settles `operation` is kept. */
export const operationCredential = (operation: string): string => `op-${operation}`;

/** Tells control how an operation ended. What cannot be told now is told by the next reconciliation. */
export async function settle(
  ports: Ports,
  { run, operation }: { readonly run: string; readonly operation: string },
  outcome: 'done' | 'failed' | 'interrupted' | 'unknown',
  evidence: string,
): Promise<void> {
  const credential = await ports.credentials.get(operationCredential(operation));
  if (credential === null) return;
  const told = await ports.control.call(controlApi.settle, {
    token: credential,
    ...vouching(ports.pointToken),
    params: { id: operation },
    body: { outcome, evidence: evidence.slice(0, 4_000).toWellFormed() },
    idempotencyKey: `${run}-settle`,
  });
  // Refused means settled already, by the enforcer that ended it.
  if (told.ok || !isSilence(told.problem)) await ports.credentials.drop(operationCredential(operation));
}

function mayFollow({ records, boot }: Ports, id: string): boolean {
  const session = records.sessions.get(id);
  return session === undefined || mayRecord(session, boot);
}
