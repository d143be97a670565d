/** The mandate a person named. Inside a run the id is sent as typed, so that control sees, judges and records the attempt itself. */

import { everyPage } from '@writ/enforce/client';
import { controlApi } from '@writ/protocol';
import { CommandEnd, problem, usage } from '../exit.ts';
import type { Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';

/** The full id of the mandate that the first word names: exactly, or by its first letters. */
export async function mandateArgument(context: Context, input: Input): Promise<string> {
  const typed = input.words[0] ?? '';
  if (!/^[A-Za-z0-9_.-]{1,128}$/.test(typed))
    throw usage(`\`${typed}\` is no mandate id`, '`writ mandate list` shows them');
  if (context.door !== null) return typed;
  const control = await context.planes.control();
  const exact = await control.attempt(controlApi.getMandate, { params: { id: typed } });
  if (exact.ok) return typed;
  const all = await everyPage((query) => control.attempt(controlApi.listMandates, { query }));
  if (!all.ok) throw new CommandEnd(all.problem);
  const near = all.value.filter(({ id }) => id.startsWith(typed));
  const [only, ...others] = near;
  if (only === undefined)
    throw new CommandEnd(
      problem('not_found', 404, `there is no mandate \`${typed}\``, '`writ mandate list --all` shows them'),
    );
  if (others.length > 0)
    throw usage(
      `\`${typed}\` begins more than one: ${near
        .slice(0, 6)
        .map(({ id }) => id)
        .join(', ')}`,
      'type a few letters more',
    );
  return only.id;
}
