/**
 * `writ mandate evidence`: who approved what, when, how they were known and what they were shown; with `--verify`, recomputed part by part.
 * Evidence in a file is verified here, with control's keys where control answers.
 */

import { checkEvidence, controlApi, evidenceKeyOf, evidenceWire, keysFor } from '@writ/protocol';
import type { EvidenceCheck, EvidenceWire } from '@writ/protocol';
import { exitCodes, failed, usage } from '../exit.ts';
import { readNamedJson } from '../place/named-file.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { renderChecks, renderEvidence } from '../render/evidence.ts';

export const run: CommandRun = async (context, input) => {
  const file = textOption(input, 'file');
  const [id] = input.words;
  if ((file === undefined) === (id === undefined))
    throw usage('it is not said which evidence', 'give the id of a mandate or of a held action, or `--file PATH`');
  const { evidence, checks } =
    file === undefined
      ? await fromControl(context, id ?? '', flagOption(input, 'verify'))
      : await fromFile(context, file);
  context.answer(checks === null ? evidence : { ...evidence, checks });
  const style = context.style();
  context.say(...renderEvidence(evidence.consent, style), ...renderChecks(checks ?? [], style));
  return checks?.some(({ holds }) => holds === false) === true ? exitCodes.failed : exitCodes.done;
};

type Found = { readonly evidence: EvidenceWire; readonly checks: readonly EvidenceCheck[] | null };

async function fromControl(context: Context, id: string, verify: boolean): Promise<Found> {
  const control = await context.planes.control();
  const params = { id };
  const evidence = await control.call(controlApi.evidence, { params });
  const timeoutMs = 600_000;
  return {
    evidence,
    checks: verify ? (await control.call(controlApi.verifyEvidence, { params, timeoutMs })).items : null,
  };
}

async function fromFile(context: Context, path: string): Promise<Found> {
  const json = await readNamedJson(context.io, path, '`writ mandate evidence ID --json` writes one');
  const parsed = evidenceWire.safeParse(json);
  if (!parsed.success)
    throw failed(`\`${path}\` holds no evidence of an approval`, '`writ mandate evidence ID --json` writes one');
  const published = await (await context.planes.control()).attempt(controlApi.keys);
  const evidence = parsed.data;
  const keys = published.ok ? keysFor(published.value, 'evidence') : new Map(evidenceKeyOf(evidence));
  const checks = checkEvidence(evidence, (kid) => keys.get(kid));
  if (!published.ok)
    context.progress(
      context
        .style()
        .dim(`control does not answer: whether the key ${evidence.key.id} is its own, \`writ keys list\` says`),
    );
  return { evidence, checks };
}
