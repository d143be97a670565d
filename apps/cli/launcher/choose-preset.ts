/**
 * Asks once per repository what an agent may do there; afterwards the remembered choice holds while its words stay the same.
 *
 * The terminal is never put into raw mode here: it is about to become the program's, and a shell that takes it over stops, by SIGTTOU, whoever
 * puts it back later.
 */

import { CommandEnd, exitCodes, problem, usage } from '../exit.ts';
import { readTypedLine } from '../place/keyboard.ts';
import type { Context } from '../program/context.ts';
import { wrap } from '../render/width.ts';
import type { OfferedPreset, StartPreset } from './preset-choice.ts';
import type { NetworkKind } from './plan-network.ts';
import { presetHere } from './repository-preset.ts';
import { isStart, offeredPresets, rememberPreset, rememberedPreset, startPresets } from './preset-choice.ts';

export type Choice = {
  readonly context: Context;
  readonly root: string;
  readonly project: string;
  readonly wanted: string | undefined;
  /** Of the session that is to start. */
  readonly network: NetworkKind;
  /** What is said to who leaves without an answer: what did not happen. */
  readonly unanswered: string;
};

const usual: OfferedPreset = 'worktree';

/** The preset to start under. Without a terminal nobody approves, so nothing is started. */
export async function choosePreset({
  context,
  root,
  project,
  wanted,
  network,
  unanswered,
}: Choice): Promise<StartPreset> {
  const { io, home } = context;
  if (!io.stdin.isTTY)
    throw new CommandEnd(
      problem(
        'unattended_start',
        403,
        'nobody is at the terminal, and an unattended start never creates a mandate',
        'start it from a terminal, or describe the work in a mission file and `writ run` it',
      ),
      exitCodes.refused,
    );
  const wordsOf = (preset: OfferedPreset): readonly string[] =>
    presetHere(preset, { home: home.root, root, project }).words;
  if (wanted !== undefined && !isStart(wanted))
    throw usage(`there is no preset \`${wanted}\` to start with`, `one of ${startPresets.join(', ')}`);
  const remembered = wanted ?? (await rememberedPreset(home.root, root, wordsOf));
  if (remembered !== undefined) return remembered;
  const chosen = await askPreset(context, project, { usual, wordsOf, network, unanswered });
  await rememberPreset(home.root, root, chosen, wordsOf(chosen), new Date(io.now()).toISOString());
  return chosen;
}

/** The preset that a person chose here at a terminal, for a start by their editor: what an editor is configured with, which may have come with a clone, chooses none. */
export async function presetForEditor({
  context,
  root,
  project,
}: Pick<Choice, 'context' | 'root' | 'project'>): Promise<OfferedPreset> {
  const { root: home } = context.home;
  const chosen = await rememberedPreset(home, root, (preset) => presetHere(preset, { home, root, project }).words);
  if (chosen !== undefined) return chosen;
  throw new CommandEnd(
    problem(
      'unattended_start',
      403,
      `nobody has said yet what an agent may do in ${project}`,
      'say it once at a terminal there, with `writ acp -- AGENT` or `writ init`',
    ),
    exitCodes.refused,
  );
}

/** What is asked about: the preset Enter takes, and the words of each. */
export type PresetQuestion = {
  readonly usual: OfferedPreset;
  readonly wordsOf: (preset: OfferedPreset) => readonly string[];
  readonly network: NetworkKind;
  /** What is said to who leaves without an answer: what did not happen. */
  readonly unanswered: string;
};

/** Esc comes with the line it was typed in. What else a key sends, such as an arrow's, is no answer and no leaving. */
const isEscape = (typed: string): boolean => typed.trim() !== '' && typed.replaceAll('\u001b', '').trim() === '';

/** Shows the presets and asks for one. Ends the command where nobody answers. */
export async function askPreset(
  context: Context,
  project: string,
  { usual: taken, wordsOf, network, unanswered }: PresetQuestion,
): Promise<OfferedPreset> {
  const style = context.style();
  context.progress(
    `${style.bold(`What may an agent do in ${project} without asking?`)} Asked once; \`--preset\` changes it for one start.`,
    ...offeredPresets.flatMap((preset) => [
      '',
      `  ${style.bold(preset)}`,
      ...wordsOf(preset).flatMap((line) => {
        const [first = '', ...rest] = wrap(line, style.columns - 6);
        return [`    ${first}`, ...rest.map((more) => `      ${more}`)];
      }),
    ]),
    '',
    ...wrap(
      network === 'open'
        ? 'The network is open here: what its programs send by themselves is not asked about. `writ scope` says what else.'
        : 'The network leads through a gate: you are asked about another host than these. `--network open` leaves it open for one start.',
      style.columns - 2,
    ).map((line) => style.dim(`  ${line}`)),
    '',
  );
  const keys = offeredPresets.map((preset) => `${style.bold(`[${preset.slice(0, 1)}]`)} ${preset}`).join('  ');
  for (;;) {
    const typed = await readTypedLine(context.io, `${keys}  ${style.dim(`(Enter: ${taken})`)} `);
    if (typed === null || isEscape(typed))
      throw new CommandEnd(problem('interrupted', 400, unanswered, null), exitCodes.interrupted);
    const answer = typed.trim().toLowerCase();
    if (answer === '') return taken;
    const [only, ...others] = offeredPresets.filter((preset) => preset.startsWith(answer));
    if (only !== undefined && others.length === 0) return only;
    context.progress(`  \`${answer}\` is none of them`);
  }
}
