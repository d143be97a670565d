/** `writ session export` and `writ session import`: a session from one machine to another, as one signed file. */

import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { projectName, runtimeApi } from '@writ/protocol';
import { exitCodes, failed, usage } from '../exit.ts';
import { repositoryAround } from '../place/repository.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { safeText } from '../render/safe-text.ts';
import { renderSession } from '../render/session.ts';
import { namedSession } from './session.ts';

const timeoutMs = 120_000;

export const runExport: CommandRun = async (context, input) => {
  const { id } = await namedSession(context, input);
  const file = textOption(input, 'handoff');
  if (file === undefined) throw usage('it is not said where to', `such as \`--handoff ${id}.writ\``);
  const runtime = await context.planes.runtime();
  const { bundle, ...carried } = await runtime.call(runtimeApi.carryAway, {
    params: { id },
    body: { withhold_words: flagOption(input, 'withoutWords') },
    timeoutMs,
  });
  await writeFile(resolve(context.io.cwd, file), bundle, { mode: 0o600, flag: 'wx' }).catch((error: unknown) => {
    throw failed(`\`${file}\` cannot be written: ${error instanceof Error ? error.message : String(error)}`, null);
  });
  context.answer({ ...carried, file });
  const style = context.style();
  context.say(
    `${String(carried.events)} events of session ${safeText(id)} are in ${safeText(file)}, signed by ${style.bold(safeText(carried.key))}`,
    `  ${style.dim(style.mark('way'))} there: writ session import ${safeText(file)} --key ${safeText(carried.key)}`,
  );
  return exitCodes.done;
};

export const runImport: CommandRun = async (context, input) => {
  const runtime = await context.planes.runtime();
  const [file = ''] = input.words;
  const bundle = await readFile(resolve(context.io.cwd, file), 'utf8').catch((error: unknown) => {
    throw failed(`\`${file}\` cannot be read: ${error instanceof Error ? error.message : String(error)}`, null);
  });
  const around = await repositoryAround(resolve(context.io.cwd, textOption(input, 'into') ?? '.'));
  const repository = around.kind === 'none' || around.kind === 'unusable' ? null : around.root;
  const project = textOption(input, 'project') ?? projectName(repository ?? context.io.cwd);
  const body = { project, bundle, key: textOption(input, 'key') ?? null, repository };
  const session = await runtime.call(runtimeApi.takeIn, { body, timeoutMs });
  context.answer(session);
  context.say(...renderSession(session, context.style()));
  return exitCodes.done;
};
