/** `writ policy show|adopt`: what holds beyond every mandate. Adopted is exactly what was shown, by an admin, with what it changes for each mandate in words. */

import { controlApi, parseStrictJson, policyDocumentWire } from '@writ/protocol';
import type { PolicyDocumentWire } from '@writ/protocol';
import { digestOf, withStepUp } from '../connect/step-up.ts';
import { exitCodes, usage } from '../exit.ts';
import { readKey } from '../place/keyboard.ts';
import { readNamed } from '../place/named-file.ts';
import { flagOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { bullet, section } from '../render/block.ts';
import { renderApprovalText } from '../render/mandate.ts';
import { safeLines, safeText } from '../render/safe-text.ts';
import { needsSomebody } from './approval.ts';

export const runShow: CommandRun = async (context) => {
  const policy = await (await context.planes.control()).call(controlApi.policy);
  context.answer(policy);
  const style = context.style();
  const refused = Object.entries(policy.refused_to_agents).map(([action, why]) => `${action}: ${why}`);
  context.say(
    `${style.bold('Policy')} ${safeText(policy.version)}`,
    ...section('Beyond what mandates say', lines(context, policy.words), style),
    ...section('Never, for any agent', lines(context, refused), style),
    ...section(
      'Waits for a second admin to adopt the same',
      lines(
        context,
        policy.waiting.map(({ version, by }) => `${version}, wanted by ${by}`),
      ),
      style,
    ),
  );
  if (policy.words.length === 0)
    context.say('', style.dim('nothing beyond what mandates and the table of classes say'));
  return exitCodes.done;
};

export const runAdopt: CommandRun = async (context, input) => {
  const control = await context.planes.control();
  const document = await documentFrom(context, input.words[0] ?? '');
  const yes = flagOption(input, 'yes');
  const isPreview = flagOption(input, 'preview');
  if (!isPreview) needsSomebody(context, yes);
  const preview = await control.call(controlApi.previewPolicy, { body: document });
  const style = context.style();
  context.say(
    style.bold('What you would adopt'),
    ...renderApprovalText(safeLines(preview.text.trimEnd()), style),
    ...section(
      'What it changes for what is live',
      preview.changes.flatMap(({ mandate, purpose, changes }) => [
        `  ${safeText(mandate)} ${style.dim(safeText(purpose))}`,
        ...changes.flatMap((change) => bullet(safeText(change), style)),
      ]),
      style,
    ),
    ...(preview.changes.length === 0 ? ['', style.dim('it changes nothing for any mandate that is live')] : []),
    ...(preview.proposed_by === null ? [] : ['', safeText(`${preview.proposed_by} wants it already`)]),
  );
  if (isPreview) {
    context.answer(preview);
    return exitCodes.done;
  }
  const key = yes
    ? 'a'
    : await readKey(context.io, `\n${style.bold('[a]')} adopt  ${style.bold('[l]')} leave it `, ['a', 'l']);
  if (key !== 'a') return exitCodes.refused;
  const shown = { act: 'adopt_policy', subject: preview.version, revision: null, text: preview.text } as const;
  const adopted = await withStepUp(context, shown, yes, (step_up) =>
    control.attempt(controlApi.adoptPolicy, {
      body: { document, text_digest: digestOf(preview.text), ...(step_up !== undefined && { step_up }) },
    }),
  );
  context.answer(adopted);
  context.say(
    adopted.state === 'adopted'
      ? `${style.tone('good', style.mark('done'))} ${safeText(adopted.version)} is in force`
      : `${style.tone('held', style.mark('held'))} said; it is in force once another admin adopts the same file`,
  );
  return adopted.state === 'adopted' ? exitCodes.done : exitCodes.waiting;
};

const lines = (context: Context, items: readonly string[]): string[] =>
  items.flatMap((item) => bullet(safeText(item), context.style()));

const anExample = 'name a policy file: docs/guide/approval.md has an example, `writ policy show` says what is in force';

/** The document of a file. Ends the command, naming the place, where it is none. */
async function documentFrom(context: Context, path: string): Promise<PolicyDocumentWire> {
  const bytes = await readNamed(context.io, path, anExample);
  const json = parseStrictJson(bytes);
  if (!json.ok) throw usage(`\`${path}\` is not JSON with one meaning: ${json.why}`, anExample);
  const parsed = policyDocumentWire.safeParse(json.value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw usage(
    `\`${path}\` is no policy: ${issue?.path.join('.') ?? ''} ${issue?.message.toLowerCase() ?? ''}`,
    anExample,
  );
}
