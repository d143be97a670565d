/** The words of opencode's history, as version 1.18 keeps them: the parts of its messages. The database is opened as `opencode-history.ts` opens it: for reading alone. */

import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { OpencodeSession } from './opencode-history.ts';
import { openedAt, sessionsOf } from './opencode-history.ts';
import type { Words } from './recorded.ts';

const row = z.object({ session_id: z.string(), time_created: z.number(), data: z.string(), message: z.string() });
const role = z.object({ role: z.string() });
const text = z.object({ type: z.enum(['text', 'reasoning']), text: z.string(), synthetic: z.boolean().nullish() });
const tool = z.object({
  type: z.literal('tool'),
  callID: z.string(),
  state: z.object({
    output: z.string().nullish(),
    error: z.string().nullish(),
    metadata: z.object({ exit: z.number().nullish() }).nullish(),
    time: z.object({ start: z.number(), end: z.number().nullish() }).nullish(),
  }),
});

const parts = `
  select part.session_id, part.time_created, part.data, message.data as message
  from part join message on message.id = part.message_id order by part.time_created, part.id`;

/** Everything said in the database at `path`. Throws where it is no database of opencode. */
export function* opencodeWords(path: string): Generator<Words> {
  using db = new DatabaseSync(new URL(openedAt(path)), { readOnly: true });
  const sessions = sessionsOf(db);
  for (const one of db.prepare(parts).iterate()) {
    const found = row.safeParse(one).data;
    const session = found && sessions.get(found.session_id);
    if (found !== undefined && session !== undefined) yield* wordsOf(found, session);
  }
}

function wordsOf(found: z.infer<typeof row>, { root, isHelper }: OpencodeSession): readonly Words[] {
  const data = json(found.data);
  const common = { session: root, at: found.time_created };
  const answered = tool.safeParse(data).data;
  if (answered !== undefined) {
    const { output, error, metadata, time } = answered.state;
    const told = output ?? error;
    // One that is under way.
    if (told === null || told === undefined) return [];
    const [at, call] = [time?.end ?? found.time_created, `${found.session_id} ${answered.callID}`];
    return [{ ...common, at, kind: 'answered', call, text: told, exitCode: metadata?.exit ?? null }];
  }
  const said = text.safeParse(data).data;
  if (said === undefined || said.text === '' || said.synthetic === true) return [];
  if (said.type === 'reasoning')
    return [{ ...common, kind: 'thought', text: said.text, helper: isHelper ? found.session_id : null }];
  if (role.safeParse(json(found.message)).data?.role !== 'user')
    return [{ ...common, kind: 'said', text: said.text, helper: isHelper ? found.session_id : null }];
  return isHelper ? [] : [{ ...common, kind: 'typed', text: said.text }];
}

const json = (written: string): unknown => {
  try {
    return JSON.parse(written);
  } catch {
    return undefined; // a row it is writing
  }
};
