/** `writ mandate narrow` and `writ mandate extend`: the one only tightens, the other is an approval of a successor. */

import { authoritySetWire, controlApi } from '@writ/protocol';
import type { AuthoritySetWire } from '@writ/protocol';
import { mandateArgument } from '../connect/mandate-argument.ts';
import { followReceipts } from '../connect/receipts.ts';
import type { MandateWire } from '../connect/wire.ts';
import { exitCodes, usage } from '../exit.ts';
import { decideProposal, needsSomebody } from './approval.ts';
import { budgetFrom } from '../place/budget-words.ts';
import { readNamedJson } from '../place/named-file.ts';
import { timeSpan } from '../place/time-span.ts';
import { flagOption, listOption, textOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { renderApprovalText, renderLeftBehind } from '../render/mandate.ts';
import { safeLines, safeText } from '../render/safe-text.ts';
import { relative } from '../render/when.ts';

/** Authorization details from a JSON file; ends the command, naming the place, when it holds none. */
export async function authorityFrom(context: Context, path: string): Promise<AuthoritySetWire> {
  const json = await readNamedJson(
    context.io,
    path,
    'name a JSON file of authorization details: docs/authority.md says what is in them',
  );
  const parsed = authoritySetWire.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw usage(
    `\`${path}\` holds no authorization details: ${issue?.path.join('.') ?? ''} ${issue?.message.toLowerCase() ?? ''}`,
    '`writ mandate show ID --json` shows what they look like',
  );
}

/** The entries that `--only` and `--on` leave: those actions on those resources, with the constraints they have. */
export function remaining(
  mandate: Pick<MandateWire, 'authorization_details'>,
  only: readonly string[],
  on: readonly string[],
): AuthoritySetWire {
  return mandate.authorization_details
    .filter(({ resource }) => on.length === 0 || on.includes(resource))
    .map((entry) => ({
      ...entry,
      actions: only.length === 0 ? entry.actions : only.filter((action) => covers(entry.actions, action)),
    }))
    .filter(({ actions }) => actions.length > 0);
}

/** Whether one of `actions` is `wanted`, or the family it belongs to. */
const covers = (actions: readonly string[], wanted: string): boolean =>
  actions.some(
    (action) =>
      action === wanted || action === '*' || (action.endsWith('.*') && wanted.startsWith(action.slice(0, -1))),
  );

/** When it ends, by `--for` or `--until`; undefined where neither was given. */
export function endFrom(context: Context, input: Input): string | undefined {
  const [span, until] = [textOption(input, 'for'), textOption(input, 'until')];
  if (until !== undefined && Number.isNaN(Date.parse(until)))
    throw usage(`\`${until}\` is no time`, 'such as `2026-08-01T12:00:00Z`');
  if (span !== undefined) return new Date(context.io.now() + timeSpan(span)).toISOString();
  return until === undefined ? undefined : new Date(until).toISOString();
}

async function staysAllowed(
  context: Context,
  id: string,
  {
    file,
    only,
    on,
  }: { readonly file: string | undefined; readonly only: readonly string[]; readonly on: readonly string[] },
): Promise<AuthoritySetWire> {
  if (file !== undefined) return authorityFrom(context, file);
  // Inside a run the attempt itself has to arrive, also when the agent may not even read the mandate.
  if (context.door !== null) return [];
  const control = await context.planes.control();
  const authority = remaining(await control.call(controlApi.getMandate, { params: { id } }), only, on);
  if (authority.length === 0)
    throw usage(
      'nothing it allows now would be left',
      `to end it, use \`writ mandate revoke ${id}\`; \`writ mandate show ${id} --json\` lists actions and resources`,
    );
  return authority;
}

export const runNarrow: CommandRun = async (context, input) => {
  const control = await context.planes.control();
  const [file, only, on] = [textOption(input, 'file'), listOption(input, 'only'), listOption(input, 'on')];
  const budgets = listOption(input, 'budget').map(budgetFrom);
  const expires_at = endFrom(context, input);
  const isAuthority = file !== undefined || only.length > 0 || on.length > 0;
  if (!isAuthority && budgets.length === 0 && expires_at === undefined)
    throw usage(
      'it is not said what is taken away',
      'give what stays allowed (`--only ACTION`, `--on RESOURCE`, `--file PATH`), an earlier end (`--for 1h`) or a lower budget (`--budget calls=10`)',
    );
  const id = await mandateArgument(context, input);
  const authorization_details = isAuthority ? await staysAllowed(context, id, { file, only, on }) : undefined;
  const receipt = await control.call(controlApi.narrow, {
    params: { id },
    body: {
      ...(authorization_details === undefined ? {} : { authorization_details }),
      ...(expires_at === undefined ? {} : { expires_at }),
      ...(budgets.length === 0 ? {} : { budgets }),
      reason: textOption(input, 'reason') ?? '',
    },
  });
  const { last, exitCode } = await followReceipts(context, [receipt], input.options['wait'] !== false);
  context.answer(last[0]);
  return exitCode;
};

function sayProposed(context: Context, proposed: MandateWire): void {
  const { id, approval_text: text } = proposed;
  const style = context.style();
  context.say(
    style.bold('What would take its place'),
    ...renderApprovalText(safeLines(text.trimEnd()), style),
    ...renderLeftBehind(proposed, style),
    `${style.tone('held', style.mark('ask'))} nothing changes until it is approved: \`writ mandate approve ${safeText(id)}\``,
  );
}

export const runExtend: CommandRun = async (context, input) => {
  const control = await context.planes.control();
  const file = textOption(input, 'file');
  const budgets = listOption(input, 'budget').map(budgetFrom);
  const expiresAt = endFrom(context, input);
  if (expiresAt === undefined && file === undefined && budgets.length === 0)
    throw usage('it is not said how it is extended', 'such as `--for 4h`, or `--budget tokens=500000`');
  const id = await mandateArgument(context, input);
  const before = await control.attempt(controlApi.getMandate, { params: { id } });
  const body = {
    ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
    ...(file === undefined ? {} : { authorization_details: await authorityFrom(context, file) }),
    ...(budgets.length === 0 ? {} : { budgets }),
    reason: textOption(input, 'reason') ?? '',
  };
  // Inside a run the attempt itself has to arrive.
  if (context.door !== null) {
    context.answer(await control.call(controlApi.extend, { params: { id }, body }));
    return exitCodes.done;
  }
  const yes = flagOption(input, 'yes');
  const isOnlyProposed = flagOption(input, 'propose');
  if (!isOnlyProposed) needsSomebody(context, yes);
  const proposed = await control.call(controlApi.proposeExtension, { params: { id }, body });
  if (isOnlyProposed) {
    context.answer(proposed);
    sayProposed(context, proposed);
    return exitCodes.done;
  }
  const { decision, mandate: successor } = await decideProposal(context, proposed, yes);
  context.answer(successor);
  if (decision === 'refused') return exitCodes.refused;
  const style = context.style();
  context.say(
    `${style.tone('good', style.mark('done'))} ${safeText(successor.id)} takes the place of ${safeText(id)}; what runs goes on`,
    ...(before.ok && successor.expires_at < before.value.expires_at
      ? [
          style.tone(
            'held',
            `  it expires earlier than before, which was ${relative(before.value.expires_at, style.now)}`,
          ),
        ]
      : []),
  );
  return exitCodes.done;
};
