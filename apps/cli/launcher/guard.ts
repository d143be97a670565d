/**
 * Stands over the processes of an attended session: freezes them when the mandate is held or control is not heard, kills them when it
 * has ended, and acknowledges receipts with what the kernel showed.
 *
 * Being started here is no right to go on: after every silence the mandate is asked anew before anything is thawed.
 */

import { randomUUID } from 'node:crypto';
import type { Caller, ControlClient, ProcessTree } from '@writ/enforce';
import { freezeTree, killTree, thawTree } from '@writ/enforce';
import { controlApi, heartbeatMs } from '@writ/protocol';

export type GuardEvent = { readonly kind: 'frozen' | 'thawed' | 'ended'; readonly why: string };

export type GuardOptions = {
  readonly control: ControlClient;
  /** The same control with the launcher's own credential. */
  readonly point: Caller;
  readonly pointId: string;
  readonly session: string;
  readonly mandate: string;
  readonly tree: ProcessTree;
  readonly onEvent: (event: GuardEvent) => void;
};

const killDeadlineMs = 2_000;

/** Watches until disposed. Resolves once it stands registered with control. */
export async function guardSession(options: GuardOptions): Promise<AsyncDisposable> {
  const { control, point, pointId, session, mandate, tree, onEvent } = options;
  const over = new AbortController();
  const boot = randomUUID();
  let position = 0;
  let deadlineMs = killDeadlineMs;
  let heardAt = performance.now();
  let state: 'running' | 'frozen' | 'ended' = 'running';
  let asking: Promise<void> = Promise.resolve();

  const register = async (): Promise<void> => {
    const holdings = state === 'ended' ? [] : [{ kind: 'process_group' as const, subject: session, mandate }];
    const reply = await point.call(controlApi.registerPoint, {
      params: { id: pointId },
      body: { kind: 'launcher', boot, position, holdings },
    });
    if (reply.ok) deadlineMs = reply.value.stop_deadline_ms;
  };

  const hold = (why: string): void => {
    if (state !== 'running') return;
    state = 'frozen';
    freezeTree(tree);
    onEvent({ kind: 'frozen', why });
  };

  /** Asks where the mandate stands and does what that says. Unknown holds. */
  const askAnew = async (): Promise<void> => {
    if (state === 'ended') return;
    const reply = await point.call(controlApi.getMandate, { params: { id: mandate } });
    if (!reply.ok) return hold(reply.problem.detail);
    const now = reply.value;
    if (now.state === 'active') {
      if (state === 'frozen') {
        state = 'running';
        thawTree(tree);
        onEvent({ kind: 'thawed', why: 'the mandate holds' });
      }
    } else if (now.state === 'suspended' || now.state === 'held') {
      hold(now.state_detail);
    } else if (now.state !== 'superseded') {
      state = 'ended';
      const survivors = await killTree(tree, killDeadlineMs);
      onEvent({
        kind: 'ended',
        why:
          survivors.length === 0
            ? now.state_detail
            : `${now.state_detail}; ${String(survivors.length)} processes did not end`,
      });
    }
    await acknowledge();
  };

  const acknowledge = async (): Promise<void> => {
    const receipts = await point.call(controlApi.listReceipts, { query: { mandate } });
    if (!receipts.ok || state === 'running') return;
    const outcome = state === 'ended' ? ('stopped' as const) : ('frozen' as const);
    for (const receipt of receipts.value.items) {
      if (!receipt.lines.some((line) => line.subject === session && line.outcome === 'pending')) continue;
      const line = { kind: 'process_group' as const, subject: session, outcome, attested_by: 'os' as const };
      await point.call(controlApi.acknowledge, { params: { id: receipt.id }, body: { point: pointId, lines: [line] } });
    }
  };

  /** One question at a time, the last one always asked. */
  const ask = (): void => {
    asking = asking.then(askAnew, askAnew);
  };

  await register();
  const watching = control.watch({
    after: null,
    signal: over.signal,
    onHeard: () => {
      const silent = performance.now() - heardAt;
      heardAt = performance.now();
      if (silent > deadlineMs || state === 'frozen') ask();
    },
    onChange: (change) => {
      position = change.position;
      if (/^(mandate|signal|receipt)\./.test(change.type)) ask();
    },
    onGap: ask,
  });
  const beat = setInterval(() => {
    if (performance.now() - heardAt > deadlineMs) hold('control is not heard');
    register().catch(() => undefined); // the deadline above is what a dead control leads to
  }, heartbeatMs);

  return {
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      over.abort();
      await Promise.allSettled([watching.done, asking]);
      state = 'ended';
      await register();
    },
  };
}
