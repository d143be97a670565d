/** Asks once per repository what an agent may do there; afterwards the remembered choice holds while its words stay the same. */

import { expandPreset } from '@writ/authority';
import { CommandEnd, exitCodes, problem, usage } from '../exit.ts';
import type { Io } from '../io.ts';
import type { OfferedPreset } from './preset-choice.ts';
import { isOffered, offeredPresets, rememberPreset, rememberedPreset } from './preset-choice.ts';

export type Choice = {
  readonly io: Io;
  readonly home: string;
  readonly root: string;
  readonly project: string;
  readonly wanted: string | undefined;
};

/** The preset to start under. Without a terminal nobody approves, so nothing is started. */
export async function choosePreset({ io, home, root, project, wanted }: Choice): Promise<OfferedPreset> {
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
  const remembered = wanted ?? (await rememberedPreset(home, root, wordsOf));
  if (remembered !== undefined) return remembered;
  const chosen = await ask(project, wordsOf);
  await rememberPreset(home, root, chosen, wordsOf(chosen), new Date(io.now()).toISOString());
  return chosen;
}

async function ask(project: string, wordsOf: (preset: OfferedPreset) => readonly string[]): Promise<OfferedPreset> {
  const { isCancel, note, select } = await import('@clack/prompts');
  for (const preset of offeredPresets) note(wordsOf(preset).join('\n'), preset);
  const answer = await select<OfferedPreset>({
    message: `What may an agent do in ${project} without asking?`,
    options: offeredPresets.map((value) => ({ value, label: value })),
    initialValue: 'worktree',
  });
  if (isCancel(answer))
    throw new CommandEnd(problem('interrupted', 400, 'nothing was started', null), exitCodes.interrupted);
  return answer;
}
