/**
 * The history of opencode: the tables `session`, `message` and `part` of its SQLite database, as version 1.18 fills them.
 *
 * It opens the database for reading alone and changes no file. Where no opencode has it open, it is read as a file that nobody writes, because a
 * reader of a journal that is not there would make one.
 */

import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { Recorded } from './recorded.ts';

const sessionRow = z.object({ id: z.string(), parent_id: z.string().nullable(), directory: z.string() });
const messageRow = z.object({ id: z.string(), session_id: z.string(), time_created: z.number(), data: z.string() });
const partRow = z.object({ id: z.string(), session_id: z.string(), time_created: z.number(), data: z.string() });
const message = z.object({
  role: z.string(),
  cost: z.number().optional(),
  modelID: z.string().default(''),
  providerID: z.string().default(''),
  tokens: z
    .object({
      input: z.number().default(0),
      output: z.number().default(0),
      reasoning: z.number().default(0),
      cache: z.object({ read: z.number().default(0), write: z.number().default(0) }),
    })
    .optional(),
  time: z.object({ completed: z.number().optional() }).optional(),
  error: z.object({ name: z.string() }).optional(),
});
const toolPart = z.object({
  tool: z.string(),
  callID: z.string(),
  state: z.object({
    input: z.record(z.string(), z.unknown()).default({}),
    time: z.object({ start: z.number() }).optional(),
  }),
});

/** `root`: the session a person sees. */
export type OpencodeSession = { readonly root: string; readonly isHelper: boolean; readonly directory: string };

/** How the database is opened without a change to any file. */
export const openedAt = (path: string): string => {
  const inUse = existsSync(`${path}-wal`) && existsSync(`${path}-shm`);
  return `${pathToFileURL(path).href}?${inUse ? 'mode=ro' : 'immutable=1'}`;
};

/** Everything in the database at `path` since `since` (milliseconds since the epoch). Throws where it is no database of opencode. */
export function* readOpencode(path: string, since: number): Generator<Recorded> {
  using db = new DatabaseSync(new URL(openedAt(path)), { readOnly: true });
  const sessions = sessionsOf(db);
  const select = (table: 'message' | 'part', more: string) =>
    db.prepare(`select * from ${table} where time_created >= ? ${more}`).iterate(since);
  for (const row of select('message', '')) {
    const found = messageRow.safeParse(row);
    if (found.success) yield* ofMessage(found.data, sessions.get(found.data.session_id));
  }
  // Most bytes are what tools answered; parts of other kinds are not parsed.
  for (const row of select('part', `and substr(data, 1, 40) like '%"type":"tool"%'`)) {
    const found = partRow.safeParse(row);
    if (found.success) yield* ofPart(found.data, sessions.get(found.data.session_id));
  }
}

/** Its sessions, by name. */
export function sessionsOf(db: DatabaseSync): ReadonlyMap<string, OpencodeSession> {
  const rows = new Map(
    db
      .prepare('select id, parent_id, directory from session')
      .all()
      .flatMap((row) => {
        const found = sessionRow.safeParse(row);
        return found.success ? [[found.data.id, found.data] as const] : [];
      }),
  );
  const rootOf = (id: string, depth = 0): string => {
    const parent = rows.get(id)?.parent_id;
    return parent === null || parent === undefined || depth > 32 ? id : rootOf(parent, depth + 1);
  };
  return new Map(
    [...rows.values()].map(({ id, parent_id: parent, directory }) => [
      id,
      { root: rootOf(id), isHelper: parent !== null, directory },
    ]),
  );
}

const json = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a row it is writing
  }
};

function ofMessage(row: z.infer<typeof messageRow>, session: OpencodeSession | undefined): readonly Recorded[] {
  const { data, success } = message.safeParse(json(row.data));
  if (!success || session === undefined) return [];
  const common = { session: session.root, at: row.time_created };
  if (data.role === 'user') return session.isHelper ? [] : [{ ...common, kind: 'typed' }];
  const stopped: readonly Recorded[] =
    data.error?.name === 'MessageAbortedError' && !session.isHelper
      ? [{ session: session.root, at: data.time?.completed ?? row.time_created, kind: 'interrupted' }]
      : [];
  const { tokens, cost } = data;
  if (tokens === undefined || tokens.input + tokens.output + tokens.cache.read + tokens.cache.write === 0)
    return stopped;
  return [
    ...stopped,
    {
      ...common,
      kind: 'usage',
      id: row.id,
      model: data.modelID,
      tokens: {
        input: tokens.input,
        output: tokens.output + tokens.reasoning,
        cacheRead: tokens.cache.read,
        cacheWrite: tokens.cache.write,
        cacheWriteHour: 0,
      },
      // It says 0 where it has no price.
      costMicros: cost === undefined || cost === 0 ? null : Math.round(cost * 1e6),
    },
  ];
}

function ofPart(row: z.infer<typeof partRow>, session: OpencodeSession | undefined): readonly Recorded[] {
  const { data, success } = toolPart.safeParse(json(row.data));
  if (!success || session === undefined) return [];
  const { tool, callID, state } = data;
  return [
    {
      kind: 'call',
      session: session.root,
      at: state.time?.start ?? row.time_created,
      id: `${row.session_id} ${callID}`,
      tool,
      input: state.input,
      cwd: session.directory,
      byHelper: session.isHelper,
    },
  ];
}
