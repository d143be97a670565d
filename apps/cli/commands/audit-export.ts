/** `writ audit export`: both journals as they stand now, or one file, in a folder that anybody can verify without Writ running; what is withheld leaves its envelopes and hashes. */

import { basename, join, resolve } from 'node:path';
import type { PlanePlace } from '@writ/journal';
import { exitCodes, usage } from '../exit.ts';
import { asFailure, journalPlanes, storeNamed } from '../place/store-choice.ts';
import { listOption, textOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { count } from '../render/block.ts';
import { safeText } from '../render/safe-text.ts';
import { refuseInside } from '../program/refuse-inside.ts';

export const run: CommandRun = async (context, input) => {
  refuseInside(context, 'take out what governs it');
  const [named] = input.words;
  if (named === undefined) throw usage('it is not said where to', 'such as `writ audit export ./evidence`');
  const folder = resolve(context.io.cwd, named);
  const { readEvidenceKey, writeExport } = await import('@writ/journal');
  const { home } = context;
  const exported = await writeExport({
    folder,
    journals: await placesOf(context, input),
    withholding: {
      streams: listOption(input, 'withholdStream'),
      types: listOption(input, 'withholdType'),
      projects: listOption(input, 'withholdProject'),
    },
    keyOf: (plane) =>
      textOption(input, 'file') === undefined ? readEvidenceKey(join(home.root, plane, 'evidence.key')) : undefined,
    now: Date.now,
  }).catch(asFailure);
  const { verifyToWire } = await import('@writ/server');
  const journals = Object.fromEntries(
    Object.entries(exported.journals).map(([plane, report]) => [plane, verifyToWire(report)]),
  );
  context.answer({ folder, signed: exported.isSigned, journals });
  const style = context.style();
  for (const [plane, { events, streams, withheld }] of Object.entries(journals)) {
    const left = withheld.length === 0 ? '' : `, the data of ${count(withheld.length, 'event')} withheld`;
    const size = `${count(events, 'event')} in ${count(streams, 'stream')}`;
    context.say(`${style.tone('good', style.mark('done'))} ${safeText(plane)}: ${size} exported and verified${left}`);
  }
  const signed = exported.isSigned
    ? 'signed with this installation’s evidence keys'
    : 'not signed: no evidence key is at hand';
  context.say('', `The export is in ${safeText(folder)}, ${signed}; \`writ audit verify --file\` proves it anywhere.`);
  return exitCodes.done;
};

async function placesOf({ home, io }: Context, input: Input): Promise<readonly PlanePlace[]> {
  const [file, words] = [textOption(input, 'file'), textOption(input, 'store')];
  if (file !== undefined && words !== undefined)
    throw usage('`--file` and `--store` name two places to look in', 'give one of them');
  if (file !== undefined) {
    const path = resolve(io.cwd, file);
    const { planeOfFile } = await import('@writ/journal');
    const plane = (await planeOfFile(path).catch(asFailure)) ?? basename(path).replace(/\.[^.]*$/, '');
    return [{ plane: plane.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-'), place: { kind: 'file', path } }];
  }
  const { placeOfPlane, storeOf } = await import('@writ/server');
  const store = words === undefined ? storeOf(home.root) : storeNamed(words);
  return journalPlanes.map((plane) => ({ plane, place: placeOfPlane(home.root, plane, store) }));
}
