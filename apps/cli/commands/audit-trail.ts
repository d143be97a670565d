/** `writ audit trail`: every effect with the mandate it was under and who approved that, back to the text that was shown. */

import { controlApi } from '@writ/protocol';
import { allOf } from '../connect/pages.ts';
import { findThing, mandateIdOf, underMandate } from '../connect/find.ts';
import { trailOf } from '../connect/trail.ts';
import { CommandEnd, exitCodes, problem } from '../exit.ts';
import type { CommandRun } from '../program/command.ts';
import { renderTrail } from '../render/trail.ts';

export const run: CommandRun = async (context, { words: [id] }) => {
  const control = await context.planes.control();
  const [mandates, operations] = await Promise.all([
    allOf((query) => control.attempt(controlApi.listMandates, { query })),
    allOf((query) => control.attempt(controlApi.listOperations, { query })),
  ]);
  let chosen = operations;
  if (id !== undefined) {
    const root = mandateIdOf(findThing(id, { mandates, missions: [], sessions: [], silent: [] }));
    const family = new Set(underMandate(root, mandates).map((mandate) => mandate.id));
    chosen = operations.filter(({ mandate }) => family.has(mandate));
  }
  const trail = trailOf(
    chosen.toSorted((a, b) => a.begun_at.localeCompare(b.begun_at)),
    mandates,
  );
  const orphans = trail.filter(({ approved_by }) => approved_by === null);
  context.answer({ items: trail });
  context.say(...renderTrail(trail, context.style()));
  if (orphans.length > 0)
    throw new CommandEnd(
      problem(
        'unapproved_effect',
        500,
        `${String(orphans.length)} of these effects lead back to nobody who approved them`,
        '`writ audit verify` says whether the journal was changed',
      ),
      exitCodes.failed,
    );
  return exitCodes.done;
};
