/** `writ classify 'COMMAND'`: what Writ takes a shell command for, part by part, and what each preset says to it. It runs nothing and asks nobody. */

import { homedir } from 'node:os';
import { askingOf, classOf, uncontained } from '@writ/authority';
import { asRuleWrite, classifyShell } from '@writ/enforce';
import { projectName } from '@writ/protocol';
import { exitCodes } from '../exit.ts';
import { realPath } from '../launcher/real-path.ts';
import { offeredPresets } from '../launcher/preset-choice.ts';
import { presetHere } from '../launcher/repository-preset.ts';
import { presetAnswers } from '../look/preset-answers.ts';
import { repositoryAround } from '../place/repository.ts';
import type { CommandRun } from '../program/command.ts';
import type { Classified } from '../render/classified.ts';
import { renderClassified } from '../render/classified.ts';

export const run: CommandRun = async (context, input) => {
  const { cwd, now } = context.io;
  const around = await repositoryAround(cwd);
  const root = around.kind === 'found' ? around.root : cwd;
  const project = projectName(root);
  // As they are here, with the lines that were accepted.
  const presets = offeredPresets.map((preset) => presetHere(preset, { home: context.home.root, root, project }));
  const answers = presetAnswers(presets, now());
  const command = input.words.join(' ');
  const place = { project, root, cwd, home: homedir(), realPath, stateDir: context.home.root };
  // As a call of an agent is judged: what would write a file that governs the agent is named so.
  const doings = classifyShell(command, place).map((doing) => ({
    ...doing,
    ...asRuleWrite({ ...doing, parameters: { command: doing.part } }, place),
  }));
  const items = doings.map(({ action, resource, part, rule }): Classified => ({
    action,
    resource,
    part,
    rule,
    class: classOf(action, uncontained),
    asking: askingOf(action, 'new', uncontained),
    presets: answers(action, resource).map((says, index) => ({ preset: offeredPresets[index] ?? '', says })),
  }));
  context.answer({ command, items });
  context.say(...renderClassified(items, context.style()));
  return exitCodes.done;
};
