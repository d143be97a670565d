/** From the routes about whole sessions to their commands and back. Translates spelling; decides nothing. */

import type { sessionApi } from '@writ/protocol';
import type { HistoryEntry, Runtime } from '@writ/runtime';
import type { RuntimeHandlers } from './rights.ts';
import { answerOf, event, idOf, session, wholeIn, who } from './to-wire.ts';

/** A handler for each route of `sessionApi`. */
export function forkHandlers({ sessions }: Runtime): Pick<RuntimeHandlers, keyof typeof sessionApi> {
  return {
    forkSession: async ({ params, body, caller }) =>
      answerOf(await sessions.fork(idOf(params), body, who(caller)), session),
    adoptFork: async ({ params, body, caller }) =>
      answerOf(await sessions.adopt(idOf(params), body, who(caller)), ({ done, undo, adoption }) => ({
        ...{ done, undo, digest: adoption.digest },
        files: adoption.files.map(({ path, does }) => ({ path, does })),
        notes: adoption.notes.map((note) => ({ ...note })),
        decisions: adoption.decisions.map((decision) => ({ ...decision })),
      })),
    sessionHistory: async ({ params, query }) =>
      answerOf(
        await sessions.history(idOf(params), {
          after: wholeIn(query, 'after', 0),
          limit: Math.min(wholeIn(query, 'limit', 1_000), 10_000),
        }),
        ({ items, length }) => ({
          items: items.map(({ seq, session: of, ...one }) => ({ ...event(one), seq, session: of })),
          length,
        }),
      ),
    grantMandate: async ({ params, body, caller }) =>
      answerOf(await sessions.grant(idOf(params), body, who(caller)), session),
    carryAway: async ({ params, body, caller }) =>
      answerOf(await sessions.carryAway(idOf(params), body.withhold_words, who(caller)), (carried) => ({ ...carried })),
    takeIn: async ({ body, caller }) => answerOf(await sessions.takeIn(body.bundle, body, who(caller)), session),
    takeInHistory: async ({ body, caller }) => {
      const entries = body.entries.map((entry): HistoryEntry => {
        if (entry.kind !== 'answered') return entry;
        const { exit_code: exitCode, ...answered } = entry;
        return { ...answered, exitCode };
      });
      return answerOf(await sessions.takeInHistory({ ...body, entries }, who(caller)), session);
    },
    resetSession: async ({ params, body: { what, dry_run: dryRun }, caller }) =>
      answerOf(await sessions.reset(idOf(params), { what, dryRun }, who(caller)), ({ cleared, kept, ...rest }) => ({
        ...rest,
        cleared: [...cleared],
        kept: [...kept],
      })),
    leaveNote: async ({ params, body, caller }) =>
      answerOf(await sessions.leaveNote(idOf(params), body, who(caller)), session),
    renewCredential: async ({ params, body, caller }) =>
      answerOf(await sessions.renew(idOf(params), body, who(caller)), session),
    archiveSession: async ({ params, body, caller }) =>
      answerOf(await sessions.archive(idOf(params), body.reason, who(caller)), session),
    unarchiveSession: async ({ params, body, caller }) =>
      answerOf(await sessions.unarchive(idOf(params), body.reason, who(caller)), session),
  };
}
