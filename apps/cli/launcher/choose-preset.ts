/**
 * Asks once per repository what an agent may do there; afterwards the remembered choice holds while its words stay the same.
 *
 * The terminal is never put into raw mode here: it is about to become the program's, and a shell that takes it over stops, by SIGTTOU, whoever
 * puts it back later.
 */

import { expandPreset } from '@writ/authority';
import { CommandEnd, exitCodes, problem, usage } from '../exit.ts';
import { readTypedLine } from '../place/keyboard.ts';
import type { Context } from '../program/context.ts';
import type { OfferedPreset } from './preset-choice.ts';
import { isOffered, offeredPresets, rememberPreset, rememberedPreset } from './preset-choice.ts';

export type Choice = {
  readonly context: Context;
  readonly root: string;
  readonly project: string;
  readonly wanted: string | undefined;
};

const usual: OfferedPreset = 'worktree';

/** The preset to start under. Without a terminal nobody approves, so nothing is started. */
export async function choosePreset({ context, root, project, wanted }: Choice): Promise<OfferedPreset> {
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
  const wordsOf = (preset: OfferedPreset): readonly string[] => expandPreset(preset, { project }).words;
  if (wanted !== undefined && !isOffered(wanted))
    throw usage(`there is no preset \`${wanted}\` to start with`, `one of ${offeredPresets.join(', ')}`);
  const remembered = wanted ?? (await rememberedPreset(home.root, root, wordsOf));
  if (remembered !== undefined) return remembered;
  const chosen = await ask(context, project, wordsOf);
  await rememberPreset(home.root, root, chosen, wordsOf(chosen), new Date(io.now()).toISOString());
  return chosen;
}

async function ask(
  context: Context,
  project: string,
  wordsOf: (preset: OfferedPreset) => readonly string[],
): Promise<OfferedPreset> {
  const style = context.style();
  context.progress(
    `${style.bold(`What may an agent do in ${project} without asking?`)} Asked once; \`--preset\` changes it for one start.`,
    ...offeredPresets.flatMap((preset) => [
      '',
      `  ${style.bold(preset)}`,
      ...wordsOf(preset).map((line) => `    ${line}`),
    ]),
    '',
    style.dim(
      '  At a terminal the network stays open: what its programs send by themselves is not asked about. `writ scope` says what else.',
    ),
    '',
  );
  const keys = offeredPresets.map((preset) => `${style.bold(`[${preset.slice(0, 1)}]`)} ${preset}`).join('  ');
  for (;;) {
    const typed = await readTypedLine(context.io, `${keys}  ${style.dim(`(Enter: ${usual})`)} `);
    if (typed === null)
      throw new CommandEnd(problem('interrupted', 400, 'nothing was started', null), exitCodes.interrupted);
    const answer = typed.trim().toLowerCase();
    if (answer === '') return usual;
    const [only, ...others] = offeredPresets.filter((preset) => preset.startsWith(answer));
    if (only !== undefined && others.length === 0) return only;
    context.progress(`  \`${answer}\` is none of them`);
  }
}
