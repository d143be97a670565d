/**
 * `writ init`: one question for this repository. It looks at what is here and at what agents did here, shows every file it would change, and writes nothing before the answer.
 *
 * What it remembers is outside the repository; what it puts into files of the repository is marked and on record, so that `writ off` takes it out.
 */

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findHistories, probeSandbox } from '@writ/enforce';
import { projectName } from '@writ/protocol';
import type { PlannedFile } from '../adopt/planned-file.ts';
import { agentsPart, guardedSettings, withPart } from '../adopt/own-part.ts';
import type { RepositoryFacts } from '../adopt/repository-facts.ts';
import { repositoryFacts } from '../adopt/repository-facts.ts';
import { showChange } from '../adopt/show-change.ts';
import { touch } from '../adopt/touched-files.ts';
import { exitCodes, failed, usage } from '../exit.ts';
import { askPreset } from '../launcher/choose-preset.ts';
import type { OfferedPreset } from '../launcher/preset-choice.ts';
import { isOffered, offeredPresets, rememberPreset } from '../launcher/preset-choice.ts';
import { presetHere } from '../launcher/repository-preset.ts';
import type { Fitting } from '../look/fitting-preset.ts';
import { fittingPreset } from '../look/fitting-preset.ts';
import { lookAll } from '../look/look-all.ts';
import { repositoryAround } from '../place/repository.ts';
import type { CommandRun, Input } from '../program/command.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { renderFacts, renderFiles, renderSetUp } from '../render/adopted.ts';
import { refuseInside } from '../program/refuse-inside.ts';

const lookBackMs = 30 * 24 * 3_600_000;

export const run: CommandRun = async (context, input) => {
  refuseInside(context, 'set up a repository');
  const around = await repositoryAround(context.io.cwd);
  if (around.kind === 'unusable') throw failed(around.sentence, around.wayOut);
  if (around.kind === 'none') throw failed('this folder is in no Git repository', 'go to one, or `git init` here');
  const { root } = around;
  const project = projectName(root);
  const [facts, fits] = await Promise.all([repositoryFacts(root), fittingHere(context, root)]);
  const files = await planned(root, facts, flagOption(input, 'guard'));
  const style = context.style();
  context.progress(...renderFacts(project, facts, fits, style), ...renderFiles(files, style));
  const wordsOf = (one: OfferedPreset): readonly string[] =>
    presetHere(one, { home: context.home.root, root, project }).words;
  const preset = await chosen(context, input, { project, fits, wordsOf });
  const words = wordsOf(preset);
  await rememberPreset(context.home.root, root, preset, words, new Date(context.io.now()).toISOString());
  for (const file of files) await touch(context.home.root, root, file);
  const paths = files.map(({ path, change }) => ({ path, change }));
  context.answer({ project, root, preset, words, fits, facts, files: paths });
  context.say(...renderSetUp(preset, files, flagOption(input, 'guard'), style));
  return exitCodes.done;
};

/** What fits what agents did in this repository in the last month. */
async function fittingHere({ io, home }: Context, root: string): Promise<Fitting> {
  const person = io.env['HOME'] ?? homedir();
  const place = { home: person, stateDir: home.root, now: io.now() };
  return fittingPreset(await lookAll(await findHistories(io.env, person), place, io.now() - lookBackMs, root));
}

type Asked = {
  readonly project: string;
  readonly fits: Fitting;
  /** Of a preset as it is here, with the lines that were accepted. */
  readonly wordsOf: (preset: OfferedPreset) => readonly string[];
};

/** The preset, said beforehand or answered now. */
async function chosen(context: Context, input: Input, { project, fits, wordsOf }: Asked): Promise<OfferedPreset> {
  const wanted = textOption(input, 'preset');
  if (wanted !== undefined && !isOffered(wanted))
    throw usage(`there is no preset \`${wanted}\` to start with`, `one of ${offeredPresets.join(', ')}`);
  if (flagOption(input, 'yes')) return wanted ?? fits.preset;
  if (!context.io.stdin.isTTY || context.json)
    throw usage('nobody is at the terminal to be asked', 'such as `writ init --preset worktree --yes`');
  const probe = await probeSandbox(context.home.root);
  const works = probe.works && probe.places === 'own';
  return askPreset(context, project, {
    ...{ usual: wanted ?? fits.preset, wordsOf, network: works ? 'gated' : 'open' },
    unanswered: 'nothing was written, and nothing is remembered',
  });
}

/** What would be written into the repository: what agents are told, and with `--guard` the hooks. Nothing for a file that is so already. */
async function planned(root: string, facts: RepositoryFacts, guard: boolean): Promise<readonly PlannedFile[]> {
  const part = agentsPart(facts.tests);
  const agents =
    facts.conventions.includes('AGENTS.md') || !facts.conventions.includes('CLAUDE.md') ? 'AGENTS.md' : 'CLAUDE.md';
  const wanted = [
    { path: agents, kind: 'part' as const, part, change: (before: string) => withPart(before, part) },
    ...guardedSettings
      .filter(({ isFor }) => guard && (isFor === null || existsSync(join(root, isFor))))
      .map(({ path, with: change }) => ({ path, kind: 'guard' as const, part: '', change })),
  ];
  const files = await Promise.all(
    wanted.map(async ({ path, kind, part: own, change }): Promise<PlannedFile | null> => {
      const bytes = await readFile(join(root, path)).catch(() => Buffer.alloc(0));
      const before = bytes.toString('utf8');
      // What cannot be read as text would not be written back as it was.
      if (!Buffer.from(before).equals(bytes)) throw failed(`\`${path}\` is no UTF-8 text`, 'turn it into UTF-8 first');
      const after = change(before);
      if (after === null)
        throw failed(`\`${path}\` is no settings file that can be read`, 'mend it first, or leave `--guard` out');
      return after === before ? null : { path, kind, part: own, after, change: await showChange(root, path, after) };
    }),
  );
  return files.filter((file) => file !== null);
}
