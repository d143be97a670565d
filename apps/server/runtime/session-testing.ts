/** For tests: a session by itself beside a real control and enforcer, under a mandate that a person approved for it. */

import { randomUUID } from 'node:crypto';
import { expandPreset } from '@writ/authority';
import type { AuthorityEntry } from '@writ/authority';
import { authoritySetToWire, controlApi, runtimeApi } from '@writ/protocol';
import type { Bench, SessionWire } from './testing.ts';
import { must, until } from './testing.ts';

export type Opening = Partial<(typeof runtimeApi.createSession.body)['_zod']['input']> & {
  /** Beside the preset. */
  readonly more?: readonly AuthorityEntry[];
  readonly budgets?: NonNullable<(typeof controlApi)['propose']['body']['_zod']['input']['budgets']>;
  readonly steerers?: readonly string[];
  /** How far down its mandate may be handed on. */
  readonly depth?: number;
};

export type LogEvent = {
  readonly type: string;
  readonly actor: string;
  readonly position: number;
  readonly version: number;
  readonly data: Json;
};
type Json = Readonly<Record<string, unknown>> | null;

/** The preset, with what it hands on at all handed on `depth` generations down. */
const handedOn = (depth: number): readonly AuthorityEntry[] =>
  expandPreset('worktree', { project: 'p' }).authority.map((entry) =>
    entry.delegation?.children === undefined
      ? entry
      : { ...entry, delegation: { maxDepth: depth, children: { maxChildren: 8, maxChildDepth: depth } } },
  );

/** Approves `worktree` for project `p` and opens a session under it. */
export async function openSession(
  bench: Bench,
  { more = [], budgets = [], steerers = [], depth = 2, ...given }: Opening,
): Promise<{ readonly id: string; readonly mandate: string }> {
  const { owner } = bench.house;
  must(await owner.call(controlApi.createProject, { body: { id: 'p' } }));
  const proposed = must(
    await owner.call(controlApi.propose, {
      body: {
        ...{ project: 'p', purpose: 'a session', actor: 'worker', budgets: [...budgets], steerers: [...steerers] },
        authorization_details: authoritySetToWire([...handedOn(depth), ...more]),
        delegation: { max_depth: depth, max_children: 8, actors: 'any' },
        expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      },
    }),
  );
  const { id: mandate, revision, text_digest } = proposed;
  must(await owner.call(controlApi.approve, { params: { id: mandate }, body: { revision, text_digest } }));
  const credential = await bench.house.credential(mandate, `session-${randomUUID()}`);
  const session = must(
    await bench.runtime.call(runtimeApi.createSession, {
      body: {
        ...{ title: 'by itself', project: 'p', agent: 'worker', driver: 'command', workspace: bench.repository },
        ...{ mandate, credential },
        ...given,
      },
    }),
  );
  return { id: session.id, mandate };
}

export const send = (
  bench: Bench,
  id: string,
  text: string,
  more: Partial<(typeof runtimeApi.admit.body)['_zod']['input']> = {},
) => bench.runtime.call(runtimeApi.admit, { params: { id }, body: { text, ...more } });

export const logOf = async (bench: Bench, id: string): Promise<readonly LogEvent[]> =>
  must(await bench.runtime.call(runtimeApi.sessionLog, { params: { id }, query: { limit: 10_000 } }))
    .items as LogEvent[]; // data of our own events is an object or erased

/** Waits until `turns` turns have ended, and gives the log. */
export async function afterTurns(bench: Bench, id: string, turns: number): Promise<readonly LogEvent[]> {
  let log: readonly LogEvent[] = [];
  let last: SessionWire | undefined;
  await until(
    `${String(turns)} turns have ended`,
    async () => {
      log = await logOf(bench, id);
      last = await bench.session(id);
      return log.filter(({ type }) => type === 'turn.ended').length >= turns && last.state !== 'running';
    },
    50_000,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(last)} ${JSON.stringify(log.slice(-4))}`);
  });
  return log;
}

/** What runs of the session printed. */
export const printed = (log: readonly LogEvent[]): string =>
  log.flatMap(({ type, data }) => (type === 'output.recorded' ? [String(data?.['text'])] : [])).join('');
