/** A runtime in this process over a folder of its own, with sessions to record steps in. Control and the enforcer are not there: nothing of a step that is only recorded asks them. */

import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCaller, createControlClient } from '@writ/enforce';
import { openSqliteJournal } from '@writ/journal';
import type { Journal } from '@writ/journal';
import { openRuntime } from '@writ/runtime';
import type { Runtime } from '@writ/runtime';

export const who = { kind: 'person', name: 'bench' } as const;

export interface SessionHouse extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly journal: Journal;
  /** A new session's id. */
  session(): Promise<string>;
  /** One durable step of it, acknowledged. */
  step(session: string, index: number): Promise<void>;
}

/** About what a tool call leaves behind. */
export const payload = 'ok '.repeat(50);

/** Opens the runtime over `dir`. */
export async function openSessionHouse(dir: string): Promise<SessionHouse> {
  mkdirSync(join(dir, 'runtime'), { recursive: true, mode: 0o700 });
  const journal = await openSqliteJournal({
    path: join(dir, 'runtime', 'runtime.db'),
    organisation: 'bench',
    now: Date.now,
  });
  const nowhere = { base: () => null, token: null, timeoutMs: 1_000 };
  const control = createControlClient(nowhere);
  const enforcer = createCaller(nowhere);
  const runtime = await openRuntime({
    dir,
    journal,
    control,
    enforcer,
    pointToken: () => null,
    now: Date.now,
    random: randomBytes,
    // Nobody is there to be asked.
    heartbeatMs: 60_000,
  });
  return {
    runtime,
    journal,
    async session() {
      const created = await runtime.sessions.create(
        {
          title: 'bench',
          project: 'bench',
          agent: 'bench',
          driver: 'attended',
          workspace: null,
          mandate: null,
          credential: null,
          argv: [],
          sandbox: undefined,
          actAs: null,
          privateTo: null,
        },
        who,
      );
      if (!created.ok) throw new Error(created.refusal.sentence);
      return created.value.id;
    },
    async step(session, index) {
      const seen = { type: 'step.finished', data: { step: index, output: payload } };
      const recorded = await runtime.sessions.observe(session, seen, who);
      if (!recorded.ok) throw new Error(recorded.refusal.sentence);
    },
    async [Symbol.asyncDispose]() {
      await runtime[Symbol.asyncDispose]();
      await journal[Symbol.asyncDispose]();
      control[Symbol.dispose]();
      enforcer[Symbol.dispose]();
    },
  };
}

/** A folder for one measurement, removed at its end. */
export function benchFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'writ-bench-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}
