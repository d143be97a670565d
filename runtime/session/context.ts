/**
 * What was given to an agent and what was said with it since, as the log has it: digests that stay, and the words themselves, which may be erased.
 *
 * INVARIANT: a conversation goes on only from what has the digest it had. What was erased, lost or changed is said, and nothing is made up in its place.
 */

import { createHash } from 'node:crypto';
import type { Journal, JsonValue } from '@writ/journal';
import { parameterDigest } from '@writ/protocol';
import type { By } from '../log.ts';
import type { Ports } from '../ports.ts';
import type { PlaceCheck } from './core/judge-resume.ts';
import type { SessionEvent } from './events.ts';
import type { Session } from './session.ts';
import { textPieces } from './text-pieces.ts';
import { isInThread } from './workspace-events.ts';

/** The longest text of one event, in characters: whatever JSON makes of each of them, it fits. */
const partChars = 32_000;

export const textDigest = (text: string): string =>
  `sha256:${createHash('sha256').update(text, 'utf8').digest('base64url')}`;

/** The events that keep `text`, what `turn` was given. */
export function contextEvents(turn: string, text: string): readonly SessionEvent[] {
  const digest = textDigest(text);
  const parts = text === '' ? [''] : textPieces(text, partChars);
  return parts.map((part) => ({ type: 'context.recorded' as const, data: { turn, digest, text: part } }));
}

/** The digest of a conversation after `message`. */
export const advanced = (digest: string | null, message: JsonValue): string =>
  `sha256:${parameterDigest([digest, message])}`;

export type Rebuilt =
  { readonly ok: true; readonly messages: readonly JsonValue[] } | { readonly ok: false; readonly sentence: string };

/** The messages of the conversation `session` is in, if they are what they were. `stream`: of the session. */
export async function rebuild(journal: Pick<Journal, 'read'>, stream: string, session: Session): Promise<Rebuilt> {
  const { conversation, conversationFrom } = session;
  if (conversation === null) return { ok: true, messages: [] };
  const messages: JsonValue[] = [];
  let digest: string | null = null;
  let erased = 0;
  for (let after = conversationFrom; ;) {
    const page = await journal.read(stream, { after, limit: 1_000 });
    for (const { type, data, version } of page) {
      if (type !== 'message.recorded' || !isInThread(session.remembered, version)) continue;
      if (messages.length + erased === conversation.messages) break;
      if (typeof data !== 'object' || data === null || !('message' in data)) erased += 1;
      else {
        // An event of ours, whose message is a JSON value.
        const message = (data as { readonly message: JsonValue }).message;
        digest = advanced(digest, message);
        messages.push(message);
      }
    }
    const last = page.at(-1);
    if (last === undefined || page.length < 1_000) break;
    after = last.version;
  }
  if (erased > 0)
    return {
      ok: false,
      sentence: `${String(erased)} of the ${String(conversation.messages)} messages with its agent were erased, so it cannot go on from what it knew`,
    };
  if (messages.length === conversation.messages && digest === conversation.digest) return { ok: true, messages };
  return {
    ok: false,
    sentence: `the conversation that can be rebuilt (${String(messages.length)} messages) is not the one that was recorded (${String(conversation.messages)}, ${conversation.digest})`,
  };
}

/** Whether the conversation can go on as it was. */
export async function checkContext(
  journal: Pick<Journal, 'read'>,
  stream: string,
  session: Session,
): Promise<PlaceCheck> {
  if (session.conversation === null) return { as: 'unneeded' };
  const rebuilt = await rebuild(journal, stream, session);
  return rebuilt.ok ? { as: 'recorded' } : { as: 'different', sentence: rebuilt.sentence };
}

/** A person was shown that `session` cannot go on from what its agent knew, and goes on without it. */
export async function forgetConversation(
  { records }: Pick<Ports, 'records'>,
  { id, state }: Session,
  who: string,
  by: By,
): Promise<void> {
  if (state.name !== 'paused' || state.cause !== 'context') return;
  const reason = `${who} went on without what its agent knew`;
  await records.sessions.record(id, [{ type: 'conversation.reset', data: { reason } }], by);
}
