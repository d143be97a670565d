/**
 * `writ suggest`: the least that would have permitted what was refused, line by line with counts and examples. Lines that are chosen are written into a file
 * that `writ mandate extend` shows and asks about; with `--preset` they become lines of the preset in this repository, shown as a diff, and asked about at the next start.
 */

import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isSubset } from '@writ/authority';
import type { AuthoritySetWire } from '@writ/protocol';
import { authoritySetFromWire, controlApi, projectName } from '@writ/protocol';
import { diffArrays } from 'diff';
import { everything, findThing, mandateIdOf } from '../connect/find.ts';
import { exitCodes, failed, usage } from '../exit.ts';
import { isOffered, offeredPresets } from '../launcher/preset-choice.ts';
import { accept, presetHere, widened } from '../launcher/repository-preset.ts';
import { repositoryAround } from '../place/repository.ts';
import { refuseInside } from '../program/refuse-inside.ts';
import { textOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { safeText } from '../render/safe-text.ts';
import { renderSuggestions } from '../render/suggestions.ts';

export const run: CommandRun = async (context, input) => {
  const preset = textOption(input, 'preset');
  if (preset !== undefined) return suggestForPreset(context, input, preset);
  const control = await context.planes.control();
  const found = await control.call(controlApi.suggestions, { query: await asked(context, input) });
  const chosen = chosenLines(input, found.suggestions.length);
  const [style, path] = [context.style(), textOption(input, 'to')];
  if (chosen === null) {
    context.answer(found);
    context.say(...renderSuggestions(found, style));
    return exitCodes.done;
  }
  if (path === undefined) throw usage('it is not said where to', 'such as `--accept 1,3 --to wider.json`');
  // Within the list, as just checked.
  const accepted = chosen.map((line) => found.suggestions[line - 1]!.entry);
  const details: AuthoritySetWire = [...found.authorization_details, ...accepted];
  await writeFile(resolve(context.io.cwd, path), `${JSON.stringify(details, null, 2)}\n`, { flag: 'wx' }).catch(
    (error: unknown) => {
      throw usage(
        `\`${path}\` cannot be written: ${error instanceof Error ? error.message : String(error)}`,
        'name a file that is not there yet',
      );
    },
  );
  context.answer({ mandate: found.mandate, authorization_details: details });
  context.say(
    `${style.tone('good', style.mark('done'))} what ${safeText(found.mandate)} allows and ${String(accepted.length)} more, in ${safeText(path)}`,
    style.dim(`  to approve it: writ mandate extend ${safeText(found.mandate)} --file ${safeText(path)}`),
  );
  return exitCodes.done;
};

/** What would have been permitted here under the preset, had these lines been in it. */
async function suggestForPreset(context: Context, input: Input, name: string): Promise<number> {
  if (!isOffered(name)) throw usage(`there is no preset \`${name}\` to change`, `one of ${offeredPresets.join(', ')}`);
  refuseInside(context, 'change a preset');
  const { io, home } = context;
  const around = await repositoryAround(io.cwd);
  const root = around.kind === 'found' ? around.root : io.cwd;
  const place = { home: home.root, root, project: textOption(input, 'project') ?? projectName(root) };
  const control = await context.planes.control();
  const found = await control.call(controlApi.suggestions, { query: { project: place.project } });
  const before = presetHere(name, place);
  const suggestions = found.suggestions.filter(
    ({ entry }) => !isSubset(authoritySetFromWire([entry]), before.authority).subset,
  );
  const chosen = chosenLines(input, suggestions.length);
  // Within the list, as just checked.
  const lines = (chosen ?? suggestions.map((_, at) => at + 1)).map((line) => suggestions[line - 1]!.entry);
  const after = widened(before, authoritySetFromWire(lines));
  const diff = wordsDiff(before.words, after.words);
  if (chosen !== null) accept(place, name, lines);
  context.answer({ preset: name, diff, suggestions, left_alone: found.left_alone, accepted: chosen ?? [] });
  const style = context.style();
  context.say(
    ...renderSuggestions({ mandate: `preset ${name}`, suggestions, left_alone: found.left_alone }, style, 'preset'),
    ...(diff.length === 0 ? [] : ['', style.bold(`Preset \`${name}\` in ${safeText(place.project)}`)]),
    ...diff.map((line) => style.tone(line.startsWith('+') ? 'good' : 'quiet', `  ${safeText(line)}`)),
    ...(chosen === null
      ? []
      : ['', `${style.tone('good', style.mark('done'))} accepted here; you are shown it at the next start`]),
  );
  return exitCodes.done;
}

/** The words before and after, line by line as a diff shows them; nothing where they are the same. */
function wordsDiff(before: readonly string[], after: readonly string[]): readonly string[] {
  const parts = diffArrays([...before], [...after]);
  if (parts.every(({ added, removed }) => !added && !removed)) return [];
  return parts.flatMap(({ added, removed, value }) =>
    value.map((line) => `${added ? '+' : removed ? '-' : ' '} ${line}`),
  );
}

const neverInForce: ReadonlySet<string> = new Set(['proposed', 'refused', 'lapsed']);

/** What is asked about: the project named, the thing named, or the newest thing there is. */
async function asked(context: Context, input: Input): Promise<{ mandate: string } | { project: string }> {
  const project = textOption(input, 'project');
  const [id] = input.words;
  if (project !== undefined && id !== undefined)
    throw usage(`\`${id}\` and \`--project\` say different things`, 'leave one of them out');
  if (project !== undefined) return { project };
  const all = await everything(context);
  // What nobody approved refused nothing.
  const newest = all.mandates.find(({ state }) => !neverInForce.has(state));
  if (id === undefined && newest === undefined)
    throw failed(
      'nothing was approved here yet, so nothing was refused',
      'start with `writ run FILE` or `writ claude`',
    );
  return { mandate: id === undefined ? (newest?.id ?? '') : mandateIdOf(findThing(id, all)) };
}

/** The lines of `--accept`, or null without it. */
function chosenLines(input: Input, count: number): readonly number[] | null {
  const text = textOption(input, 'accept');
  if (text === undefined) return null;
  const lines = text.split(',').map((part) => Number(part.trim()));
  const wrong = lines.find((line) => !Number.isInteger(line) || line < 1 || line > count);
  if (wrong !== undefined)
    throw usage(
      `\`${text}\` names a line that is not there`,
      count === 0 ? null : `lines go from 1 to ${String(count)}`,
    );
  return [...new Set(lines)];
}
